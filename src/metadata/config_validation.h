// Kafka's judgement of the whole set of configs that a resource would have.
// Source: ControllerConfigurationValidator, LogConfig.validate, GroupConfig.validate,
// ClientMetricsConfigs.validate, DynamicBrokerConfig.validate of Apache Kafka.
#pragma once

#include <string_view>

#include "metadata/commands.h"
#include "metadata/effective_config.h"

namespace odradek::metadata {

// INVALID_CONFIG with Kafka's sentence.
Outcome ValidateTopicConfigs(const ConfigMap& configs, const EffectiveConfig& effective);
Outcome ValidateGroupConfigs(const ConfigMap& configs, const EffectiveConfig& effective);
Outcome ValidateClientMetricsConfigs(const ConfigMap& configs);
// INVALID_REQUEST; `of_all` for the cluster-wide defaults.
Outcome ValidateBrokerConfigs(const ConfigMap& configs, bool of_all);

}  // namespace odradek::metadata
