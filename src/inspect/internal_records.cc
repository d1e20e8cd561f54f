#include "inspect/internal_records.h"

#include <span>

#include "base/arena.h"
#include "base/endian.h"
#include "protocol/message/consumer_group_current_member_assignment_key.h"
#include "protocol/message/consumer_group_current_member_assignment_value.h"
#include "protocol/message/consumer_group_member_metadata_key.h"
#include "protocol/message/consumer_group_member_metadata_value.h"
#include "protocol/message/consumer_group_metadata_key.h"
#include "protocol/message/consumer_group_metadata_value.h"
#include "protocol/message/consumer_group_partition_metadata_key.h"
#include "protocol/message/consumer_group_partition_metadata_value.h"
#include "protocol/message/consumer_group_regular_expression_key.h"
#include "protocol/message/consumer_group_regular_expression_value.h"
#include "protocol/message/consumer_group_target_assignment_member_key.h"
#include "protocol/message/consumer_group_target_assignment_member_value.h"
#include "protocol/message/consumer_group_target_assignment_metadata_key.h"
#include "protocol/message/consumer_group_target_assignment_metadata_value.h"
#include "protocol/message/group_metadata_key.h"
#include "protocol/message/group_metadata_value.h"
#include "protocol/message/legacy_offset_commit_key.h"
#include "protocol/message/legacy_offset_commit_value.h"
#include "protocol/message/offset_commit_key.h"
#include "protocol/message/offset_commit_value.h"
#include "protocol/message/share_group_current_member_assignment_key.h"
#include "protocol/message/share_group_current_member_assignment_value.h"
#include "protocol/message/share_group_member_metadata_key.h"
#include "protocol/message/share_group_member_metadata_value.h"
#include "protocol/message/share_group_metadata_key.h"
#include "protocol/message/share_group_metadata_value.h"
#include "protocol/message/share_group_state_partition_metadata_key.h"
#include "protocol/message/share_group_state_partition_metadata_value.h"
#include "protocol/message/share_group_target_assignment_member_key.h"
#include "protocol/message/share_group_target_assignment_member_value.h"
#include "protocol/message/share_group_target_assignment_metadata_key.h"
#include "protocol/message/share_group_target_assignment_metadata_value.h"
#include "protocol/message/share_snapshot_key.h"
#include "protocol/message/share_snapshot_value.h"
#include "protocol/message/share_update_key.h"
#include "protocol/message/share_update_value.h"
#include "protocol/message/streams_group_current_member_assignment_key.h"
#include "protocol/message/streams_group_current_member_assignment_value.h"
#include "protocol/message/streams_group_member_metadata_key.h"
#include "protocol/message/streams_group_member_metadata_value.h"
#include "protocol/message/streams_group_metadata_key.h"
#include "protocol/message/streams_group_metadata_value.h"
#include "protocol/message/streams_group_target_assignment_member_key.h"
#include "protocol/message/streams_group_target_assignment_member_value.h"
#include "protocol/message/streams_group_target_assignment_metadata_key.h"
#include "protocol/message/streams_group_target_assignment_metadata_value.h"
#include "protocol/message/streams_group_topology_key.h"
#include "protocol/message/streams_group_topology_value.h"
#include "protocol/message/transaction_log_key.h"
#include "protocol/message/transaction_log_value.h"
#include "protocol/print/printer.h"
#include "protocol/wire/reader.h"

