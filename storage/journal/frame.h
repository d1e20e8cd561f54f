// The bytes of journal and snapshot files.
//
//   header  "odrdjrnl" or "odrdsnap", then int32 format version (1), big-endian
//   frame   int32 length of the record, uint32 CRC-32C of the rest, int64 sequence, the record
// A snapshot numbers its frames from 0 and ends with a footer frame: the text "end" and the count
// of the frames before it.
//   mark    two slots: the letters "mark", int64 sequence, uint32 CRC-32C of both
// Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace odradek::storage {

enum class FileKind { kJournal, kSnapshot };

constexpr size_t kHeaderSizeBytes = 12;
constexpr size_t kFrameOverheadBytes = 16;
constexpr size_t kMarkSlotSizeBytes = 16;
constexpr size_t kMarkSlots = 2;
inline constexpr std::string_view kMarkName = "journal.mark";

std::string EncodeHeader(FileKind kind);
std::string EncodeFrame(int64_t sequence, std::string_view record);
std::string EncodeFooter(int64_t count);
bool IsFooter(std::string_view record, int64_t count);
std::string EncodeMarkSlot(int64_t sequence);
// The largest sequence of its sound slots; nothing if none is sound.
std::optional<int64_t> DecodeMark(std::string_view content);

// What the front of a frame says of it, unchecked. Requires: kFrameOverheadBytes of it.
struct FrameClaim {
  int64_t sequence = 0;
  int64_t size_bytes = 0;  // of the record
};
FrameClaim ClaimOf(std::string_view frame);

// Walks the frames of a file that is in memory.
class FrameReader {
 public:
  explicit FrameReader(std::string_view content) : content_(content) {}

  bool ReadHeader(FileKind kind);
  // The record of the next frame. False at the end or if the frame is damaged or is not number
  // `sequence`; then position() stays at its first byte.
  bool Next(int64_t sequence, std::string_view* record);
  // Whether a good frame with a number of `sequence` or more begins anywhere behind the one at
  // position(), which is to be number `sequence` and is damaged. A record may hold what looks like
  // a frame, and does not count.
  bool HasLaterFrame(int64_t sequence) const;

  // Whether what stands at position() is what a write that was broken off leaves: the front of a
  // frame, or bytes that were never written.
  bool IsTorn() const;

  bool at_end() const { return position_ == content_.size(); }
  size_t position() const { return position_; }

 private:
  bool IsLaterFrame(size_t at, int64_t sequence) const;
  // Whether one begins where the bytes of the frame at position() have the checksum in it: its
  // length is wrong.
  bool HasFrameByChecksum(int64_t sequence) const;
  // The record of a good frame at `at`.
  bool FrameAt(size_t at, int64_t* sequence, std::string_view* record) const;

  std::string_view content_;
  size_t position_ = 0;
};

}  // namespace odradek::storage
