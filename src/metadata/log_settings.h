// From a topic's configs to the settings of its logs.
#pragma once

#include <string_view>

#include "metadata/effective_config.h"
#include "metadata/metadata_image.h"
#include "storage/log_store.h"

namespace odradek::metadata {

// What holds for topics without configs of their own.
storage::LogConfig DefaultLogSettings(const EffectiveConfig& effective);

// `defaults` with the topic's own configs. Values are valid: commands have checked them.
storage::LogConfig WithOverrides(const storage::LogConfig& defaults,
                                 const EffectiveConfig& effective, const ConfigMap& overrides);

}  // namespace odradek::metadata