namespace odradek::inspect {
namespace {

constexpr int16_t kKeyVersion = 0;  // of every key so far

// Prints the message that stands behind a two-byte prefix, if all its bytes make sense.
template <class Message>
bool PrintMessage(print::Printer& printer, int16_t version, std::string_view bytes) {
  if (version < Message::kMinVersion || version > Message::kMaxVersion) return false;
  Arena arena;
  wire::Reader reader(bytes.substr(sizeof(int16_t)), arena);
  Message message;
  if (!Decode(reader, version, &message) || !reader.done()) return false;
  PrintFields(printer, version, message);
  return true;
}

template <class Message>
bool PrintKey(std::string* out, std::string_view bytes) {
  print::Printer printer(out);
  printer.BeginObject();
  printer.Key("type");
  printer.Int(Message::kRecordType);
  printer.Key("name");
  printer.String(Message::kName);
  printer.Key("data");
  if (!PrintMessage<Message>(printer, kKeyVersion, bytes)) return false;
  printer.EndObject();
  return true;
}

template <class Message>
bool PrintValue(std::string* out, std::string_view bytes) {
  const auto version = LoadBig<int16_t>(bytes.data());
  print::Printer printer(out);
  printer.BeginObject();
  printer.Key("version");
  printer.Int(version);
  printer.Key("data");
  if (!PrintMessage<Message>(printer, version, bytes)) return false;
  printer.EndObject();
  return true;
}

struct RecordType {
  int16_t number;
  bool (*print_key)(std::string* out, std::string_view bytes);
  bool (*print_value)(std::string* out, std::string_view bytes);
};

template <class Key, class Value>
constexpr RecordType Type() {
  return {Key::kRecordType, PrintKey<Key>, PrintValue<Value>};
}

constexpr RecordType kOffsetsTypes[] = {
    Type<LegacyOffsetCommitKey, LegacyOffsetCommitValue>(),
    Type<OffsetCommitKey, OffsetCommitValue>(),
    Type<GroupMetadataKey, GroupMetadataValue>(),
    Type<ConsumerGroupMetadataKey, ConsumerGroupMetadataValue>(),
    Type<ConsumerGroupPartitionMetadataKey, ConsumerGroupPartitionMetadataValue>(),
    Type<ConsumerGroupMemberMetadataKey, ConsumerGroupMemberMetadataValue>(),
    Type<ConsumerGroupTargetAssignmentMetadataKey, ConsumerGroupTargetAssignmentMetadataValue>(),
    Type<ConsumerGroupTargetAssignmentMemberKey, ConsumerGroupTargetAssignmentMemberValue>(),
    Type<ConsumerGroupCurrentMemberAssignmentKey, ConsumerGroupCurrentMemberAssignmentValue>(),
    Type<ConsumerGroupRegularExpressionKey, ConsumerGroupRegularExpressionValue>(),
    Type<ShareGroupMetadataKey, ShareGroupMetadataValue>(),
    Type<ShareGroupMemberMetadataKey, ShareGroupMemberMetadataValue>(),
    Type<ShareGroupTargetAssignmentMetadataKey, ShareGroupTargetAssignmentMetadataValue>(),
    Type<ShareGroupTargetAssignmentMemberKey, ShareGroupTargetAssignmentMemberValue>(),
    Type<ShareGroupCurrentMemberAssignmentKey, ShareGroupCurrentMemberAssignmentValue>(),
    Type<ShareGroupStatePartitionMetadataKey, ShareGroupStatePartitionMetadataValue>(),
    Type<StreamsGroupMetadataKey, StreamsGroupMetadataValue>(),
    Type<StreamsGroupMemberMetadataKey, StreamsGroupMemberMetadataValue>(),
    Type<StreamsGroupTargetAssignmentMetadataKey, StreamsGroupTargetAssignmentMetadataValue>(),
    Type<StreamsGroupTargetAssignmentMemberKey, StreamsGroupTargetAssignmentMemberValue>(),
    Type<StreamsGroupCurrentMemberAssignmentKey, StreamsGroupCurrentMemberAssignmentValue>(),
    Type<StreamsGroupTopologyKey, StreamsGroupTopologyValue>(),
};
constexpr RecordType kTransactionTypes[] = {
    Type<TransactionLogKey, TransactionLogValue>(),
};
constexpr RecordType kShareTypes[] = {
    Type<ShareSnapshotKey, ShareSnapshotValue>(),
    Type<ShareUpdateKey, ShareUpdateValue>(),
};

std::span<const RecordType> TypesOf(Decoding decoding) {
  switch (decoding) {
    case Decoding::kOffsets:
      return kOffsetsTypes;
    case Decoding::kTransactions:
      return kTransactionTypes;
    case Decoding::kShare:
      return kShareTypes;
    case Decoding::kNone:
      break;
  }
  return {};
}

}  // namespace

Decoding DecodingOf(std::string_view topic) {
  if (topic == "__consumer_offsets") return Decoding::kOffsets;
  if (topic == "__transaction_state") return Decoding::kTransactions;
  if (topic == "__share_group_state") return Decoding::kShare;
  return Decoding::kNone;
}

std::optional<DecodedRecord> DecodeInternal(Decoding decoding, std::string_view key,
                                            std::optional<std::string_view> value) {
  constexpr size_t kPrefix = sizeof(int16_t);
  if (key.size() < kPrefix || (value.has_value() && value->size() < kPrefix)) return std::nullopt;
  const auto number = LoadBig<int16_t>(key.data());
  for (const RecordType& type : TypesOf(decoding)) {
    if (type.number != number) continue;
    DecodedRecord decoded;
    if (!type.print_key(&decoded.key, key)) return std::nullopt;
    if (!value.has_value()) {
      decoded.value = "null";
    } else if (!type.print_value(&decoded.value, *value)) {
      return std::nullopt;
    }
    return decoded;
  }
  return std::nullopt;
}

}  // namespace odradek::inspect
