#include "storage/local/log_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/crc32c.h"

namespace odradek::storage {
namespace {

constexpr std::string_view kFirstLine = "odradek-log 1";
constexpr std::string_view kCrcWord = "crc32c ";
constexpr std::string_view kNoBootId = "-";

std::string_view NextWord(std::string_view* line) {
  const size_t end = std::min(line->find(' '), line->size());
  const std::string_view word = line->substr(0, end);
  line->remove_prefix(std::min(end + 1, line->size()));
  return word;
}

bool NextNumber(std::string_view* line, int64_t* out) {
  const std::string_view word = NextWord(line);
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), *out);
  return error == std::errc() && end == word.data() + word.size();
}

bool ParseLine(std::string_view line, LogCheckpoint* out) {
  const std::string_view word = NextWord(&line);
  if (word == "start") return NextNumber(&line, &out->start_offset);
  if (word == "synced")
    return NextNumber(&line, &out->synced_segment) && NextNumber(&line, &out->synced_position);
  if (word == "cleaned")
    return NextNumber(&line, &out->cleaned_to) && NextNumber(&line, &out->swapped_to);
  if (word == "boot") {
    out->boot_id = line == kNoBootId ? std::string() : std::string(line);
    return true;
  }
  if (word != "segment") return false;
  SegmentSummary s;
  if (!NextNumber(&line, &s.base_offset) || !NextNumber(&line, &s.next_offset) ||
      !NextNumber(&line, &s.size_bytes) || !NextNumber(&line, &s.max_timestamp_ms) ||
      !NextNumber(&line, &s.max_timestamp_offset) || !NextNumber(&line, &s.first_timestamp_ms) ||
      !NextNumber(&line, &s.index_crc) || !NextNumber(&line, &s.txn_index_crc)) {
    return false;
  }
  out->segments.push_back(s);
  return true;
}

}  // namespace

const SegmentSummary* LogCheckpoint::Find(int64_t base_offset) const {
  const auto found = std::find_if(segments.begin(), segments.end(), [&](const SegmentSummary& s) {
    return s.base_offset == base_offset;
  });
  return found == segments.end() ? nullptr : &*found;
}

std::string LogCheckpoint::Encode() const {
  std::string text =
      fmt::format("{}\nstart {}\nsynced {} {}\ncleaned {} {}\nboot {}\n", kFirstLine, start_offset,
                  synced_segment, synced_position, cleaned_to, swapped_to,
                  boot_id.empty() ? kNoBootId : std::string_view(boot_id));
  for (const SegmentSummary& s : segments) {
    text += fmt::format("segment {} {} {} {} {} {} {} {}\n", s.base_offset, s.next_offset,
                        s.size_bytes, s.max_timestamp_ms, s.max_timestamp_offset,
                        s.first_timestamp_ms, s.index_crc, s.txn_index_crc);
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
