// exec: a broker for the life of one command. The broker runs in this process on free ports; its
// log is kept back and shown only if the command fails. Signals are the command's: they are handed
// on to it, and the broker serves until it ends. Its exit status is ours.
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
#include "runtime/signals.h"

extern char** environ;

namespace odradek::cli {
namespace {

constexpr size_t kLogBytesMax = 1 << 20;
constexpr int kSignalStatusBase = 128;  // as shells have it
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

// Blocks what is for the command, in this thread and all that it starts, so that one thread can
// wait for it: no handler of an event loop sees it. `before` is the mask until now.
sigset_t TakeSignals(sigset_t* before) {
  sigset_t taken;
  sigemptyset(&taken);
  for (const int signal : runtime::StopSignals()) sigaddset(&taken, signal);
  for (const int signal : {SIGQUIT, SIGCHLD}) sigaddset(&taken, signal);
  std::signal(SIGCHLD, SIG_DFL);  // ignored, it would make statuses vanish
  pthread_sigmask(SIG_BLOCK, &taken, before);
  return taken;
}

// One that came before there was a command; 0 if none did.
int EarlySignal() {
  sigset_t pending;
  sigpending(&pending);
  for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGHUP})
    if (sigismember(&pending, signal) == 1) return signal;
  return 0;
}

// The child must not inherit the handling of signals of this process.
int Spawn(const std::vector<std::string>& command, const std::string& bootstrap,
          const sigset_t& mask, pid_t* pid) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGXFSZ}) sigaddset(&defaults, signal);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setsigmask(&attributes, &mask);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  const std::vector<std::string> variables = EnvironmentWith(bootstrap);
  const int error = posix_spawnp(pid, command[0].c_str(), nullptr, &attributes,
                                 Pointers(command).data(), Pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  return error;
}

int StatusOf(int wait_status) {
  if (WIFEXITED(wait_status)) return WEXITSTATUS(wait_status);
  return WIFSIGNALED(wait_status) ? kSignalStatusBase + WTERMSIG(wait_status) : kFailure;
}

// Hands signals on until the command ends. What a terminal sends goes to its whole process group:
// a second interrupt would tell many commands to give up at once.
int WaitForwarding(pid_t pid, const sigset_t& taken) {
  for (;;) {
    siginfo_t info{};
    const int signal = sigwaitinfo(&taken, &info);
    if (signal == SIGCHLD) {
      int wait_status = 0;
      if (waitpid(pid, &wait_status, WNOHANG) == pid) return StatusOf(wait_status);
    } else if (signal > 0) {
      const bool has_it = info.si_code == SI_KERNEL && getpgid(pid) == getpgrp();
      if (!has_it) kill(pid, signal);
    }
  }
}

}  // namespace

int Exec(app::ServeOptions options, const std::vector<std::string>& command) {
  log::CaptureToMemory(kLogBytesMax);
  sigset_t before;
  const sigset_t taken = TakeSignals(&before);
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
    if (const int signal = EarlySignal(); signal != 0) {
      status = kSignalStatusBase + signal;
      return (*server)->Stop();
    }
    pid_t pid = 0;
    const int error = Spawn(command, (*server)->bootstrap(), before, &pid);
    if (error != 0) {
      std::fprintf(stderr, "odradek exec: cannot start '%s': %s\n", command[0].c_str(),
                   std::strerror(error));
      return (*server)->Stop();
    }
    child = std::thread([&status, pid, &server, &taken] {
      status = WaitForwarding(pid, taken);
      (*server)->Stop();
    });
  });
  if (child.joinable()) child.join();
  if (status != 0) std::fprintf(stderr, "%s", log::Captured().c_str());
  if (!served.ok()) Report(served);
  return status;
}

}  // namespace odradek::cli
