// The sub-commands. Each returns the exit status of the process.
#pragma once

#include <string>
#include <vector>

#include "app/serve_options.h"
#include "base/result.h"

namespace odradek::cli {

int Serve(const app::ServeOptions& options);
// Runs `command` with the addresses of a fresh broker in its environment.
int Exec(app::ServeOptions options, const std::vector<std::string>& command);
// Asks who it is, until one answers, of the brokers at `bootstrap`: "host:port,host:port".
int Health(const std::string& bootstrap, int timeout_ms);
// Takes topics out of log directories of Apache Kafka; none named: all.
int Import(const app::ServeOptions& options, const std::vector<std::string>& directories,
           const std::vector<std::string>& topics, bool partitions);
// Says what the files at `paths` hold, or those below them if they are directories.
int DumpLog(const std::vector<std::string>& paths, bool records, const std::string& decoding,
            bool json);
// Reads a whole data directory, ours or Kafka's, and says what is wrong with it.
int Verify(const std::string& directory, bool json);
// Versions of this program and of the libraries in use.
std::string VersionText();

// Prints the failure and says which exit status stands for it.
int Report(const Status& status);

}  // namespace odradek::cli
