#include "storage/local/segment.h"

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/endian.h"
#include "storage/local/content_crc.h"
#include "storage/local/file_names.h"

namespace odradek::storage {
namespace {

constexpr size_t kOffsetEntrySizeBytes = 8;  // relative offset, position
constexpr size_t kTimeEntrySizeBytes = 12;   // timestamp, relative offset

// From here on it is cheaper to let a batch's checksum stand for what it covers than to go through
// its bytes again.
constexpr int64_t kJoinFromSizeBytes = 4096;

uint32_t JoinCrc(uint32_t crc, const records::BatchView& batch) {
  const std::string_view bare = batch.bytes().substr(0, records::kBareHeaderSizeBytes);
  const auto covered = static_cast<uint64_t>(batch.size()) - bare.size();
  return Crc32cJoin(Crc32c(bare, crc), batch.crc(), covered);
}

Boundary BoundaryOf(const HeaderScan& scan) {
  const records::BatchView batch = scan.batch();
  return {scan.position(), batch.base_offset(), batch.size(), batch.last_offset() + 1};
}

}  // namespace

Segment::Segment(FileCache& files, const std::string& directory, uint32_t owner_crc,
                 int64_t base_offset, int32_t index_interval_bytes)
    : files_(files),
      directory_(directory),
      base_offset_(base_offset),
      index_interval_bytes_(index_interval_bytes),
      next_offset_(base_offset),
      max_timestamp_offset_(base_offset),
      content_seed_(OwnerCrcAt(owner_crc, base_offset)),
      content_crc_(content_seed_) {}

std::string Segment::PathOf(std::string_view suffix) const {
  return JoinPath(directory_, OffsetFileName(base_offset_, suffix));
}

Result<Ref<odradek::File>> Segment::Open(OpenMode mode) {
  // The usual case needs no path.
  if (Ref<odradek::File> open = files_.Find(file_)) return open;
  return files_.Use(file_, PathOf(kLogSuffix), mode);
}

void Segment::Add(const records::BatchView& batch, Loaded loaded) {
  const int64_t last_offset = batch.last_offset();
  if (size_bytes_ == 0) {
    first_timestamp_ms_ = batch.max_timestamp();
    first_crc_ = batch.crc();
  }
  // Compaction keeps batches without records for their offsets and sequences, not for their time.
  if (batch.count() > 0 && batch.max_timestamp() > max_timestamp_ms_) {
    max_timestamp_ms_ = batch.max_timestamp();
    max_timestamp_offset_ = last_offset;
  }
  if (bytes_since_entry_ > index_interval_bytes_) {
    index_.push_back({static_cast<uint32_t>(last_offset - base_offset_),
                      static_cast<uint32_t>(size_bytes_),
                      static_cast<uint32_t>(max_timestamp_offset_ - base_offset_), content_crc_,
                      max_timestamp_ms_});
    bytes_since_entry_ = 0;
  }
  recent_[recent_count_++ % kRecentMax] = {size_bytes_, batch.base_offset(), batch.size(),
                                           last_offset + 1};
  bytes_since_entry_ += batch.size();
  record_count_ += batch.count();
  content_crc_ = loaded == Loaded::kWhole && batch.size() <= kJoinFromSizeBytes
                     ? Crc32c(batch.bytes(), content_crc_)
                     : JoinCrc(content_crc_, batch);
  size_bytes_ += batch.size();
  next_offset_ = last_offset + 1;
  index_crc_ = 0;
}

void Segment::Reset() {
  next_offset_ = max_timestamp_offset_ = base_offset_;
  size_bytes_ = bytes_since_entry_ = record_count_ = 0;
  index_crc_ = 0;
  content_crc_ = content_seed_;
  max_timestamp_ms_ = first_timestamp_ms_ = records::kNoTimestamp;
  first_crc_ = -1;
  has_index_ = knows_blocks_ = true;
  index_.clear();
  recent_count_ = 0;
  damage_.clear();
}

void Segment::Restore(const SegmentSummary& summary) {
  next_offset_ = summary.next_offset;
  size_bytes_ = summary.size_bytes;
  max_timestamp_ms_ = summary.max_timestamp_ms;
  max_timestamp_offset_ = summary.max_timestamp_offset;
  first_timestamp_ms_ = summary.first_timestamp_ms;
  first_crc_ = summary.first_crc;
  record_count_ = summary.record_count;
  content_crc_ = static_cast<uint32_t>(summary.content_crc);
  index_crc_ = static_cast<uint32_t>(summary.index_crc);
  has_index_ = size_bytes_ <= index_interval_bytes_;  // nothing to index
  TrustAllAgain();
  // Where the last entry stands is not known; the next one may come a little late.
  bytes_since_entry_ = 0;
}

void Segment::TrustAllAgain() {
  trusted_bytes_ = size_bytes_;
  trusted_crc_ = content_crc_;
  verified_from_ = verified_to_ = 0;
  has_blocks_ = false;
}

SegmentSummary Segment::Summarize() const {
  SegmentSummary summary;
  summary.base_offset = base_offset_;
  summary.next_offset = next_offset_;
  summary.size_bytes = size_bytes_;
  summary.max_timestamp_ms = max_timestamp_ms_;
  summary.max_timestamp_offset = max_timestamp_offset_;
  summary.first_timestamp_ms = first_timestamp_ms_;
  summary.first_crc = first_crc_;
  summary.record_count = record_count_;
  summary.content_crc = content_crc_;
  summary.index_crc = index_crc_;
  return summary;
}

Result<bool> Segment::LoadIndex(Files& files) {
  if (has_index_) return true;
  const Result<std::string> offsets = files.ReadAll(PathOf(kOffsetIndexSuffix));
  const Result<std::string> times = files.ReadAll(PathOf(kTimeIndexSuffix));
  const bool intact = offsets.ok() && times.ok() && Summarize().knows_index_crc() &&
                      Crc32c(*times, Crc32c(*offsets)) == index_crc_;
  if (intact && DecodeIndex(*offsets, *times)) {
    has_index_ = true;
    TakeInBlocks(files);
    return true;
  }
  RETURN_IF_ERROR(Rebuild());
  return false;
}

// The checksums that go with an index that was read back.
void Segment::TakeInBlocks(Files& files) {
  const std::vector<SegmentFooter::Block>& blocks = LoadBlocks(files);
  const auto is_same = [](const IndexEntry& entry, const SegmentFooter::Block& block) {
    return entry.position == block.position;
  };
  if (!std::equal(index_.begin(), index_.end(), blocks.begin(), blocks.end(), is_same)) return;
  for (size_t i = 0; i < blocks.size(); ++i) index_[i].content_crc = blocks[i].content_crc;
  knows_blocks_ = true;
}

// What a header walk finds must be what is known of the segment.
Status Segment::Rebuild() {
  const SegmentSummary known = Summarize();
  const std::vector<DamagedRange> damage = damage_;
  ASSIGN_OR_RETURN(const Ref<odradek::File> file, Open(OpenMode::kReadWrite));
  Reset();
  HeaderScan scan(*file, 0, known.size_bytes, damage);
  auto next_damage = damage.begin();
  Status status;
  const auto take_damage_before = [&](int64_t position) {
    while (status.ok() && next_damage != damage.end() && next_damage->from_position < position)
      status = AddDamage(*file, *next_damage++);
  };
  while (status.ok() && scan.Next()) {
    take_damage_before(scan.position());
    if (status.ok()) Add(scan.batch(), Loaded::kHeader);
  }
  if (scan.status().ok()) take_damage_before(known.size_bytes + 1);
  if (status.ok()) status = scan.status();
  if (status.ok() && (content_crc_ != static_cast<uint32_t>(known.content_crc) ||
                      size_bytes_ != known.size_bytes || next_offset_ != known.next_offset)) {
    status = Corrupt("the headers of a segment are not those that were written");
  }
  if (!status.ok()) {
    Restore(known);
    RestoreDamage(damage);
  }
  return status;
}

const DamagedRange* Segment::DamageFrom(int64_t offset) const {
  for (const DamagedRange& range : damage_) {
    if (range.to_offset > offset) return &range;
  }
  return nullptr;
}

Status Segment::AddDamage(const odradek::File& file, const DamagedRange& range) {
  std::string buffer;
  ASSIGN_OR_RETURN(content_crc_,
                   ContentCrc(file, range.from_position, range.to_position, content_crc_, &buffer));
  damage_.push_back(range);
  bytes_since_entry_ += range.to_position - range.from_position;
  size_bytes_ = range.to_position;
  next_offset_ = range.to_offset;
  recent_count_ = 0;
  return Status();
}

void Segment::MarkDamage(const DamagedRange& range) {
  DamagedRange all = range;
  std::erase_if(damage_, [&](const DamagedRange& other) {
    if (other.to_position <= all.from_position || other.from_position >= all.to_position)
      return false;
    all = {std::min(all.from_position, other.from_position),
           std::max(all.to_position, other.to_position),
           std::min(all.from_offset, other.from_offset), std::max(all.to_offset, other.to_offset)};
    return true;
  });
  const auto at = std::find_if(damage_.begin(), damage_.end(), [&](const DamagedRange& other) {
    return other.from_position >= all.from_position;
  });
  damage_.insert(at, all);
  recent_count_ = 0;
}

void Segment::NoteVerified(int64_t from, int64_t to) {
  const bool joins = from <= verified_to_ && to >= verified_from_;
  verified_from_ = joins ? std::min(from, verified_from_) : from;
  verified_to_ = joins ? std::max(to, verified_to_) : to;
}

const std::vector<SegmentFooter::Block>& Segment::LoadBlocks(Files& files) {
  if (has_blocks_) return blocks_;
  has_blocks_ = true;
  blocks_.clear();
  if (const Result<std::string> content = files.ReadAll(PathOf(kFooterSuffix)); content.ok()) {
    std::optional<SegmentFooter> footer = SegmentFooter::Decode(*content);
    if (footer.has_value() && footer->IsOf(base_offset_, trusted_bytes_, trusted_crc_))
      blocks_ = std::move(footer->blocks);
  }
  return blocks_;
}

template <class IsBefore>
int64_t Segment::Floor(IsBefore is_before) const {
  const auto after = std::partition_point(index_.begin(), index_.end(), is_before);
  return after == index_.begin() ? 0 : std::prev(after)->position;
}

const Boundary* Segment::FindRecent(int64_t offset) const {
  const uint32_t count = std::min<uint32_t>(recent_count_, kRecentMax);
  for (uint32_t i = 1; i <= count; ++i) {
    const Boundary& recent = recent_[(recent_count_ - i) % kRecentMax];
    if (recent.offset <= offset) return &recent;
  }
  return nullptr;
}

std::vector<IndexEntry>::const_iterator Segment::FirstBehind(int64_t offset) const {
  return std::partition_point(index_.begin(), index_.end(), [&](const IndexEntry& e) {
    return base_offset_ + int64_t{e.last_offset} <= offset;
  });
}

int64_t Segment::FloorPosition(int64_t offset) const {
  const auto behind = FirstBehind(offset);
  return behind == index_.begin() ? 0 : std::prev(behind)->position;
}

int64_t Segment::CeilingPosition(int64_t offset) const {
  const auto behind = FirstBehind(offset);
  return behind == index_.end() ? size_bytes_ : behind->position;
}

Result<Boundary> Segment::FindOffset(int64_t offset) {
  CHECK(offset < next_offset_);
  if (const Boundary* recent = FindRecent(offset)) return *recent;
  Result<Ref<odradek::File>> file = Open(OpenMode::kReadWrite);
  if (!file.ok()) return file.status();
  HeaderScan scan(**file, FloorPosition(offset), size_bytes_, damage_);
  while (scan.Next()) {
    if (scan.batch().last_offset() >= offset) return BoundaryOf(scan);
  }
  if (!scan.status().ok()) return scan.status();
  return Corrupt("the segment ends before offset " + std::to_string(offset));
}

Result<Boundary> Segment::FindLimit(int64_t offset) {
  const Boundary end{size_bytes_, next_offset_, 0, next_offset_};
  if (offset >= next_offset_) return end;
  Result<Ref<odradek::File>> file = Open(OpenMode::kReadWrite);
  if (!file.ok()) return file.status();
  const int64_t from =
      Floor([&](const IndexEntry& e) { return base_offset_ + int64_t{e.last_offset} < offset; });
  HeaderScan scan(**file, from, size_bytes_, damage_);
  while (scan.Next()) {
    if (scan.batch().base_offset() >= offset) return BoundaryOf(scan);
  }
  if (!scan.status().ok()) return scan.status();
  return end;
}

Result<Boundary> Segment::FindBoundaryBefore(int64_t position, const Boundary& from) {
  if (position >= size_bytes_) return Boundary{size_bytes_, next_offset_, 0, next_offset_};
  Result<Ref<odradek::File>> file = Open(OpenMode::kReadWrite);
  if (!file.ok()) return file.status();
  const int64_t floor = Floor([&](const IndexEntry& e) { return int64_t{e.position} <= position; });
  HeaderScan scan(**file, std::max(floor, from.position), size_bytes_, damage_);
  Boundary last = from;
  while (scan.Next()) {
    if (scan.position() > position) return last;
    last = BoundaryOf(scan);
  }
  if (!scan.status().ok()) return scan.status();
  return last;
}

Result<Boundary> Segment::FindTimestamp(int64_t timestamp_ms, int64_t from_offset) {
  Result<Ref<odradek::File>> file = Open(OpenMode::kReadWrite);
  if (!file.ok()) return file.status();
  const int64_t from = Floor([&](const IndexEntry& e) {
    return e.max_timestamp_ms < timestamp_ms || base_offset_ + int64_t{e.last_offset} < from_offset;
  });
  HeaderScan scan(**file, from, size_bytes_, damage_);
  while (scan.Next()) {
    if (scan.batch().max_timestamp() >= timestamp_ms && scan.batch().last_offset() >= from_offset) {
      return BoundaryOf(scan);
    }
  }
  if (!scan.status().ok()) return scan.status();
  return Boundary{size_bytes_, next_offset_, 0, next_offset_};
}

SegmentFooter Segment::MakeFooter() const {
  SegmentFooter footer;
  footer.base_offset = base_offset_;
  footer.next_offset = next_offset_;
  footer.size_bytes = size_bytes_;
  footer.record_count = record_count_;
  footer.first_timestamp_ms = first_timestamp_ms_;
  footer.first_crc = first_crc_;
  footer.content_seed = content_seed_;
  footer.content_crc = content_crc_;
  for (const IndexEntry& entry : index_)
    footer.blocks.push_back({entry.position, entry.content_crc});
  footer.damage = damage_;
  return footer;
}

std::string Segment::EncodeOffsetIndex() const {
  std::string content(index_.size() * kOffsetEntrySizeBytes, '\0');
  char* to = content.data();
  for (const IndexEntry& entry : index_) {
    StoreBig(to, entry.last_offset);
    StoreBig(to + 4, entry.position);
    to += kOffsetEntrySizeBytes;
  }
  return content;
}

// As in Kafka, timestamps rise from entry to entry and the last entry tells the segment's largest.
std::string Segment::EncodeTimeIndex() const {
  std::string content;
  int64_t last = records::kNoTimestamp;
  const auto put = [&](int64_t timestamp_ms, uint32_t offset) {
    if (timestamp_ms <= last) return;
    last = timestamp_ms;
    char bytes[kTimeEntrySizeBytes];
    StoreBig(bytes, timestamp_ms);
    StoreBig(bytes + 8, offset);
    content.append(bytes, sizeof(bytes));
  };
  for (const IndexEntry& entry : index_) put(entry.max_timestamp_ms, entry.max_timestamp_offset);
  put(max_timestamp_ms_, static_cast<uint32_t>(max_timestamp_offset_ - base_offset_));
  return content;
}

bool Segment::DecodeIndex(std::string_view offsets, std::string_view times) {
  if (offsets.size() % kOffsetEntrySizeBytes != 0 || times.size() % kTimeEntrySizeBytes != 0)
    return false;
  std::vector<IndexEntry> entries(offsets.size() / kOffsetEntrySizeBytes);
  uint32_t last_offset = 0;
  uint32_t last_position = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    const char* const at = offsets.data() + i * kOffsetEntrySizeBytes;
    entries[i].last_offset = LoadBig<uint32_t>(at);
    entries[i].position = LoadBig<uint32_t>(at + 4);
    const bool rises =
        entries[i].position > last_position && (i == 0 || entries[i].last_offset > last_offset);
    if (!rises || entries[i].position >= size_bytes_) return false;
    last_offset = entries[i].last_offset;
    last_position = entries[i].position;
  }
  // An entry's timestamp is the newest of the time index that is not behind its offset.
  size_t time = 0;
  int64_t timestamp_ms = records::kNoTimestamp;
  uint32_t timestamp_offset = 0;
  for (IndexEntry& entry : entries) {
    for (; time < times.size() / kTimeEntrySizeBytes; ++time) {
      const char* const at = times.data() + time * kTimeEntrySizeBytes;
      if (LoadBig<uint32_t>(at + 8) > entry.last_offset) break;
      if (LoadBig<int64_t>(at) <= timestamp_ms) return false;
      timestamp_ms = LoadBig<int64_t>(at);
      timestamp_offset = LoadBig<uint32_t>(at + 8);
    }
    entry.max_timestamp_ms = timestamp_ms;
    entry.max_timestamp_offset = timestamp_offset;
  }
  if (base_offset_ + int64_t{last_offset} >= next_offset_) return false;
  index_ = std::move(entries);
  knows_blocks_ = false;
  return true;
}

}  // namespace odradek::storage
