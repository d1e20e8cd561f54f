// Reader: a bounds-checked cursor over one frame, the bottom of every generated Decode().
//
// Failure is sticky: after the first bad byte every call returns zero or empty, and ok() says so.
// Decoders therefore run straight on and ask once. Strings, bytes and records are views of the
// frame; arrays are taken from the arena.
// Limits: a count may not exceed the bytes left, also where an element could take none; strings
// are at most kStringSizeBytesMax long; the arena grows by no more than kMemoryFactor times the
// frame plus kMemorySlackBytes. Strings that are not UTF-8 are repaired copies in the arena.
// Owner: the caller; frame and arena must outlive it and what it returned. Thread: one at a time.
// Source: ByteBufferAccessor of Apache Kafka and the readers that it generates.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "base/endian.h"
#include "base/uuid.h"
#include "protocol/errors.h"
#include "protocol/wire/record_set.h"
#include "protocol/wire/tagged_fields.h"

namespace odradek::wire {

class Reader {
 public:
  static constexpr size_t kStringSizeBytesMax = 32767;
  static constexpr size_t kMemoryFactor = 8;
  static constexpr size_t kMemorySlackBytes = 64 * 1024;

  Reader(std::string_view frame, Arena& arena)
      : at_(frame.data()),
        end_(frame.data() + frame.size()),
        reserved_bytes_max_(arena.reserved_bytes() + frame.size() * kMemoryFactor +
                            kMemorySlackBytes),
        arena_(arena) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  bool ok() const { return !failed_; }
  // All bytes taken and none of them bad.
  bool done() const { return ok() && at_ == end_; }
  size_t remaining() const { return static_cast<size_t>(end_ - at_); }
  void Fail();
  // The failure is that decoding would take more memory than a frame of that size may.
  bool is_over_memory() const { return over_memory_; }

  bool Bool() { return Fixed<int8_t>() != 0; }
  int8_t Int8() { return Fixed<int8_t>(); }
  int16_t Int16() { return Fixed<int16_t>(); }
  uint16_t Uint16() { return Fixed<uint16_t>(); }
  int32_t Int32() { return Fixed<int32_t>(); }
  uint32_t Uint32() { return Fixed<uint32_t>(); }
  int64_t Int64() { return Fixed<int64_t>(); }
  double Float64() { return std::bit_cast<double>(Fixed<int64_t>()); }
  ErrorCode Error() { return static_cast<ErrorCode>(Fixed<int16_t>()); }
  odradek::Uuid Uuid();
  uint32_t Uvarint();

  // `flexible` picks the compact encoding; a null where `nullable` is false is a failure.
  std::string_view String(bool flexible);
  std::optional<std::string_view> NullableString(bool flexible, bool nullable);
  std::string_view Bytes(bool flexible);
  std::optional<std::string_view> NullableBytes(bool flexible, bool nullable);
  RecordSet Records(bool flexible, bool nullable);

  // True if the nullable struct that follows is there.
  bool StructMarker(bool tagged);

  // The count in front of an array; -1 for null.
  int64_t ArrayCount(bool flexible, bool nullable);

  // `count` value-initialized elements, or none and a failure if that takes too much memory.
  template <class T>
  Array<T> NewArray(size_t count) {
    if (!MayTake(count, sizeof(T), alignof(T))) return {};
    return Array<T>::Make(arena_, count);
  }

  // The next `size` bytes as they are.
  std::string_view Raw(size_t size);

 private:
  friend class TagReader;

  template <class T>
  T Fixed() {
    if (remaining() < sizeof(T)) return Fail(), T();
    const T value = LoadBig<T>(at_);
    at_ += sizeof(T);
    return value;
  }

  bool MayTake(size_t count, size_t element_size_bytes, size_t alignment);
  // The length in front of a string (non-compact: 2 bytes) or of bytes (4); -1 for null.
  int64_t Length(bool flexible, bool is_string);
  std::string_view Utf8(int64_t size);
  std::string_view Repaired(std::string_view text);

  const char* at_;
  const char* end_;
  const size_t reserved_bytes_max_;  // of the arena
  bool failed_ = false;
  bool over_memory_ = false;
  Arena& arena_;
};

// Walks the tagged section at the end of a flexible struct:
//   for (TagReader tags(reader); tags.Next();) switch (tags.tag()) { case 0: ...; default:
//   tags.KeepUnknown(&unknown); }
// While one field is being read the reader ends where the field ends; a field that does not use
// exactly its size is a failure.
class TagReader {
 public:
  explicit TagReader(Reader& reader);
  TagReader(const TagReader&) = delete;
  TagReader& operator=(const TagReader&) = delete;

  bool Next();
  uint32_t tag() const { return tag_; }
  void KeepUnknown(TaggedFields* fields);

 private:
  bool Finish();

  Reader& reader_;
  const char* section_end_;
  uint32_t left_;
  uint32_t tag_ = 0;
  bool open_ = false;
};

// An array of structs, by their generated Decode(), which the call finds by its argument.
template <class T>
void ReadStructs(Reader& reader, int16_t version, bool flexible, bool nullable, Array<T>* out) {
  const int64_t count = reader.ArrayCount(flexible, nullable);
  if (count < 0) {
    *out = Array<T>::Null();
    return;
  }
  *out = reader.NewArray<T>(static_cast<size_t>(count));
  for (T& element : *out) {
    if (!Decode(reader, version, &element)) return;
  }
}

// An array of anything else: `read(reader)` gives one element.
template <class T, class ReadElement>
void ReadValues(Reader& reader, bool flexible, bool nullable, Array<T>* out, ReadElement read) {
  const int64_t count = reader.ArrayCount(flexible, nullable);
  if (count < 0) {
    *out = Array<T>::Null();
    return;
  }
  *out = reader.NewArray<T>(static_cast<size_t>(count));
  for (T& element : *out) {
    element = read(reader);
    if (!reader.ok()) return;
  }
}

}  // namespace odradek::wire
