#include <csignal>
#include <cstdio>

#include "app/server.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "runtime/signals.h"

namespace odradek::cli {

int Report(const Status& status) {
  std::fprintf(stderr, "odradek: %.*s\n", static_cast<int>(status.message().size()),
               status.message().data());
  switch (status.code()) {
    case StatusCode::kInvalid:
      return kUsage;
    case StatusCode::kExists:
    case StatusCode::kFatal:
      return kUnavailable;
    default:
      return kFailure;
  }
}

int Serve(const app::ServeOptions& options) {
  Result<std::unique_ptr<app::Server>> server = app::Server::Start(options);
  if (!server.ok()) {
    const int status = Report(server.status());
    return status == kFailure ? kUnavailable : status;  // of a full or damaged directory, too
  }
  const Status stopped = (*server)->Run();
  for (const int number : runtime::StopSignals()) std::signal(number, SIG_IGN);  // all is done
  return stopped.ok() ? kSuccess : Report(stopped);
}

}  // namespace odradek::cli
