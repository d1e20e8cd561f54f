// Sink: what generated Encode() bodies write to. Sizer counts, Writer (writer.h) fills a buffer of
// exactly that size; both share the composite encodings below, so they cannot disagree.
//
// A body is a template over the sink: Derived supplies Byte-level writes (PutBig, PutUvarint,
// PutRaw, PutRecords), SinkBase everything that Kafka builds from them.
// Source: org.apache.kafka.common.protocol.Writable and KIP-482 (compact forms).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "base/uuid.h"
#include "base/varint.h"
#include "protocol/errors.h"
#include "protocol/wire/record_set.h"
#include "protocol/wire/tagged_fields.h"

namespace odradek::wire {

class Sizer;

template <class Derived>
class SinkBase {
 public:
  void Bool(bool value) { self().PutBig(static_cast<int8_t>(value ? 1 : 0)); }
  void Int8(int8_t value) { self().PutBig(value); }
  void Int16(int16_t value) { self().PutBig(value); }
  void Uint16(uint16_t value) { self().PutBig(value); }
  void Int32(int32_t value) { self().PutBig(value); }
  void Uint32(uint32_t value) { self().PutBig(value); }
  void Int64(int64_t value) { self().PutBig(value); }
  void Float64(double value) { self().PutBig(std::bit_cast<int64_t>(value)); }
  void Error(ErrorCode value) { self().PutBig(static_cast<int16_t>(value)); }
  void Uuid(const odradek::Uuid& id) {
    self().PutRaw({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
  }
  void Uvarint(uint32_t value) { self().PutUvarint(value); }

  void String(std::string_view text, bool flexible) {
    StringLength(static_cast<int64_t>(text.size()), flexible);
    self().PutRaw(text);
  }
  // Where a version has no null, null is written as empty.
  void NullableString(std::optional<std::string_view> text, bool flexible, bool nullable) {
    if (!text && nullable) return StringLength(-1, flexible);
    String(text.value_or(std::string_view()), flexible);
  }
  void Bytes(std::string_view bytes, bool flexible) {
    Count(static_cast<int64_t>(bytes.size()), flexible);
    self().PutRaw(bytes);
  }
  void NullableBytes(std::optional<std::string_view> bytes, bool flexible, bool nullable) {
    if (!bytes && nullable) return Count(-1, flexible);
    Bytes(bytes.value_or(std::string_view()), flexible);
  }
  void Records(const RecordSet& records, bool flexible, bool nullable) {
    if (records.is_null() && nullable) return Count(-1, flexible);
    Count(static_cast<int64_t>(records.size()), flexible);
    self().PutRecords(records);
  }

  template <class T>
  void ArrayCount(const Array<T>& array, bool flexible, bool nullable) {
    Count(array.is_null() && nullable ? -1 : static_cast<int64_t>(array.size()), flexible);
  }
  void StructMarker(bool present, bool tagged) {
    if (tagged) return Uvarint(present ? 1 : 0);
    Int8(present ? 1 : -1);
  }

  // One tagged field; `body(sink)` writes its value and runs twice, first to count.
  template <class Body>
  void Tagged(uint32_t tag, Body body);
  // The kept fields from `*next` on whose tag is below `tag`: known and unknown ones go out in
  // ascending order.
  void UnknownTagsBelow(const TaggedFields& fields, uint64_t tag, size_t* next) {
    for (; *next < fields.size() && fields[*next].tag < tag; ++*next) {
      Uvarint(fields[*next].tag);
      Uvarint(static_cast<uint32_t>(fields[*next].data.size()));
      self().PutRaw(fields[*next].data);
    }
  }
  static constexpr uint64_t kAfterAllTags = uint64_t{1} << 32;

 private:
  Derived& self() { return static_cast<Derived&>(*this); }

  void Count(int64_t count, bool flexible) {
    if (flexible) return Uvarint(static_cast<uint32_t>(count + 1));
    Int32(static_cast<int32_t>(count));
  }
  void StringLength(int64_t length, bool flexible) {
    if (flexible) return Uvarint(static_cast<uint32_t>(length + 1));
    Int16(static_cast<int16_t>(length));
  }
};

class Sizer : public SinkBase<Sizer> {
 public:
  // All bytes of the encoding.
  size_t size() const { return size_ + spliced_; }
  // Those that a Writer needs room for; the rest are slices of record sets.
  size_t buffer_size() const { return size_; }

 private:
  friend class SinkBase<Sizer>;

  template <class T>
  void PutBig(T) {
    size_ += sizeof(T);
  }
  void PutUvarint(uint32_t value) { size_ += UvarintSize(value); }
  void PutRaw(std::string_view bytes) { size_ += bytes.size(); }
  void PutRecords(const RecordSet& records) {
    size_ += records.memory().size();
    spliced_ += records.size() - records.memory().size();
  }

  size_t size_ = 0;
  size_t spliced_ = 0;
};

template <class Derived>
template <class Body>
void SinkBase<Derived>::Tagged(uint32_t tag, Body body) {
  Sizer sizer;
  body(sizer);
  Uvarint(tag);
  Uvarint(static_cast<uint32_t>(sizer.size()));
  body(self());
}

// The number of bytes that Encode() of the same message and version writes.
template <class Message>
size_t EncodedSize(int16_t version, const Message& message) {
  Sizer sizer;
  Encode(sizer, version, message);
  return sizer.size();
}

}  // namespace odradek::wire

namespace odradek {
using wire::EncodedSize;
}  // namespace odradek
