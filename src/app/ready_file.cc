#include "app/ready_file.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <nlohmann/json.hpp>

#include "base/env/file.h"
#include "base/log.h"

namespace odradek::app {
namespace {

struct Place {
  std::string folder;
  std::string name;
};

Place PlaceOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {path.substr(0, slash + 1), path.substr(slash + 1)};
}

// Our own process has written none yet: in a container its predecessor had its id, too.
bool IsOfAnotherThatRuns(const std::string& text) {
  const nlohmann::json ready = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto found = ready.is_object() ? ready.find("pid") : ready.end();
  if (found == ready.end() || !found->is_number_integer()) return false;
  const auto pid = found->get<int64_t>();
  if (pid <= 0 || pid > INT_MAX || pid == getpid()) return false;
  return kill(static_cast<pid_t>(pid), 0) == 0 || errno != ESRCH;
}

}  // namespace

broker::Endpoint LocalEndpoint(const broker::Node& node) {
  const broker::NodeListener& listener = node.listeners().front();
  const bool any = listener.bind_host.empty();
  return {any ? "localhost" : listener.bind_host, listener.port};
}

std::string BootstrapOf(const std::vector<broker::Node>& nodes) {
  std::string bootstrap;
  for (const broker::Node& node : nodes) {
    const broker::Endpoint endpoint = LocalEndpoint(node);
    const bool bare_ipv6 = endpoint.host.find(':') != std::string::npos;
    if (!bootstrap.empty()) bootstrap += ',';
    bootstrap +=
        fmt::format(fmt::runtime(bare_ipv6 ? "[{}]:{}" : "{}:{}"), endpoint.host, endpoint.port);
  }
  return bootstrap;
}

Status RemoveReadyFile(const std::string& path) {
  const Place place = PlaceOf(path);
  const std::unique_ptr<Files> files = MakePosixFiles(place.folder);
  if (!files->Exists(place.name)) {
    // Told now, not when the listeners serve already.
    const Status found = files->List("").status();
    if (found.code() != StatusCode::kNotFound) return Status();
    return Fatal("no ready file " + path + ": " + std::string(found.message()));
  }
  return files->Remove(place.name).Annotate("cannot remove the ready file " + path);
}

Status RemoveStaleReadyFile(const std::string& path) {
  const Place place = PlaceOf(path);
  const Result<std::string> there = MakePosixFiles(place.folder)->ReadAll(place.name);
  return there.ok() && IsOfAnotherThatRuns(*there) ? Status() : RemoveReadyFile(path);
}

Status RemoveReadyFileWith(const std::string& path, const std::string& text) {
  const Place place = PlaceOf(path);
  const Result<std::string> there = MakePosixFiles(place.folder)->ReadAll(place.name);
  if (there.status().code() == StatusCode::kNotFound) return Status();
  if (!there.ok()) return there.status().Annotate("cannot read the ready file " + path);
  return *there == text ? RemoveReadyFile(path) : Status();
}

std::string ReadyText(const std::vector<broker::Node>& nodes, const std::string& cluster_id) {
  nlohmann::json ready = {{"bootstrap", BootstrapOf(nodes)},
                          {"nodes", nlohmann::json::array()},
                          {"cluster_id", cluster_id},
                          {"pid", getpid()}};
  for (const broker::Node& node : nodes) {
    const broker::Endpoint endpoint = LocalEndpoint(node);
    ready["nodes"].push_back({{"id", node.id()}, {"host", endpoint.host}, {"port", endpoint.port}});
  }
  return ready.dump() + "\n";
}

Status WriteReadyFile(const std::string& path, const std::string& text) {
  const Place place = PlaceOf(path);
  const Status written = MakePosixFiles(place.folder)->WriteAtomically(place.name, text);
  return written.Annotate("cannot write the ready file " + path);
}

}  // namespace odradek::app
