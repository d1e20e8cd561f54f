#include "storage/journal/frame.h"

#include <algorithm>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/endian.h"

namespace odradek::storage {
namespace {

constexpr int32_t kFormatVersion = 1;
constexpr std::string_view kFooterText = "end";
constexpr size_t kChecksummedAt = 8;  // sequence and record
constexpr std::string_view kMarkText = "mark";

// How far numbers may run ahead when later frames are looked for; larger ones are chance.
constexpr int64_t kPlausibleAhead = 1 << 20;

template <class T>
void AppendBig(T value, std::string* out) {
  char bytes[sizeof(T)];
  StoreBig(bytes, value);
  out->append(bytes, sizeof(T));
}

std::string_view Magic(FileKind kind) {
  return kind == FileKind::kJournal ? "odrdjrnl" : "odrdsnap";
}

}  // namespace

std::string EncodeHeader(FileKind kind) {
  std::string header(Magic(kind));
  AppendBig(kFormatVersion, &header);
  return header;
}

std::string EncodeFrame(int64_t sequence, std::string_view record) {
  std::string frame;
  frame.reserve(kFrameOverheadBytes + record.size());
  AppendBig(static_cast<int32_t>(record.size()), &frame);
  AppendBig(uint32_t{0}, &frame);
  AppendBig(sequence, &frame);
  frame.append(record);
  StoreBig(frame.data() + 4, Crc32c(std::string_view(frame).substr(kChecksummedAt)));
  return frame;
}

std::string EncodeFooter(int64_t count) {
  std::string footer(kFooterText);
  AppendBig(count, &footer);
  return footer;
}

bool IsFooter(std::string_view record, int64_t count) { return record == EncodeFooter(count); }

std::string EncodeMarkSlot(int64_t sequence) {
  std::string slot(kMarkText);
  AppendBig(sequence, &slot);
  AppendBig(Crc32c(slot), &slot);
  return slot;
}

std::optional<int64_t> DecodeMark(std::string_view content) {
  std::optional<int64_t> largest;
  for (size_t at = 0; at + kMarkSlotSizeBytes <= content.size(); at += kMarkSlotSizeBytes) {
    const std::string_view slot = content.substr(at, kMarkSlotSizeBytes);
    const auto sequence = LoadBig<int64_t>(slot.data() + kMarkText.size());
    if (slot == EncodeMarkSlot(sequence)) largest = std::max(largest.value_or(0), sequence);
  }
  return largest;
}

FrameClaim ClaimOf(std::string_view frame) {
  CHECK(frame.size() >= kFrameOverheadBytes);
  return {.sequence = LoadBig<int64_t>(frame.data() + kChecksummedAt),
          .size_bytes = LoadBig<int32_t>(frame.data())};
}

bool FrameReader::ReadHeader(FileKind kind) {
  if (content_.substr(0, kHeaderSizeBytes) != EncodeHeader(kind)) return false;
  position_ = kHeaderSizeBytes;
  return true;
}

bool FrameReader::FrameAt(size_t at, int64_t* sequence, std::string_view* record) const {
  const std::string_view rest = content_.substr(at);
  if (rest.size() < kFrameOverheadBytes) return false;
  const int32_t length = LoadBig<int32_t>(rest.data());
  if (length < 0 || static_cast<size_t>(length) > rest.size() - kFrameOverheadBytes) return false;
  const size_t end = kFrameOverheadBytes + static_cast<size_t>(length);
  *sequence = LoadBig<int64_t>(rest.data() + kChecksummedAt);
  *record = rest.substr(kFrameOverheadBytes, static_cast<size_t>(length));
  return LoadBig<uint32_t>(rest.data() + 4) ==
         Crc32c(rest.substr(kChecksummedAt, end - kChecksummedAt));
}

bool FrameReader::Next(int64_t sequence, std::string_view* record) {
  int64_t found = 0;
  std::string_view bytes;
  if (!FrameAt(position_, &found, &bytes) || found != sequence) return false;
  position_ += kFrameOverheadBytes + bytes.size();
  *record = bytes;
  return true;
}

bool FrameReader::IsTorn() const {
  const std::string_view rest = content_.substr(position_);
  if (rest.find_first_not_of('\0') == std::string_view::npos) return true;
  if (rest.size() < kFrameOverheadBytes) return true;
  const int32_t length = LoadBig<int32_t>(rest.data());
  return length >= 0 && static_cast<size_t>(length) > rest.size() - kFrameOverheadBytes;
}

bool FrameReader::HasLaterFrame(int64_t sequence) const {
  const std::string_view rest = content_.substr(position_);
  if (rest.size() < kFrameOverheadBytes) return false;
  const FrameClaim claim = ClaimOf(rest);
  size_t from = position_ + 1;
  if (claim.size_bytes >= 0) {
    const size_t end = position_ + kFrameOverheadBytes + static_cast<size_t>(claim.size_bytes);
    if (IsLaterFrame(end, sequence)) return true;
    if (claim.sequence == sequence) from = end;
  }
  if (HasFrameByChecksum(sequence)) return true;
  for (; from < content_.size(); ++from)
    if (IsLaterFrame(from, sequence)) return true;
  return false;
}

bool FrameReader::HasFrameByChecksum(int64_t sequence) const {
  const std::string_view frame = content_.substr(position_);
  const auto crc = LoadBig<uint32_t>(frame.data() + 4);
  uint32_t sum = 0;
  for (size_t at = kChecksummedAt; at < frame.size(); ++at) {
    if (sum == crc && at >= kFrameOverheadBytes && IsLaterFrame(position_ + at, sequence))
      return true;
    sum = Crc32c(frame.substr(at, 1), sum);
  }
  return false;
}

bool FrameReader::IsLaterFrame(size_t at, int64_t sequence) const {
  if (at > content_.size() || content_.size() - at < kFrameOverheadBytes) return false;
  const int64_t number = ClaimOf(content_.substr(at)).sequence;
  if (number < sequence || number - sequence > kPlausibleAhead)
    return false;  // spares the checksum
  int64_t found = 0;
  std::string_view record;
  return FrameAt(at, &found, &record);
}

}  // namespace odradek::storage
