#include "protocol/wire/reader.h"

#include "base/varint.h"
#include "protocol/wire/utf8.h"

namespace odradek::wire {

void Reader::Fail() {
  failed_ = true;
  at_ = end_;
}

odradek::Uuid Reader::Uuid() {
  odradek::Uuid id;
  const std::string_view bytes = Raw(id.bytes.size());
  if (!bytes.empty()) std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
  return id;
}

uint32_t Reader::Uvarint() {
  uint32_t value = 0;
  const char* next = GetUvarint32(at_, end_, &value);
  if (next == nullptr) return Fail(), 0;
  at_ = next;
  return value;
}

std::string_view Reader::Raw(size_t size) {
  if (size > remaining()) return Fail(), std::string_view();
  const std::string_view bytes(at_, size);
  at_ += size;
  return bytes;
}

int64_t Reader::Length(bool flexible, bool is_string) {
  if (flexible) return static_cast<int64_t>(Uvarint()) - 1;
  return is_string ? Int16() : Int32();
}

std::string_view Reader::Utf8(int64_t size) {
  if (size < 0 || size > static_cast<int64_t>(kStringSizeBytesMax)) {
    return Fail(), std::string_view();
  }
  const std::string_view text = Raw(static_cast<size_t>(size));
  return IsUtf8(text) ? text : Repaired(text);
}

std::string_view Reader::Repaired(std::string_view text) {
  const size_t size = RepairedUtf8SizeBytes(text);
  // A longer one could not be sent back.
  if (size > kStringSizeBytesMax) return Fail(), std::string_view();
  if (!MayTake(size, 1, 1)) return {};
  char* out = static_cast<char*>(arena_.Allocate(size, 1));
  RepairUtf8(text, out);
  return {out, size};
}

std::string_view Reader::String(bool flexible) { return Utf8(Length(flexible, true)); }

std::optional<std::string_view> Reader::NullableString(bool flexible, bool nullable) {
  const int64_t size = Length(flexible, true);
  if (size == -1 && nullable && ok()) return std::nullopt;
  return Utf8(size);
}

std::string_view Reader::Bytes(bool flexible) {
  const int64_t size = Length(flexible, false);
  if (size < 0) return Fail(), std::string_view();
  return Raw(static_cast<size_t>(size));
}

std::optional<std::string_view> Reader::NullableBytes(bool flexible, bool nullable) {
  const int64_t size = Length(flexible, false);
  if (size == -1 && nullable && ok()) return std::nullopt;
  if (size < 0) return Fail(), std::string_view();
  return Raw(static_cast<size_t>(size));
}

RecordSet Reader::Records(bool flexible, bool nullable) {
  const std::optional<std::string_view> bytes = NullableBytes(flexible, nullable);
  return bytes ? RecordSet::Memory(*bytes) : RecordSet();
}

bool Reader::StructMarker(bool tagged) {
  if (tagged) {
    const uint32_t marker = Uvarint();
    if (marker > 1) Fail();
    return marker == 1;
  }
  const int8_t marker = Int8();
  if (marker != -1 && marker != 1) Fail();
  return marker == 1;
}

int64_t Reader::ArrayCount(bool flexible, bool nullable) {
  const int64_t count = flexible ? static_cast<int64_t>(Uvarint()) - 1 : Int32();
  if (failed_) return 0;
  if (count == -1 && nullable) return -1;
  if (count < 0 || count > static_cast<int64_t>(remaining())) return Fail(), 0;
  return count;
}

bool Reader::MayTake(size_t count, size_t element_size_bytes, size_t alignment) {
  // Counts are below the size of a frame, so the product cannot wrap.
  const size_t bytes = arena_.HeapBytesFor(count * element_size_bytes, alignment);
  if (failed_) return false;
  over_memory_ = arena_.reserved_bytes() + bytes > reserved_bytes_max_;
  if (over_memory_) Fail();
  return !over_memory_;
}

TagReader::TagReader(Reader& reader)
    : reader_(reader), section_end_(reader.end_), left_(reader.Uvarint()) {
  // A field takes two bytes at least.
  if (left_ > reader_.remaining() / 2) reader_.Fail();
}

bool TagReader::Next() {
  if (open_ && !Finish()) return false;
  if (!reader_.ok() || left_ == 0) return false;
  --left_;
  tag_ = reader_.Uvarint();
  const uint32_t size = reader_.Uvarint();
  if (!reader_.ok() || size > reader_.remaining()) return reader_.Fail(), false;
  reader_.end_ = reader_.at_ + size;
  open_ = true;
  return true;
}

bool TagReader::Finish() {
  open_ = false;
  const bool used_up = reader_.at_ == reader_.end_;
  reader_.end_ = section_end_;
  if (!reader_.ok() || !used_up) return reader_.Fail(), false;
  return true;
}

void TagReader::KeepUnknown(TaggedFields* fields) {
  // Room for this and every field that may follow, taken once: the section says how many.
  if (fields->empty()) {
    const size_t capacity = size_t{left_} + 1;
    const TaggedFields room = reader_.NewArray<TaggedField>(capacity);
    if (!reader_.ok()) return;
    *fields = TaggedFields(room.data(), 0);
  }
  const size_t count = fields->size();
  *fields = TaggedFields(fields->data(), count + 1);
  fields->back() = {tag_, reader_.Raw(reader_.remaining())};
}

}  // namespace odradek::wire
