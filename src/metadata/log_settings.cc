#include "metadata/log_settings.h"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "config/config_table.h"

namespace odradek::metadata {
namespace {

using config::ConfigDef;
using config::ConfigValue;
using storage::LogConfig;

int64_t Int(const ConfigValue& value) { return std::get<int64_t>(value); }
int32_t Int32(const ConfigValue& value) { return static_cast<int32_t>(Int(value)); }

bool Has(const ConfigValue& list, std::string_view item) {
  const auto& items = std::get<std::vector<std::string>>(list);
  return std::find(items.begin(), items.end(), item) != items.end();
}

// The number in a batch's attributes.
int8_t CodecNumber(std::string_view name) {
  constexpr std::string_view kCodecs[] = {"uncompressed", "gzip", "snappy", "lz4", "zstd"};
  const auto at = std::find(std::begin(kCodecs), std::end(kCodecs), name);
  return at == std::end(kCodecs) ? int8_t{-1} : static_cast<int8_t>(at - std::begin(kCodecs));
}

struct Setting {
  std::string_view name;
  void (*apply)(const ConfigValue& value, LogConfig* log);
};

constexpr Setting kSettings[] = {
    {"cleanup.policy",
     [](const ConfigValue& v, LogConfig* log) {
       log->compact = Has(v, "compact");
       log->delete_retention = Has(v, "delete");
     }},
    {"compression.type",
     [](const ConfigValue& v, LogConfig* log) {
       log->compression_type = CodecNumber(std::get<std::string>(v));
     }},
    {"delete.retention.ms",
     [](const ConfigValue& v, LogConfig* log) { log->tombstone_retention_ms = Int(v); }},
    {"file.delete.delay.ms",
     [](const ConfigValue& v, LogConfig* log) { log->file_delete_delay_ms = Int(v); }},
    {"flush.messages", [](const ConfigValue& v, LogConfig* log) { log->flush_messages = Int(v); }},
    {"flush.ms", [](const ConfigValue& v, LogConfig* log) { log->flush_ms = Int(v); }},
    {"max.compaction.lag.ms",
     [](const ConfigValue& v, LogConfig* log) { log->max_compaction_lag_ms = Int(v); }},
    {"max.message.bytes",
     [](const ConfigValue& v, LogConfig* log) { log->max_message_bytes = Int32(v); }},
    {"message.timestamp.after.max.ms",
     [](const ConfigValue& v, LogConfig* log) { log->timestamp_after_max_ms = Int(v); }},
    {"message.timestamp.before.max.ms",
     [](const ConfigValue& v, LogConfig* log) { log->timestamp_before_max_ms = Int(v); }},
    {"message.timestamp.type",
     [](const ConfigValue& v, LogConfig* log) {
       log->log_append_time = std::get<std::string>(v) == "LogAppendTime";
     }},
    {"min.cleanable.dirty.ratio",
     [](const ConfigValue& v, LogConfig* log) {
       log->min_cleanable_dirty_ratio = std::get<double>(v);
     }},
    {"min.compaction.lag.ms",
     [](const ConfigValue& v, LogConfig* log) { log->min_compaction_lag_ms = Int(v); }},
    {"preallocate",
     [](const ConfigValue& v, LogConfig* log) { log->preallocate = std::get<bool>(v); }},
    {"retention.bytes",
     [](const ConfigValue& v, LogConfig* log) { log->retention_bytes = Int(v); }},
    {"retention.ms", [](const ConfigValue& v, LogConfig* log) { log->retention_ms = Int(v); }},
    {"segment.bytes", [](const ConfigValue& v, LogConfig* log) { log->segment_bytes = Int(v); }},
    {"segment.index.bytes",
     [](const ConfigValue& v, LogConfig* log) { log->segment_index_bytes = Int32(v); }},
    {"segment.jitter.ms",
     [](const ConfigValue& v, LogConfig* log) { log->segment_jitter_ms = Int(v); }},
    {"segment.ms", [](const ConfigValue& v, LogConfig* log) { log->segment_ms = Int(v); }},
};

constexpr std::string_view kLevels[] = {"", "compression.gzip.level", "", "compression.lz4.level",
                                        "compression.zstd.level"};

void Apply(const ConfigDef& def, std::string_view text, const Setting& setting, LogConfig* log) {
  const Result<ConfigValue> value = config::ParseConfig(def, text);
  if (value.ok()) setting.apply(*value, log);
}

void SetCompressionLevel(const EffectiveConfig& effective, const ConfigMap& overrides,
                         LogConfig* log) {
  log->compression_level = -1;
  if (log->compression_type < 1 || kLevels[log->compression_type].empty()) return;
  const ConfigDef* def = config::FindConfig(config::Scope::kTopic, kLevels[log->compression_type]);
  const auto text = effective.ValueOf(*def, overrides);
  const Result<ConfigValue> value = config::ParseConfig(*def, text.value_or("-1"));
  if (value.ok()) log->compression_level = Int32(*value);
}

}  // namespace

LogConfig DefaultLogSettings(const EffectiveConfig& effective) {
  LogConfig log;
  for (const Setting& setting : kSettings) {
    const ConfigDef* def = config::FindConfig(config::Scope::kTopic, setting.name);
    const auto text = effective.ValueOf(*def, ConfigMap());
    if (text) Apply(*def, *text, setting, &log);
  }
  log.producer_id_expiration_ms = effective.BrokerInt("producer.id.expiration.ms");
  SetCompressionLevel(effective, ConfigMap(), &log);
  return log;
}

LogConfig WithOverrides(const LogConfig& defaults, const EffectiveConfig& effective,
                        const ConfigMap& overrides) {
  LogConfig log = defaults;
  if (overrides.empty()) return log;
  for (const Setting& setting : kSettings) {
    const auto own = overrides.find(setting.name);
    if (own == overrides.end()) continue;
    Apply(*config::FindConfig(config::Scope::kTopic, setting.name), own->second, setting, &log);
  }
  SetCompressionLevel(effective, overrides, &log);
  return log;
}

}  // namespace odradek::metadata
