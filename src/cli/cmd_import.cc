// import: takes topics that Apache Kafka wrote into a data directory.
#include <cinttypes>
#include <cstdio>

#include "app/import.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"

namespace odradek::cli {

int Import(const app::ServeOptions& options, const std::vector<std::string>& directories,
           const std::vector<std::string>& topics) {
  const auto imported = app::Import(options, {.directories = directories, .topics = topics});
  if (!imported.ok()) return Report(imported.status());
  for (const app::ImportedPartitionInfo& one : *imported) {
    std::printf("%s-%d: offsets %" PRId64 " to %" PRId64 ", %" PRId64 " bytes\n", one.topic.c_str(),
                one.partition, one.start_offset, one.end_offset, one.size_bytes);
  }
  return kSuccess;
}

}  // namespace odradek::cli
