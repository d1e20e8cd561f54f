// The bytes of journal and snapshot files.
//
//   header  "odrdjrnl" or "odrdsnap", then int32 format version (1), big-endian
//   frame   int32 length of the record, uint32 CRC-32C of the rest, int64 sequence, the record
// A snapshot numbers its frames from 0 and ends with a footer frame: the text "end" and the count
// of the frames before it. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace odradek::storage {

enum class FileKind { kJournal, kSnapshot };

constexpr size_t kHeaderSizeBytes = 12;
constexpr size_t kFrameOverheadBytes = 16;

std::string EncodeHeader(FileKind kind);
std::string EncodeFrame(int64_t sequence, std::string_view record);
std::string EncodeFooter(int64_t count);
bool IsFooter(std::string_view record, int64_t count);

// Walks the frames of a file that is in memory.
class FrameReader {
 public:
  explicit FrameReader(std::string_view content) : content_(content) {}

  bool ReadHeader(FileKind kind);
  // The record of the next frame. False at the end or if the frame is damaged or is not number
  // `sequence`; then position() stays at its first byte.
  bool Next(int64_t sequence, std::string_view* record);
  // Whether a good frame with a number of `sequence` or more begins anywhere behind position().
  bool HasLaterFrame(int64_t sequence) const;

  bool at_end() const { return position_ == content_.size(); }
  size_t position() const { return position_; }

 private:
  // The record of a good frame at `at`.
  bool FrameAt(size_t at, int64_t* sequence, std::string_view* record) const;

  std::string_view content_;
  size_t position_ = 0;
};

}  // namespace odradek::storage
