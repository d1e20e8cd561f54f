// What bytes that are no Kafka frame look like, in words for the log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace odradek::net {

// `head`: the first bytes of the frame, at least its length prefix, which says `length`.
std::string DescribeBadFrame(std::string_view head, int32_t length, int64_t length_max);

}  // namespace odradek::net
