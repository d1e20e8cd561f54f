#include "group/group_records.h"

#include "base/endian.h"
#include "protocol/message/group_metadata_key.h"
#include "protocol/message/offset_commit_key.h"
#include "protocol/message/offset_commit_value.h"
#include "protocol/wire/reader.h"
#include "protocol/wire/writer.h"

namespace odradek::group {
namespace {

constexpr int16_t kLegacyOffsetType = 0;  // keys of Kafka before 0.9; the same fields
// A per-commit expiry has a field in version 1 only, which knows neither epoch nor topic id.
constexpr int16_t kOffsetVersion = 4;
constexpr int16_t kExpiringOffsetVersion = 1;
constexpr int16_t kGroupVersion = 3;

// `prefix` is the record type of a key or the version of a value.
template <class Message>
std::string Encoded(int16_t prefix, int16_t version, const Message& message) {
  wire::Sizer sizer;
  Encode(sizer, version, message);
  wire::Writer writer(sizer.buffer_size());
  Encode(writer, version, message);
  std::string out(sizeof(prefix), '\0');
  StoreBig(out.data(), prefix);
  const ByteChain chain = writer.TakeChain();
  for (const Slice& slice : chain.slices()) out.append(slice.view());
  return out;
}

std::string OffsetKeyBytes(std::string_view group, std::string_view topic, int32_t partition) {
  OffsetCommitKey key;
  key.group = group;
  key.topic = topic;
  key.partition = partition;
  return Encoded(OffsetCommitKey::kRecordType, 0, key);
}

std::string GroupKeyBytes(std::string_view group) {
  GroupMetadataKey key;
  key.group = group;
  return Encoded(GroupMetadataKey::kRecordType, 0, key);
}

template <class Message>
bool Decoded(std::string_view bytes, int16_t version, Arena& arena, Message* out) {
  wire::Reader reader(bytes, arena);
  return Decode(reader, version, out) && reader.done();
}

std::optional<int16_t> Prefix(std::string_view bytes) {
  if (bytes.size() < sizeof(int16_t)) return std::nullopt;
  return LoadBig<int16_t>(bytes.data());
}

}  // namespace

coordinator::Record OffsetRecord(std::string_view group, std::string_view topic, int32_t partition,
                                 const CommittedOffset& offset) {
  OffsetCommitValue value;
  value.offset = offset.offset;
  value.leader_epoch = offset.leader_epoch;
  value.metadata = offset.metadata;
  value.commit_timestamp = offset.commit_ms;
  value.expire_timestamp = offset.expire_ms;
  value.topic_id = offset.topic_id;
  const int16_t version = offset.expire_ms >= 0 ? kExpiringOffsetVersion : kOffsetVersion;
  return {OffsetKeyBytes(group, topic, partition), Encoded(version, version, value),
          offset.commit_ms};
}

coordinator::Record OffsetTombstone(std::string_view group, std::string_view topic,
                                    int32_t partition, Millis wall_ms) {
  return {OffsetKeyBytes(group, topic, partition), std::nullopt, wall_ms};
}

coordinator::Record GroupRecord(std::string_view group, const GroupMetadataValue& value,
                                Millis wall_ms) {
  return {GroupKeyBytes(group), Encoded(kGroupVersion, kGroupVersion, value), wall_ms};
}

coordinator::Record GroupTombstone(std::string_view group, Millis wall_ms) {
  return {GroupKeyBytes(group), std::nullopt, wall_ms};
}

std::optional<RecordKey> ParseKey(std::string_view key) {
  const auto type = Prefix(key);
  if (!type) return std::nullopt;
  Arena arena;
  const std::string_view body = key.substr(sizeof(int16_t));
  if (*type == kLegacyOffsetType || *type == OffsetCommitKey::kRecordType) {
    OffsetCommitKey parsed;
    if (!Decoded(body, 0, arena, &parsed)) return std::nullopt;
    return RecordKey{KeyKind::kOffset, parsed.group, parsed.topic, parsed.partition};
  }
  if (*type == GroupMetadataKey::kRecordType) {
    GroupMetadataKey parsed;
    if (!Decoded(body, 0, arena, &parsed)) return std::nullopt;
    return RecordKey{KeyKind::kGroup, parsed.group, {}, 0};
  }
  return RecordKey{};
}

std::optional<CommittedOffset> ParseOffset(std::string_view value) {
  const auto version = Prefix(value);
  if (!version || *version < OffsetCommitValue::kMinVersion ||
      *version > OffsetCommitValue::kMaxVersion) {
    return std::nullopt;
  }
  Arena arena;
  OffsetCommitValue parsed;
  if (!Decoded(value.substr(sizeof(int16_t)), *version, arena, &parsed)) return std::nullopt;
  return CommittedOffset{
      parsed.offset,           parsed.leader_epoch,     std::string(parsed.metadata),
      parsed.commit_timestamp, parsed.expire_timestamp, parsed.topic_id};
}

std::optional<GroupMetadataValue> ParseGroup(std::string_view value, Arena& arena) {
  const auto version = Prefix(value);
  if (!version || *version < GroupMetadataValue::kMinVersion ||
      *version > GroupMetadataValue::kMaxVersion) {
    return std::nullopt;
  }
  GroupMetadataValue parsed;
  if (!Decoded(value.substr(sizeof(int16_t)), *version, arena, &parsed)) return std::nullopt;
  return parsed;
}

}  // namespace odradek::group
