#include "storage/local/aborted_index.h"

#include <algorithm>

#include "base/check.h"
#include "base/endian.h"

namespace odradek::storage {
namespace {

constexpr int16_t kVersion = 0;

}  // namespace

size_t AbortedIndex::LowerBound(int64_t last_offset) const {
  const auto found =
      std::lower_bound(entries_.begin(), entries_.end(), last_offset,
                       [](const AbortedEntry& e, int64_t at) { return e.last_offset < at; });
  return static_cast<size_t>(found - entries_.begin());
}

void AbortedIndex::Add(const AbortedEntry& entry) {
  CHECK(entries_.empty() || entries_.back().last_offset < entry.last_offset);
  entries_.push_back(entry);
}

void AbortedIndex::Collect(int64_t from, int64_t to, std::vector<AbortedTransaction>* out) const {
  for (size_t i = LowerBound(from); i < entries_.size(); ++i) {
    const AbortedEntry& entry = entries_[i];
    if (entry.first_offset < to) out->push_back({entry.producer_id, entry.first_offset});
    // Whatever is aborted later began at or behind this entry's stable offset.
    if (entry.stable_offset >= to) break;
  }
}

void AbortedIndex::TrimPrefix(int64_t new_start) {
  entries_.erase(entries_.begin(),
                 entries_.begin() + static_cast<ptrdiff_t>(LowerBound(new_start)));
}

void AbortedIndex::Remove(const std::vector<int64_t>& last_offsets) {
  for (const int64_t last_offset : last_offsets) {
    const size_t at = LowerBound(last_offset);
    if (at < entries_.size() && entries_[at].last_offset == last_offset)
      entries_.erase(entries_.begin() + static_cast<ptrdiff_t>(at));
  }
}

size_t AbortedIndex::CountIn(int64_t from, int64_t to) const {
  return LowerBound(to) - LowerBound(from);
}

std::string AbortedIndex::Encode(int64_t from, int64_t to) const {
  std::string content;
  for (size_t i = LowerBound(from); i < LowerBound(to); ++i) {
    char bytes[kEntrySizeBytes];
    StoreBig(bytes, kVersion);
    StoreBig(bytes + 2, entries_[i].producer_id);
    StoreBig(bytes + 10, entries_[i].first_offset);
    StoreBig(bytes + 18, entries_[i].last_offset);
    StoreBig(bytes + 26, entries_[i].stable_offset);
    content.append(bytes, sizeof(bytes));
  }
  return content;
}

std::optional<std::vector<AbortedEntry>> AbortedIndex::Decode(std::string_view content,
                                                              int64_t from, int64_t to) {
  if (content.size() % kEntrySizeBytes != 0) return std::nullopt;
  std::vector<AbortedEntry> entries;
  int64_t last = from - 1;
  for (size_t at = 0; at < content.size(); at += kEntrySizeBytes) {
    const char* const bytes = content.data() + at;
    if (LoadBig<int16_t>(bytes) != kVersion) return std::nullopt;
    const AbortedEntry entry{LoadBig<int64_t>(bytes + 2), LoadBig<int64_t>(bytes + 10),
                             LoadBig<int64_t>(bytes + 18), LoadBig<int64_t>(bytes + 26)};
    if (entry.last_offset <= last || entry.last_offset >= to ||
        entry.first_offset > entry.last_offset) {
      return std::nullopt;
    }
    last = entry.last_offset;
    entries.push_back(entry);
  }
  return entries;
}

}  // namespace odradek::storage
