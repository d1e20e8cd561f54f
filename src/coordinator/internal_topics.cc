#include "coordinator/internal_topics.h"

#include "base/check.h"

namespace odradek::coordinator {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;

struct Decoded {
  uint32_t code_point;
  size_t length;
};

bool IsContinuation(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }

// The code point at the front of `text`; a malformed byte counts alone.
Decoded DecodeUtf8(std::string_view text) {
  const uint8_t lead = static_cast<uint8_t>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {kReplacement, 1};
  uint32_t code_point = lead & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[i])) return {kReplacement, 1};
    code_point = code_point << 6 | (static_cast<uint8_t>(text[i]) & 0x3F);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < kSmallest[length] || code_point > 0x10FFFF || surrogate)
    return {kReplacement, 1};
  return {code_point, length};
}

}  // namespace

std::string_view InternalTopicName(InternalTopic topic) {
  switch (topic) {
    case InternalTopic::kConsumerOffsets:
      return "__consumer_offsets";
    case InternalTopic::kTransactionState:
      return "__transaction_state";
    case InternalTopic::kShareGroupState:
      return "__share_group_state";
  }
  UNREACHABLE();
}

int32_t JavaStringHash(std::string_view text) {
  uint32_t hash = 0;
  while (!text.empty()) {
    const Decoded next = DecodeUtf8(text);
    if (next.code_point >= 0x10000) {
      hash = hash * 31 + (0xD800 + ((next.code_point - 0x10000) >> 10));
      hash = hash * 31 + (0xDC00 + ((next.code_point - 0x10000) & 0x3FF));
    } else {
      hash = hash * 31 + next.code_point;
    }
    text.remove_prefix(next.length);
  }
  return static_cast<int32_t>(hash);
}

int32_t PartitionFor(std::string_view key, int32_t partitions) {
  CHECK_GT(partitions, 0);
  // Kafka's abs maps the smallest integer to 0, and others to their magnitude.
  const int32_t hash = JavaStringHash(key);
  if (hash == INT32_MIN) return 0;
  return (hash < 0 ? -hash : hash) % partitions;
}

}  // namespace odradek::coordinator
