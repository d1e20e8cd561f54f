// import: takes topics that Apache Kafka wrote into a data directory.
#include <cinttypes>
#include <cstdio>

#include "app/import.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"

namespace odradek::cli {

int Import(const app::ServeOptions& options, const std::vector<std::string>& directories,
           const std::vector<std::string>& topics, bool partitions) {
  const auto imported = app::Import(options, {.directories = directories, .topics = topics});
  if (!imported.ok()) return Report(imported.status());
  struct {
    int partitions = 0;
    int64_t offsets = 0;
    int64_t bytes = 0;
  } sum;  // of the topic so far
  for (size_t i = 0; i < imported->size(); ++i) {
    const app::ImportedPartitionInfo& one = (*imported)[i];
    if (partitions) {
      std::printf("%s-%d: offsets %" PRId64 " to %" PRId64 ", %" PRId64 " bytes\n",
                  one.topic.c_str(), one.partition, one.start_offset, one.end_offset,
                  one.size_bytes);
      continue;
    }
    sum.offsets += one.end_offset - one.start_offset;
    sum.bytes += one.size_bytes;
    ++sum.partitions;
    if (i + 1 < imported->size() && (*imported)[i + 1].topic == one.topic) continue;
    std::printf("%s: %d partition%s, %" PRId64 " offsets, %" PRId64 " bytes\n", one.topic.c_str(),
                sum.partitions, sum.partitions == 1 ? "" : "s", sum.offsets, sum.bytes);
    sum = {};
  }
  return kSuccess;
}

}  // namespace odradek::cli
