#include "tests/bench/broker_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <fstream>
#include <iterator>

#include "base/check.h"
#include "tests/bench/cores.h"
#include "tests/bench/sockets.h"

namespace odradek::bench {
namespace {

constexpr std::string_view kPort = "{port}";
constexpr std::string_view kData = "{data}";
constexpr std::string_view kPortFile = "{port-file}";

std::string FileText(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The number behind `key` in the text of a /proc/PID/status.
int64_t NumberBehind(std::string_view text, std::string_view key) {
  const size_t at = text.find(key);
  if (at == std::string_view::npos) return 0;
  const size_t digit = text.find_first_of("0123456789", at + key.size());
  int64_t number = 0;
  std::from_chars(text.data() + digit, text.data() + text.size(), number);
  return number;
}

void Replace(std::string* word, std::string_view what, const std::string& by) {
  for (size_t at = word->find(what); at != std::string::npos; at = word->find(what, at + by.size()))
    word->replace(at, what.size(), by);
}

// The child dies with this process, whatever ends it.
pid_t Spawn(const std::vector<std::string>& words, int core, int output, int errors) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  CHECK(pid >= 0);
  if (pid > 0) return pid;
  PinThisThread(core, "child");
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

}  // namespace

Result<BrokerCommand> BrokerCommand::Parse(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) return Invalid("want NAME=COMMAND");
  BrokerCommand command;
  command.name = text.substr(0, equals);
  for (size_t at = equals + 1; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) command.words.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (command.words.empty()) return Invalid("no command");
  return command;
}

bool BrokerCommand::Has(std::string_view placeholder) const {
  for (const std::string& word : words) {
    if (word.find(placeholder) != std::string::npos) return true;
  }
  return false;
}

std::unique_ptr<BrokerProcess> BrokerProcess::Start(const BrokerCommand& command,
                                                    const std::string& directory) {
  std::unique_ptr<BrokerProcess> broker(new BrokerProcess);
  if (command.Has(kPortFile)) {
    broker->port_file_ = directory + "/port";
    ::unlink(broker->port_file_.c_str());
  } else {
    // Closed again at once: what else takes a port of the system's choice takes another one.
    const net::UniqueFd taken = Listen(&broker->port_);
  }
  std::vector<std::string> words = command.words;
  for (std::string& word : words) {
    Replace(&word, kPort, std::to_string(broker->port_));
    Replace(&word, kData, directory + "/data");
    Replace(&word, kPortFile, broker->port_file_);
  }
  const net::UniqueFd log(
      ::open((directory + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  CHECK(log.get() >= 0);
  broker->pid_ = Spawn(words, kServerCore, log.get(), log.get());
  return broker;
}

BrokerProcess::~BrokerProcess() { End(SIGKILL, 0); }

Status BrokerProcess::WaitUntilListening(int timeout_ms) {
  const double start = NowSeconds();
  while (NowSeconds() - start < timeout_ms * 1e-3) {
    if (port_ == 0) {
      const std::string text = FileText(port_file_);
      if (text.ends_with('\n')) std::from_chars(text.data(), text.data() + text.size(), port_);
    }
    if (port_ != 0 && TryConnect(port_)) return {};
    if (has_ended()) return Retriable("the broker ended");
    constexpr timespec kPause = {.tv_sec = 0, .tv_nsec = 50'000};
    ::ppoll(nullptr, 0, &kPause, nullptr);
  }
  return Retriable("the broker does not listen");
}

double BrokerProcess::CpuSeconds() const {
  clockid_t id = 0;
  CHECK_EQ(::clock_getcpuclockid(pid_, &id), 0);
  timespec used{};
  CHECK_EQ(::clock_gettime(id, &used), 0);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

ProcessStatus BrokerProcess::StatusNow() const {
  const std::string folder = "/proc/" + std::to_string(pid_);
  const std::string text = FileText(folder + "/status");
  ProcessStatus status;
  status.resident_mib = static_cast<double>(NumberBehind(text, "VmRSS:")) / 1024;
  status.resident_peak_mib = static_cast<double>(NumberBehind(text, "VmHWM:")) / 1024;
  DIR* tasks = ::opendir((folder + "/task").c_str());
  if (tasks == nullptr) return status;
  while (const dirent* task = ::readdir(tasks)) {
    status.voluntary_switches += NumberBehind(
        FileText(folder + "/task/" + task->d_name + "/status"), "\nvoluntary_ctxt_switches:");
  }
  ::closedir(tasks);
  return status;
}

bool BrokerProcess::has_ended() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ < 0;
}

void BrokerProcess::Pause() {
  if (!has_ended()) ::kill(pid_, SIGSTOP);
}

void BrokerProcess::Resume() {
  if (!has_ended()) ::kill(pid_, SIGCONT);
}

void BrokerProcess::End(int signal, int timeout_ms) {
  if (has_ended()) return;
  ::kill(pid_, signal);
  Resume();
  const double start = NowSeconds();
  while (NowSeconds() - start < timeout_ms * 1e-3) {
    if (has_ended()) return;
    constexpr timespec kPause = {.tv_sec = 0, .tv_nsec = 50'000};
    ::ppoll(nullptr, 0, &kPause, nullptr);
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

Result<std::string> OutputOf(const std::vector<std::string>& words) {
  int ends[2];
  CHECK_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const net::UniqueFd from(ends[0]);
  pid_t pid = -1;
  {
    const net::UniqueFd to(ends[1]);
    pid = Spawn(words, kLoadCore, to.get(), STDERR_FILENO);
  }
  std::string output;
  std::array<char, 4096> buffer;
  for (ssize_t got; (got = ::read(from.get(), buffer.data(), buffer.size())) > 0;)
    output.append(buffer.data(), static_cast<size_t>(got));
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (status != 0) return Retriable(words[0] + " failed");
  return output;
}

}  // namespace odradek::bench
