// Records inside a batch, uncompressed: one by one with their contents (RecordCursor), or only what
// checks and time queries need, also from a stream of pieces (RecordScanner).
// Thread: one at a time. Source: DefaultRecord of Apache Kafka.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace odradek::records {

struct Record {
  int8_t attributes = 0;
  int64_t timestamp_delta = 0;
  int32_t offset_delta = 0;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  int32_t header_count = 0;
  std::string_view headers;  // as on the wire, behind the count
};

struct Header {
  std::string_view key;
  std::optional<std::string_view> value;
};

// Takes the next header off the front of Record::headers. False if it is malformed.
bool NextHeader(std::string_view* headers, Header* out);

// Walks whole records in memory; views point into it.
class RecordCursor {
 public:
  explicit RecordCursor(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}
  // False at the end, and at a malformed record: then ok() is false.
  bool Next(Record* out);
  bool ok() const { return ok_; }

 private:
  const char* at_;
  const char* end_;
  bool ok_ = true;
};

// Bytes that come in pieces, such as the output of a decompressor.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // The next piece, valid until the next call; empty at the end.
  virtual Result<std::string_view> NextPiece() = 0;
};

struct RecordSummary {
  int8_t attributes = 0;
  int64_t timestamp_delta = 0;
  int32_t offset_delta = 0;
  int32_t key_size = -1;    // negative: no key
  int32_t value_size = -1;  // negative: no value
};

// Checks the shape of every record and hands out its numbers; keys and values are passed over.
class RecordScanner {
 public:
  explicit RecordScanner(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}
  // `source` must outlive the scanner.
  explicit RecordScanner(ByteSource& source) : source_(&source) {}

  // False at a malformed record or a failed source; error() tells which.
  bool Next(RecordSummary* out);
  // The same for who wants the bytes of a record: its numbers, but sizes, and how many bytes follow
  // them. All of these must be taken before the next record; what they are is not looked at.
  bool NextFront(RecordSummary* out, int64_t* rest_size);
  // The next bytes that lie together, `size` at most; empty at a failure.
  std::string_view Take(int64_t size);
  // True if nothing follows. Also false after a failure.
  bool AtEnd();
  // In words, or empty.
  std::string_view error() const { return error_; }
  // The error is that `source` cannot decompress its bytes.
  bool source_failed() const { return source_failed_; }
  // It can, but stopped at its limit.
  bool source_is_full() const { return source_is_full_; }

 private:
  bool Fail(std::string_view why);
  bool Refill();
  bool ReadByte(uint8_t* out);
  bool ReadVarint(int64_t max_bits, uint64_t* out);
  bool ReadInt(int32_t* out);
  bool ReadLong(int64_t* out);
  bool Skip(int64_t size);
  bool ReadFront(RecordSummary* out);
  bool ReadBody(RecordSummary* out);
  int64_t consumed() const { return consumed_before_ + (at_ - piece_); }

  ByteSource* source_ = nullptr;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  const char* piece_ = at_;
  int64_t consumed_before_ = 0;
  std::string_view error_;
  bool source_failed_ = false;
  bool source_is_full_ = false;
};

}  // namespace odradek::records
