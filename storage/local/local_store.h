// LocalStore: the storage engine on one machine's files: DATA/<topic>/<partition>/, segments in
// Kafka's own format, which Kafka's DumpLogSegments reads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/env/env.h"
#include "storage/log_store.h"

namespace odradek::storage {

// What an append has survived when it counts, that is, when durable_end has passed it.
enum class Durability : unsigned char {
  kProcess,  // it was handed to the operating system: the end of the process loses nothing
  kPower,    // it is on the device: a power cut loses nothing
};

struct StoreOptions {
  // Of files that are durable at all; in memory nothing outlives the process.
  Durability durability = Durability::kProcess;
  // Below the root of the file layer; empty for the root itself.
  std::string directory;
  // Segment files held open at once; answers on their way may hold more.
  size_t open_files_max = 1000;
  // The in-memory index gets an entry about this often.
  int32_t index_interval_bytes = 32 * 1024;
  // Names the current run of the operating system (Linux: /proc/sys/kernel/random/boot_id). While
  // it stays the same, what was written is there even if it was never synced, so that recovery may
  // trust it. Empty: trust only what was synced.
  std::string boot_id;
};

// `env` must outlive the store, the store all its logs. Uses the clock, the files, the random
// numbers and, with kPower, the workers of `env`; files that are not durable get no sidecars.
std::unique_ptr<LogStore> MakeLocalStore(const Env& env, StoreOptions options);

}  // namespace odradek::storage
