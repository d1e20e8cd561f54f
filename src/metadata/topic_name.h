// What Kafka allows as a topic name. Source: org.apache.kafka.common.internals.Topic.
#pragma once

#include <string>
#include <string_view>

namespace odradek::metadata {

constexpr size_t kTopicNameLengthMax = 249;

// Empty if the name is legal, else Kafka's sentence why not.
std::string WhyIllegalTopicName(std::string_view name);
inline bool IsLegalTopicName(std::string_view name) { return WhyIllegalTopicName(name).empty(); }

// <0, 0, >0 with '.' and '_' taken as the same character: metric names cannot tell them apart.
int CompareFoldingDots(std::string_view a, std::string_view b);

}  // namespace odradek::metadata
