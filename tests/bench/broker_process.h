// A broker that is a process of its own, started from a command line.
//
// Owner: the caller; the process dies with the object. Thread: one at a time. Errors: kRetriable
// when it does not start to listen, or ends.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace odradek::bench {

// "name=COMMAND ARGUMENT...". In the words of the command, {port} stands for a free port, {data}
// for a directory of its own, {port-file} for a file into which the broker writes the port it took.
struct BrokerCommand {
  std::string name;
  std::vector<std::string> words;

  static Result<BrokerCommand> Parse(std::string_view text);
  bool Has(std::string_view placeholder) const;
};

struct ProcessStatus {
  double resident_mib = 0;
  double resident_peak_mib = 0;
  int64_t voluntary_switches = 0;  // of all threads
};

class BrokerProcess {
 public:
  // Started on the server's core. `directory`, which exists, is where {data}, {port-file} and the
  // log of what it prints lie.
  static std::unique_ptr<BrokerProcess> Start(const BrokerCommand& command,
                                              const std::string& directory);
  ~BrokerProcess();

  // Tries to connect until somebody listens, without sleeping for longer than 0.1 ms.
  Status WaitUntilListening(int timeout_ms);
  // 0 before it is known.
  uint16_t port() const { return port_; }
  double CpuSeconds() const;
  ProcessStatus StatusNow() const;
  // Between Pause and Resume it gets no processor, and time-outs of its own run on.
  void Pause();
  void Resume();
  // Sends `signal` and waits for the end; after `timeout_ms` it is killed.
  void End(int signal, int timeout_ms);
  bool has_ended();

 private:
  BrokerProcess() = default;

  pid_t pid_ = -1;
  uint16_t port_ = 0;
  std::string port_file_;  // empty: the port was given
};

// Runs `words` on the load's core to its end, and gives what it printed.
Result<std::string> OutputOf(const std::vector<std::string>& words);

}  // namespace odradek::bench
