#include "config/kept_configs.h"

namespace odradek::config {
namespace {

constexpr std::string_view kOneReplica =
    "the replicas of a partition are one log: nothing is copied between them";
constexpr std::string_view kNoTiers = "there is no remote storage; all segments are local";
constexpr std::string_view kOwnIndex =
    "an index entry stands for a block of 32 KiB, which a checksum of its own covers";
constexpr std::string_view kOwnDirectory = "--data-dir says where data is kept";
constexpr std::string_view kNoCheckpointFile =
    "there is no such file for all partitions; each has its own checkpoint, written as it changes";

constexpr KeptConfig kKeptConfigs[] = {
    {"follower.replication.throttled.replicas", kOneReplica},
    {"index.interval.bytes", kOwnIndex},
    {"leader.replication.throttled.replicas", kOneReplica},
    {"local.retention.bytes", kNoTiers},
    {"local.retention.ms", kNoTiers},
    {"log.dir", kOwnDirectory},
    {"log.dir.failure.timeout.ms", "there is one directory; what fails is told at the partition"},
    {"log.dirs", kOwnDirectory},
    {"log.flush.offset.checkpoint.interval.ms", kNoCheckpointFile},
    {"log.flush.scheduler.interval.ms",
     "nothing looks for logs to be synced: each sets its own timer by flush.ms"},
    {"log.flush.start.offset.checkpoint.interval.ms", kNoCheckpointFile},
    {"log.index.interval.bytes", kOwnIndex},
    {"log.local.retention.bytes", kNoTiers},
    {"log.local.retention.ms", kNoTiers},
    {"log.remote.copy.lag.bytes", kNoTiers},
    {"log.remote.copy.lag.ms", kNoTiers},
    {"remote.log.copy.disable", kNoTiers},
    {"remote.log.delete.on.disable", kNoTiers},
    {"remote.storage.enable", kNoTiers},
    {"unclean.leader.election.enable", kOneReplica},
};

}  // namespace

std::span<const KeptConfig> KeptConfigs() { return kKeptConfigs; }

}  // namespace odradek::config
