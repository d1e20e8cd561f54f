// Exit statuses of the program; docs/CLI.md lists them.
#pragma once

namespace odradek::cli {

enum ExitCode : int {
  kSuccess = 0,  // done
  kFailure = 1,  // it ran and failed, the message says why; verify: data is damaged or set aside
  kUsage = 2,    // a bad option or property; verify: no data directory
  kUnavailable = 3,       // a port or a data directory is taken or cannot be used
  kHarmlessFindings = 4,  // verify: torn tails, stale sidecars; no damage that is known of
  kExecNoBroker = 125,    // exec: the broker did not start
  kExecNoCommand = 127    // exec: the command could not be started
};

}  // namespace odradek::cli
