// What the records of Kafka's internal topics say, as JSON. Pure functions.
// Source: CoordinatorRecordMessageFormatter, TransactionLogMessageParser of Apache Kafka.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace odradek::inspect {

// How keys and values are to be read.
enum class Decoding : unsigned char { kNone, kOffsets, kTransactions, kShare };

// By the topic's name.
Decoding DecodingOf(std::string_view topic);

struct DecodedRecord {
  std::string key;    // {"type":1,"name":"OffsetCommitKey","data":{...}}
  std::string value;  // {"version":4,"data":{...}}, or "null" for a tombstone
};

// Nothing if the record is not of a known type, or its bytes are not what the type says.
std::optional<DecodedRecord> DecodeInternal(Decoding decoding, std::string_view key,
                                            std::optional<std::string_view> value);

}  // namespace odradek::inspect
