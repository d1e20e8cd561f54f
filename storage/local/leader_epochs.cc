#include "storage/local/leader_epochs.h"

#include <algorithm>

#include "base/text.h"

namespace odradek::storage {
namespace {

constexpr std::string_view kVersionLine = "0";

}  // namespace

bool LeaderEpochs::Assign(int32_t epoch, int64_t offset) {
  if (epoch < 0 || epoch <= Latest()) return false;
  // An epoch without a batch leaves no trace.
  while (!entries_.empty() && entries_.back().start_offset >= offset) entries_.pop_back();
  entries_.push_back({epoch, offset});
  return true;
}

int32_t LeaderEpochs::EpochAt(int64_t offset) const {
  const auto above =
      std::upper_bound(entries_.begin(), entries_.end(), offset,
                       [](int64_t at, const Entry& e) { return at < e.start_offset; });
  return above == entries_.begin() ? -1 : std::prev(above)->epoch;
}

EpochEnd LeaderEpochs::EndOf(int32_t epoch, int64_t log_end) const {
  if (epoch < 0 || epoch > Latest()) return {};
  const auto above =
      std::upper_bound(entries_.begin(), entries_.end(), epoch,
                       [](int32_t wanted, const Entry& e) { return wanted < e.epoch; });
  const int64_t end = above == entries_.end() ? log_end : above->start_offset;
  // Older than all we know: it ended where the first known one began.
  return {above == entries_.begin() ? epoch : std::prev(above)->epoch, end};
}

void LeaderEpochs::TrimPrefix(int64_t new_start) {
  const auto above =
      std::upper_bound(entries_.begin(), entries_.end(), new_start,
                       [](int64_t at, const Entry& e) { return at < e.start_offset; });
  if (above == entries_.begin()) return;
  const auto kept = std::prev(above);
  kept->start_offset = new_start;
  entries_.erase(entries_.begin(), kept);
}

void LeaderEpochs::TrimSuffix(int64_t new_end) {
  while (!entries_.empty() && entries_.back().start_offset >= new_end) entries_.pop_back();
}

std::string LeaderEpochs::Encode() const {
  std::string text(kVersionLine);
  text += "\n" + std::to_string(entries_.size()) + "\n";
  for (const Entry& entry : entries_) {
    text += std::to_string(entry.epoch) + " " + std::to_string(entry.start_offset) + "\n";
  }
  return text;
}

std::optional<LeaderEpochs> LeaderEpochs::Decode(std::string_view text) {
  size_t count = 0;
  if (NextLine(&text) != kVersionLine || !ParseWhole(NextLine(&text), &count)) return std::nullopt;
  LeaderEpochs epochs;
  for (size_t i = 0; i < count; ++i) {
    const std::string_view line = NextLine(&text);
    const size_t space = line.find(' ');
    Entry entry{};
    if (space == std::string_view::npos || !ParseWhole(line.substr(0, space), &entry.epoch) ||
        !ParseWhole(line.substr(space + 1), &entry.start_offset)) {
      return std::nullopt;
    }
    if (entry.start_offset < 0 || !epochs.Assign(entry.epoch, entry.start_offset))
      return std::nullopt;
    if (epochs.entries_.size() != i + 1) return std::nullopt;
  }
  return text.empty() ? std::optional(epochs) : std::nullopt;
}

}  // namespace odradek::storage
