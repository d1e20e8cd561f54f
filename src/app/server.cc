#include "app/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <limits>
#include <thread>
#include <utility>

#include "api/dispatcher.h"
#include "app/data_dir.h"
#include "app/node_plan.h"
#include "app/option_checks.h"
#include "app/read_config.h"
#include "app/ready_file.h"
#include "base/env/env.h"
#include "base/env/startup.h"
#include "base/log.h"
#include "broker/cluster.h"
#include "config/server_config.h"
#include "net/server.h"
#include "runtime/loop_group.h"
#include "runtime/loop_workers.h"
#include "runtime/signals.h"
#include "runtime/worker_pool.h"
#include "storage/local/local_store.h"

namespace odradek::app {
namespace {

constexpr Millis kFlushCheckMs = 2;
constexpr size_t kSegmentsOpenMin = 8;         // a quarter of the descriptors otherwise
constexpr size_t kDescriptorsPerLoop = 4;      // epoll, wake-ups, signals
constexpr size_t kDescriptorsPerListener = 3;  // of both families, and a spare one
constexpr size_t kOtherDescriptors = 16;       // the journal, and files that are open for a moment

size_t SegmentsOpenMax(size_t descriptors_max) {
  return std::clamp(descriptors_max / 4, kSegmentsOpenMin, storage::StoreOptions{}.open_files_max);
}
// A broker that cannot open its files loses its clients' work; one client less is told at once.
int64_t ConnectionsMax(size_t descriptors_max, size_t loops, size_t listeners) {
  const size_t others = SegmentsOpenMax(descriptors_max) + loops * kDescriptorsPerLoop +
                        listeners * kDescriptorsPerListener + kOtherDescriptors;
  const size_t left = descriptors_max > others ? descriptors_max - others : 1;
  return static_cast<int64_t>(std::min<size_t>(left, std::numeric_limits<int32_t>::max()));
}

// As many descriptors as the system lets us have: connections and segments need them. Returns how
// many that are.
size_t RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return SIZE_MAX;
  if (limit.rlim_cur == limit.rlim_max) return limit.rlim_cur;
  const rlim_t before = std::exchange(limit.rlim_cur, limit.rlim_max);
  if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return limit.rlim_cur;
  LOG_WARN("cannot raise the limit of open files");
  return before;
}

net::NetLimits LimitsFrom(const config::ServerConfig& config) {
  net::NetLimits limits;
  limits.frame_bytes_max = config.GetInt("socket.request.max.bytes");
  limits.connections_max = config.GetInt("max.connections");
  limits.connections_per_ip_max = config.GetInt("max.connections.per.ip");
  limits.idle_ms_max = config.GetInt("connections.max.idle.ms");
  if (const int64_t budget = config.GetInt("queued.max.request.bytes"); budget > 0)
    limits.request_bytes_max = budget;
  const auto number = [&](const char* name) { return static_cast<int>(config.GetInt(name)); };
  limits.sockets = {.backlog = number("socket.listen.backlog.size"),
                    .send_buffer_bytes = number("socket.send.buffer.bytes"),
                    .receive_buffer_bytes = number("socket.receive.buffer.bytes")};
  return limits;
}

}  // namespace

// In the order of construction; destroyed in reverse.
struct Server::Parts {
  ServeOptions options;
  config::ServerConfig config;
  SystemClock clock;
  SystemRandom random;
  size_t descriptors_max = 0;           // of the process
  DataDir data_dir;                     // lock and files, if durable
  std::unique_ptr<Files> memory_files;  // otherwise
  std::unique_ptr<runtime::LoopGroup> loops;
  std::unique_ptr<runtime::LoopWorkers> workers;
  runtime::WorkerPool worker_pool;  // its last tasks may post to `workers`
  std::unique_ptr<broker::Cluster> cluster;
  std::unique_ptr<api::Dispatcher> dispatcher;
  std::unique_ptr<net::Server> net;
  bool stopping = false;  // loop 0 only

