#include "storage/local/log_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crc32c.h"
#include "base/text.h"

namespace odradek::storage {
namespace {

constexpr std::string_view kFirstLine = "odradek-log 3";
constexpr std::string_view kCrcWord = "crc32c ";
constexpr std::string_view kNoBootId = "-";

bool NextNumber(std::string_view* line, int64_t* out) { return ParseWhole(NextWord(line), out); }

// Takes as many numbers as there are places for them.
template <class... Places>
bool Numbers(std::string_view line, Places*... places) {
  return (NextNumber(&line, places) && ...) && line.empty();
}

bool ParseSegment(std::string_view line, LogCheckpoint* out) {
  SegmentSummary s;
  if (!Numbers(line, &s.base_offset, &s.next_offset, &s.size_bytes, &s.max_timestamp_ms,
               &s.max_timestamp_offset, &s.first_timestamp_ms, &s.first_crc, &s.record_count,
               &s.content_crc, &s.index_crc, &s.txn_index_crc))
    return false;
  out->segments.push_back(s);
  return true;
}

bool ParseEpoch(std::string_view line, LogCheckpoint* out) {
  int64_t epoch = 0;
  int64_t start_offset = 0;
  if (!Numbers(line, &epoch, &start_offset)) return false;
  out->epochs.push_back({static_cast<int32_t>(epoch), start_offset});
  return true;
}

bool ParseDamage(std::string_view line, LogCheckpoint* out) {
  auto& [base, range] = out->damage.emplace_back();
  return Numbers(line, &base, &range.from_position, &range.to_position, &range.from_offset,
                 &range.to_offset);
}

bool ParseTopic(std::string_view line, LogCheckpoint* out) {
  const std::optional<Uuid> id = Uuid::Parse(NextWord(&line));
  if (!id.has_value()) return false;
  out->topic_id = *id;
  out->partition = line;
  return true;
}

bool ParseLine(std::string_view line, LogCheckpoint* out) {
  const std::string_view word = NextWord(&line);
  if (word == "topic") return ParseTopic(line, out);
  if (word == "clean") return out->clean = line.empty();
  if (word == "power") return out->power = line.empty();
  if (word == "start") return Numbers(line, &out->start_offset);
  if (word == "synced") return Numbers(line, &out->synced_segment, &out->synced_position);
  if (word == "cleaned") return Numbers(line, &out->cleaned_to, &out->swapped_to);
  if (word == "boot") {
    out->boot_id = line == kNoBootId ? std::string() : std::string(line);
    return true;
  }
  if (word == "epoch") return ParseEpoch(line, out);
  if (word == "segment") return ParseSegment(line, out);
  return word == "damage" && ParseDamage(line, out);
}

}  // namespace

const SegmentSummary* LogCheckpoint::Find(int64_t base_offset) const {
  const auto found = std::find_if(segments.begin(), segments.end(), [&](const SegmentSummary& s) {
    return s.base_offset == base_offset;
  });
  return found == segments.end() ? nullptr : &*found;
}

std::string LogCheckpoint::Encode() const {
  std::string text = fmt::format("{}\ntopic {} {}\n{}{}", kFirstLine, topic_id.ToString(),
                                 partition, clean ? "clean\n" : "", power ? "power\n" : "");
  text += fmt::format("start {}\nsynced {} {}\ncleaned {} {}\nboot {}\n", start_offset,
                      synced_segment, synced_position, cleaned_to, swapped_to,
                      boot_id.empty() ? kNoBootId : std::string_view(boot_id));
  for (const LeaderEpochs::Entry& entry : epochs)
    text += fmt::format("epoch {} {}\n", entry.epoch, entry.start_offset);
  for (const SegmentSummary& s : segments) {
    text +=
        fmt::format("segment {} {} {} {} {} {} {} {} {} {} {}\n", s.base_offset, s.next_offset,
                    s.size_bytes, s.max_timestamp_ms, s.max_timestamp_offset, s.first_timestamp_ms,
                    s.first_crc, s.record_count, s.content_crc, s.index_crc, s.txn_index_crc);
  }
  for (const auto& [base, range] : damage) {
    text += fmt::format("damage {} {} {} {} {}\n", base, range.from_position, range.to_position,
                        range.from_offset, range.to_offset);
  }
  text += fmt::format("{}{:08x}\n", kCrcWord, Crc32c(text));
  return text;
}

std::optional<LogCheckpoint> LogCheckpoint::Decode(std::string_view text) {
  const size_t crc_line = text.rfind(kCrcWord);
  if (crc_line == std::string_view::npos || !text.starts_with(kFirstLine)) return std::nullopt;
  const std::string_view body = text.substr(0, crc_line);
  if (text.substr(crc_line) != fmt::format("{}{:08x}\n", kCrcWord, Crc32c(body)))
    return std::nullopt;
  LogCheckpoint checkpoint;
  for (size_t at = kFirstLine.size() + 1; at < body.size();) {
    const size_t end = std::min(body.find('\n', at), body.size());
    if (!ParseLine(body.substr(at, end - at), &checkpoint)) return std::nullopt;
    at = end + 1;
  }
  return checkpoint;
}

}  // namespace odradek::storage
