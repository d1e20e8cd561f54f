// Exit statuses of the program; docs/CLI.md lists them.
#pragma once

namespace odradek::cli {

enum ExitCode : int {
  kSuccess = 0,           // done
  kFailure = 1,           // it ran and failed; verify, dump-log: something is damaged or set aside
  kUsage = 2,             // an option, an argument or a property is wrong by itself
  kUnavailable = 3,       // a port, directory or file is missing, taken, or not what it has to be
  kHarmlessFindings = 4,  // verify: torn tails, stale sidecars; no damage that is known of
  kExecNoBroker = 125,    // exec: the broker did not start
  kExecNoCommand = 127    // exec: the command could not be started
};

}  // namespace odradek::cli
