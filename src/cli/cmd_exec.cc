// exec: a broker for the life of one command. The broker runs in this process on free ports; its
// log is kept back and shown only if the command fails.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <thread>

#include "app/server.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"

extern char** environ;

namespace odradek::cli {
namespace {

constexpr size_t kLogBytesMax = 1 << 20;
// Names under which programs look for their brokers.
constexpr const char* kAddressVariables[] = {"KAFKA_BOOTSTRAP_SERVERS", "BOOTSTRAP_SERVERS",
                                             "KAFKA_BROKERS", "KAFKA_BROKER",
                                             "SPRING_KAFKA_BOOTSTRAP_SERVERS"};

std::vector<std::string> EnvironmentWith(const std::string& bootstrap) {
  std::vector<std::string> variables;
  for (char** at = environ; *at != nullptr; ++at) {
    bool replaced = false;
    for (const char* name : kAddressVariables) {
      const size_t size = std::strlen(name);
      replaced |= std::strncmp(*at, name, size) == 0 && (*at)[size] == '=';
    }
    if (!replaced) variables.emplace_back(*at);
  }
  for (const char* name : kAddressVariables)
    variables.push_back(std::string(name) + "=" + bootstrap);
  return variables;
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// The child must not inherit the handling of signals of an event loop.
int Spawn(const std::vector<std::string>& command, const std::string& bootstrap, pid_t* pid) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) sigaddset(&defaults, signal);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  sigset_t nothing;
  sigemptyset(&nothing);
  posix_spawnattr_setsigmask(&attributes, &nothing);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  const std::vector<std::string> variables = EnvironmentWith(bootstrap);
  const int error = posix_spawnp(pid, command[0].c_str(), nullptr, &attributes,
                                 Pointers(command).data(), Pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  return error;
}

int StatusOf(int wait_status) {
  if (WIFEXITED(wait_status)) return WEXITSTATUS(wait_status);
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : kFailure;
}

}  // namespace

int Exec(app::ServeOptions options, const std::vector<std::string>& command) {
  log::CaptureToMemory(kLogBytesMax);
  if (!options.port.has_value()) options.port = 0;
  Result<std::unique_ptr<app::Server>> server = app::Server::Start(options);
  if (!server.ok()) {
    Report(server.status());
    return kExecNoBroker;
  }
  int status = kExecNoCommand;
  std::thread child;
  // The command starts once the loops run; its end stops the broker.
  const Status served = (*server)->Run([&] {
    pid_t pid = 0;
    const int error = Spawn(command, (*server)->bootstrap(), &pid);
    if (error != 0) {
      std::fprintf(stderr, "odradek exec: cannot start '%s': %s\n", command[0].c_str(),
                   std::strerror(error));
      return (*server)->Stop();
    }
    child = std::thread([&status, pid, &server] {
      int wait_status = 0;
      while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR) {
      }
      status = StatusOf(wait_status);
      (*server)->Stop();
    });
  });
  if (child.joinable()) child.join();
  if (status != 0) std::fprintf(stderr, "%s", log::Captured().c_str());
  if (!served.ok()) Report(served);
  return status;
}

}  // namespace odradek::cli