  Status Build(const ServeOptions& given);
  Status OpenCluster();
  Status Listen();
  size_t Listeners();
  Status OfDataDir(const Status& status) const;
  void Announce();
  void TellOfTheLastRun();
  void BeginStop();
  void StopWhenFlushed(Millis waited_ms);
  Files& files() { return data_dir.files != nullptr ? *data_dir.files : *memory_files; }
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::Start(const ServeOptions& options) {
  auto parts = std::make_unique<Parts>();
  RETURN_IF_ERROR(parts->Build(options));
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

Status Server::Parts::Build(const ServeOptions& given) {
  options = given;
  ASSIGN_OR_RETURN(config, ReadConfig(options));
  for (const std::string& warning : config.warnings()) LOG_WARN("{}", warning);
  for (const std::string& warning : OptionWarnings(options, config)) LOG_WARN("{}", warning);
  if (options.ready_file.has_value()) RETURN_IF_ERROR(RemoveStaleReadyFile(*options.ready_file));
  descriptors_max = RaiseDescriptorLimit();
  runtime::IgnoreSignalsOfWrites();
  if (options.data_dir.has_value()) {
    ASSIGN_OR_RETURN(data_dir, OpenDataDir(*options.data_dir));
  } else {
    memory_files = MakeMemoryFiles();
  }
  const int threads = options.threads > 0
                          ? options.threads
                          : runtime::LoopGroup::DefaultCount(std::thread::hardware_concurrency());
  loops = std::make_unique<runtime::LoopGroup>(threads, clock);
  workers = std::make_unique<runtime::LoopWorkers>(*loops, worker_pool);
  RETURN_IF_ERROR(OpenCluster());
  dispatcher = std::make_unique<api::Dispatcher>(*cluster, nullptr);
  net::NetLimits limits = LimitsFrom(config);
  limits.connections_by_descriptors_max =
      ConnectionsMax(descriptors_max, loops->size(), Listeners());
  net = std::make_unique<net::Server>(*loops, *dispatcher, limits);
  RETURN_IF_ERROR(Listen());
  if (options.ready_file.has_value()) RETURN_IF_ERROR(RemoveReadyFile(*options.ready_file));
  return OfDataDir(cluster->metadata().Draft());  // no answer goes out before the loops run
}

// Files are named below it.
Status Server::Parts::OfDataDir(const Status& status) const {
  const bool is_of_files = status.code() != StatusCode::kInvalid && options.data_dir.has_value();
  if (status.ok() || !is_of_files) return status;
  const char* advice = status.code() == StatusCode::kFull ? "; make room on its device" : "";
  return Status(status.code(), fmt::format("data directory {}: {}{}", *options.data_dir,
                                           status.message(), advice));
}

Status Server::Parts::OpenCluster() {
  broker::Cluster::Options cluster_options;
  ASSIGN_OR_RETURN(cluster_options.nodes, PlanNodes(options, config));
  RETURN_IF_ERROR(CheckNodeSettings(options, cluster_options.nodes));
  const Env env{.clock = &clock,
                .random = &random,
                .files = &files(),
                .scheduler = &loops->at(0),
                .workers = workers.get()};
  storage::StoreOptions store_options;
  store_options.durability = config.GetString(kDurabilityConfig) == kPowerDurability
                                 ? storage::Durability::kPower
                                 : storage::Durability::kProcess;
  if (options.data_dir.has_value()) store_options.boot_id = ReadBootId();
  store_options.open_files_max = SegmentsOpenMax(descriptors_max);
  cluster_options.store = storage::MakeLocalStore(env, std::move(store_options));
  auto opened = broker::Cluster::Open(env, config, std::move(cluster_options));
  if (!opened.ok()) return OfDataDir(opened.status());
  ASSIGN_OR_RETURN(cluster, std::move(opened));
  return {};
}

size_t Server::Parts::Listeners() {
  size_t count = 0;
  for (broker::Node& node : cluster->nodes()) count += node.listeners().size();
  return count;
}

Status Server::Parts::Listen() {
  for (broker::Node& node : cluster->nodes()) {
    for (size_t i = 0; i < node.listeners().size(); ++i) {
      const broker::NodeListener& listener = node.listeners()[i];
      ASSIGN_OR_RETURN(const uint16_t port, net->Listen({.node_id = node.id(),
                                                         .name = listener.name,
                                                         .host = listener.bind_host,
                                                         .port = listener.port}));
      node.SetBoundPort(i, port);
    }
  }
  return {};
}

void Server::Parts::Announce() {
  const bool durable = options.data_dir.has_value();
  LOG_INFO("odradek serves {} ({} node{}), {}, durability {}, data {}, cluster {}",
           BootstrapOf(cluster->nodes()), cluster->nodes().size(),
           cluster->nodes().size() == 1 ? "" : "s", durable ? "on disk" : "in memory",
           config.GetString(kDurabilityConfig), durable ? *options.data_dir : "-",
           cluster->metadata().image()->cluster_id());
}

void Server::Parts::TellOfTheLastRun() {
  if (data_dir.lock == nullptr) return;
  if (!data_dir.lock->was_left_clean())
    LOG_INFO("the last run on {} was not stopped cleanly; logs are checked as they are used",
             *options.data_dir);
  WarnOfDamageReports(*data_dir.files, *options.data_dir);
}

void Server::Parts::BeginStop() {
  if (std::exchange(stopping, true)) return;
  net->StopListening();
  cluster->BeginClose();
  StopWhenFlushed(0);
}

// Answers that are on their way get a moment; a client that does not read gets no more than that.
void Server::Parts::StopWhenFlushed(Millis waited_ms) {
  if (net->request_bytes() == 0 || waited_ms >= kFlushMsMax) return loops->Stop();
  loops->at(0).After(kFlushCheckMs,
                     [this, waited_ms] { StopWhenFlushed(waited_ms + kFlushCheckMs); });
}

std::string Server::bootstrap() const { return BootstrapOf(parts_->cluster->nodes()); }

Status Server::Run(UniqueFunction<void()> on_serving) {
  Parts& parts = *parts_;
  DirLock* const lock = parts.data_dir.lock.get();
  if (lock != nullptr) lock->LeaveClean(false);
  Status ready;
  std::string ready_text;
  // To the end: a second signal must not break off what the first has begun.
  runtime::SignalWatcher signals(parts.loops->at(0), runtime::StopSignals(), [&parts](int signal) {
    LOG_INFO("stopping on signal {}", signal);
    parts.BeginStop();
  });
  parts.loops->at(0).Post([&] {
    parts.Announce();
    if (parts.options.ready_file.has_value()) {
      ready_text =
          ReadyText(parts.cluster->nodes(), parts.cluster->metadata().image()->cluster_id());
      ready = WriteReadyFile(*parts.options.ready_file, ready_text);
      if (!ready.ok()) return parts.BeginStop();
    }
    if (on_serving) on_serving();
    parts.cluster->StartBackgroundRecovery();
    parts.TellOfTheLastRun();
  });
  parts.loops->Run();
  parts.net.reset();
  RETURN_IF_ERROR(ready);
  if (parts.options.ready_file.has_value()) {
    const Status removed = RemoveReadyFileWith(*parts.options.ready_file, ready_text);
    if (!removed.ok()) LOG_WARN("{}", removed.message());
  }
  RETURN_IF_ERROR(parts.cluster->Close());
  if (lock != nullptr) {
    lock->LeaveClean(true);
    LOG_INFO("the data directory {} is closed cleanly", *parts.options.data_dir);
  }
  return {};
}

void Server::Stop() {
  parts_->loops->at(0).Post([parts = parts_.get()] { parts->BeginStop(); });
}

}  // namespace odradek::app
