#include "protocol/records/record.h"

#include <algorithm>

#include "base/varint.h"

namespace odradek::records {
namespace {

// A length and that many bytes; a negative length is null.
const char* GetBytes(const char* at, const char* end, std::optional<std::string_view>* out) {
  int32_t size = 0;
  at = GetVarint32(at, end, &size);
  if (at == nullptr) return nullptr;
  if (size < 0) {
    out->reset();
    return at;
  }
  if (end - at < size) return nullptr;
  *out = std::string_view(at, static_cast<size_t>(size));
  return at + size;
}

const char* GetHeader(const char* at, const char* end, Header* out) {
  std::optional<std::string_view> key;
  at = GetBytes(at, end, &key);
  if (at == nullptr || !key.has_value()) return nullptr;
  out->key = *key;
  return GetBytes(at, end, &out->value);
}

const char* GetRecord(const char* at, const char* end, Record* out) {
  if (at == end) return nullptr;
  out->attributes = static_cast<int8_t>(*at++);
  at = GetVarint64(at, end, &out->timestamp_delta);
  if (at != nullptr) at = GetVarint32(at, end, &out->offset_delta);
  if (at != nullptr) at = GetBytes(at, end, &out->key);
  if (at != nullptr) at = GetBytes(at, end, &out->value);
  if (at != nullptr) at = GetVarint32(at, end, &out->header_count);
  if (at == nullptr || out->header_count < 0) return nullptr;
  const char* const headers = at;
  Header header;
  for (int32_t i = 0; i < out->header_count && at != nullptr; ++i) at = GetHeader(at, end, &header);
  if (at != nullptr) out->headers = std::string_view(headers, static_cast<size_t>(at - headers));
  return at;
}

}  // namespace

bool NextHeader(std::string_view* headers, Header* out) {
  const char* const end = headers->data() + headers->size();
  const char* const at = GetHeader(headers->data(), end, out);
  if (at == nullptr) return false;
  *headers = std::string_view(at, static_cast<size_t>(end - at));
  return true;
}

bool RecordCursor::Next(Record* out) {
  if (!ok_ || at_ == end_) return false;
  int32_t size = 0;
  const char* const body = GetVarint32(at_, end_, &size);
  ok_ = body != nullptr && size >= 0 && end_ - body >= size &&
        GetRecord(body, body + size, out) == body + size;
  if (ok_) at_ = body + size;
  return ok_;
}

bool RecordScanner::Fail(std::string_view why) {
  if (error_.empty()) error_ = why;
  return false;
}

bool RecordScanner::Refill() {
  if (source_ == nullptr || !error_.empty()) return false;
  const Result<std::string_view> piece = source_->NextPiece();
  if (!piece.ok()) {
    source_failed_ = true;
    source_is_full_ = piece.status().code() == StatusCode::kFull;
    return Fail("Failed to decompress record stream");
  }
  consumed_before_ += at_ - piece_;
  piece_ = at_ = piece->data();
  end_ = at_ + piece->size();
  return at_ != end_;
}

bool RecordScanner::ReadByte(uint8_t* out) {
  if (at_ == end_ && !Refill()) return Fail("Incorrect declared batch size, premature EOF reached");
  *out = static_cast<uint8_t>(*at_++);
  return true;
}

bool RecordScanner::ReadVarint(int64_t max_bits, uint64_t* out) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    uint8_t byte = 0;
    if (!ReadByte(&byte)) return false;
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) break;
    if (shift + 7 >= max_bits) return Fail("Found invalid record structure");
  }
  *out = value;
  return true;
}

bool RecordScanner::ReadInt(int32_t* out) {
  if (end_ - at_ >= static_cast<ptrdiff_t>(kVarint32SizeBytesMax)) {
    const char* const next = GetVarint32(at_, end_, out);
    if (next == nullptr) return Fail("Found invalid record structure");
    at_ = next;
    return true;
  }
  uint64_t raw = 0;
  if (!ReadVarint(32, &raw)) return false;
  *out = UnZigZag32(static_cast<uint32_t>(raw));
  return true;
}

bool RecordScanner::ReadLong(int64_t* out) {
  if (end_ - at_ >= static_cast<ptrdiff_t>(kVarint64SizeBytesMax)) {
    const char* const next = GetVarint64(at_, end_, out);
    if (next == nullptr) return Fail("Found invalid record structure");
    at_ = next;
    return true;
  }
  uint64_t raw = 0;
  if (!ReadVarint(64, &raw)) return false;
  *out = UnZigZag64(raw);
  return true;
}

std::string_view RecordScanner::Take(int64_t size) {
  if (at_ == end_ && !Refill()) {
    Fail("Incorrect declared batch size, premature EOF reached");
    return {};
  }
  const char* const from = at_;
  at_ += std::min<int64_t>(size, end_ - at_);
  return {from, static_cast<size_t>(at_ - from)};
}

bool RecordScanner::Skip(int64_t size) {
  while (size > 0) {
    const std::string_view piece = Take(size);
    if (piece.empty()) return false;
    size -= static_cast<int64_t>(piece.size());
  }
  return true;
}

bool RecordScanner::ReadFront(RecordSummary* out) {
  uint8_t attributes = 0;
  if (!ReadByte(&attributes)) return false;
  out->attributes = static_cast<int8_t>(attributes);
  return ReadLong(&out->timestamp_delta) && ReadInt(&out->offset_delta);
}

bool RecordScanner::ReadBody(RecordSummary* out) {
  if (!ReadFront(out)) return false;
  if (!ReadInt(&out->key_size) || !Skip(out->key_size)) return false;
  if (!ReadInt(&out->value_size) || !Skip(out->value_size)) return false;
  int32_t headers = 0;
  if (!ReadInt(&headers)) return false;
  if (headers < 0) return Fail("Found invalid number of record headers");
  for (int32_t i = 0; i < headers; ++i) {
    int32_t size = 0;
    if (!ReadInt(&size)) return false;
    if (size < 0) return Fail("Invalid negative header key size");
    if (!Skip(size) || !ReadInt(&size) || !Skip(size)) return false;
  }
  return true;
}

bool RecordScanner::Next(RecordSummary* out) {
  if (!error_.empty()) return false;
  int32_t size = 0;
  if (!ReadInt(&size)) return false;
  if (size < 0) return Fail("Found invalid record structure");
  const int64_t body_from = consumed();
  if (!ReadBody(out)) return false;
  if (consumed() - body_from != size) {
    return Fail("Invalid record size: the declared size is not what was read");
  }
  return true;
}

bool RecordScanner::NextFront(RecordSummary* out, int64_t* rest_size) {
  int32_t size = 0;
  if (!error_.empty() || !ReadInt(&size)) return false;
  const int64_t from = consumed();
  if (!ReadFront(out)) return false;
  *rest_size = size - (consumed() - from);
  return *rest_size >= 0 || Fail("Found invalid record structure");
}

bool RecordScanner::AtEnd() { return error_.empty() && at_ == end_ && !Refill() && error_.empty(); }

}  // namespace odradek::records
