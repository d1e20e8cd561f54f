#include "tests/durability/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <unordered_map>

namespace odradek::durability {

std::string_view AnomalyName(Anomaly anomaly) {
  constexpr std::string_view kNames[kAnomalyCount] = {
      "lost", "unseen", "duplicate", "order", "gap", "resurrected", "inconsistent", "phantom"};
  return kNames[static_cast<size_t>(anomaly)];
}

History::Op History::Invoke(int process, int log, std::vector<std::string> values) {
  writes_.push_back({process, log, std::move(values)});
  Add({Kind::kInvoke, writes_.size() - 1});
  return writes_.size() - 1;
}

void History::Read(int log, int64_t from, int64_t to, bool is_end,
                   std::vector<SeenRecord> records) {
  reads_.push_back({log, from, to, is_end, std::move(records)});
  Add({Kind::kRead, reads_.size() - 1});
}

void History::Rewind(const Mark& mark) {
  events_.resize(mark.events);
  writes_.resize(mark.writes);
  reads_.resize(mark.reads);
}

void History::ForgetAnswersSince(const Mark& mark) {
  const auto from = events_.begin() + static_cast<ptrdiff_t>(mark.events);
  events_.erase(std::remove_if(from, events_.end(),
                               [](const Event& event) {
                                 return event.kind == Kind::kOk || event.kind == Kind::kRead;
                               }),
                events_.end());
}

// Walks the events once; what is known of each log grows on the way.
class Checker {
 public:
  explicit Checker(const History& history) : history_(history) {}

  std::vector<Finding> Run() {
    for (const History::Event& event : history_.events_) {
      Take(event);
      if (findings_.size() >= History::kFindingsMax) break;
    }
    return std::move(findings_);
  }

 private:
  struct Value {
    size_t op = 0;
    int process = 0;
    size_t rank = 0;         // among the values of its process
    int64_t acked_at = -1;   // the offset that was acknowledged
    bool forbidden = false;  // refused or aborted
    bool reported = false;   // one finding per value and read is enough
    uint64_t last_read = 0;  // number of the read that had it last
  };
  struct Log {
    std::unordered_map<std::string_view, Value> values;
    std::map<int64_t, std::string_view> acked;  // by offset
    std::map<int64_t, std::string_view> seen;   // by offset
    std::map<int, size_t> written;              // values by process
    int64_t start = 0;
    bool sparse = false;
  };
  using Kind = History::Kind;

  template <class... Args>
  void Report(Anomaly anomaly, fmt::format_string<Args...> format, Args&&... args) {
    findings_.push_back({anomaly, fmt::format(format, std::forward<Args>(args)...)});
  }

  void Take(const History::Event& event) {
    switch (event.kind) {
      case Kind::kInvoke: {
        const History::WriteOp& write = history_.writes_[event.subject];
        Log& log = logs_[write.log];
        for (const std::string& value : write.values)
          log.values[value] = {event.subject, write.process, log.written[write.process]++};
        return;
      }
      case Kind::kOk:
        return TakeOk(history_.writes_[event.subject], event.offset);
      case Kind::kFail:
      case Kind::kAbort: {
        const History::WriteOp& write = history_.writes_[event.subject];
        for (const std::string& value : write.values) Forbid(logs_[write.log], value);
        return;
      }
      case Kind::kUnknown:
        return;
      case Kind::kTrim: {
        Log& log = logs_[static_cast<int>(event.subject)];
        log.start = std::max(log.start, event.offset);
        return;
      }
      case Kind::kSparse:
        logs_[static_cast<int>(event.subject)].sparse = true;
        return;
      case Kind::kRead:
        return TakeRead(history_.reads_[event.subject]);
    }
  }

  void TakeOk(const History::WriteOp& write, int64_t offset) {
    Log& log = logs_[write.log];
    for (const std::string& value : write.values) {
      log.values[value].acked_at = offset;
      const auto [at, is_new] = log.acked.emplace(offset, value);
      if (!is_new && at->second != value) {
        Report(Anomaly::kInconsistent, "log {}: offset {} was acknowledged for '{}' and for '{}'",
               write.log, offset, at->second, value);
      }
      ++offset;
    }
  }

  void Forbid(Log& log, const std::string& value) {
    Value& known = log.values[value];
    known.forbidden = true;
    if (known.acked_at >= 0) log.acked.erase(known.acked_at);
    known.acked_at = -1;
  }

  void TakeRead(const History::ReadOp& read) {
    Log& log = logs_[read.log];
    ++read_number_;
    CheckOffsets(read, log);
    std::map<int, std::pair<size_t, std::string_view>> newest;  // by process
    for (const SeenRecord& record : read.records) {
      const auto [seen, is_new] = log.seen.emplace(record.offset, record.value);
      if (!is_new && seen->second != record.value) {
        Report(Anomaly::kInconsistent, "log {}: offset {} held '{}' and holds '{}'", read.log,
               record.offset, seen->second, record.value);
        seen->second = record.value;
      }
      if (record.value != kControlValue) CheckValue(read, record, log, &newest);
    }
    CheckMissing(read, log);
  }

  void CheckOffsets(const History::ReadOp& read, const Log& log) {
    int64_t expected = std::max(read.from, log.start);
    for (const SeenRecord& record : read.records) {
      if (record.offset < expected && record.offset >= read.from) {
        if (record.offset >= log.start)
          Report(Anomaly::kOrder, "log {}: offset {} comes behind offset {}", read.log,
                 record.offset, expected - 1);
        continue;
      }
      if (record.offset < read.from) continue;  // the batch began before
      if (record.offset > expected && !log.sparse) {
        Report(Anomaly::kGap, "log {}: nothing at offsets [{}, {})", read.log, expected,
               record.offset);
      }
      expected = record.offset + 1;
    }
    if (expected < read.to && !log.sparse)
      Report(Anomaly::kGap, "log {}: nothing at offsets [{}, {}) of a read up to there", read.log,
             expected, read.to);
  }

  void CheckValue(const History::ReadOp& read, const SeenRecord& record, Log& log,
                  std::map<int, std::pair<size_t, std::string_view>>* newest) {
    const auto found = log.values.find(record.value);
    if (found == log.values.end()) {
      Report(Anomaly::kPhantom, "log {}: '{}' at offset {} was never written", read.log,
             record.value, record.offset);
      return;
    }
    Value& value = found->second;
    if (value.last_read == read_number_) {
      Report(Anomaly::kDuplicate, "log {}: '{}' stands there again, at offset {}", read.log,
             record.value, record.offset);
      return;
    }
    value.last_read = read_number_;
    if (value.forbidden) {
      Report(Anomaly::kResurrected, "log {}: '{}' at offset {} was refused or aborted", read.log,
             record.value, record.offset);
    }
    if (value.acked_at >= 0 && value.acked_at != record.offset) {
      Report(Anomaly::kInconsistent, "log {}: '{}' at offset {} was acknowledged for offset {}",
             read.log, record.value, record.offset, value.acked_at);
    }
    const auto [last, is_first] =
        newest->try_emplace(value.process, value.rank, std::string_view(record.value));
    if (is_first) return;
    if (last->second.first > value.rank) {
      Report(Anomaly::kOrder,
             "log {}: '{}' at offset {} was written before '{}', which precedes it", read.log,
             record.value, record.offset, last->second.second);
    }
    last->second = {value.rank, record.value};
  }

  // What must be there: in the range of a read, or up to the end.
  void CheckMissing(const History::ReadOp& read, Log& log) {
    const int64_t from = std::max(read.from, log.start);
    const auto missing = [&](int64_t offset, std::string_view value) {
      if (offset >= read.to && !read.is_end) return false;
      const auto found = log.values.find(value);
      return found != log.values.end() && found->second.last_read != read_number_;
    };
    if (log.sparse) return;  // the newest value of a key is the model's business
    for (auto at = log.acked.lower_bound(from); at != log.acked.end(); ++at) {
      if (missing(at->first, at->second))
        Report(Anomaly::kLost, "log {}: '{}' was acknowledged at offset {}; the log ends at {}",
               read.log, at->second, at->first, read.to);
    }
    for (auto at = log.seen.lower_bound(from); at != log.seen.end(); ++at) {
      if (log.acked.contains(at->first)) continue;
      const bool control_gone = at->second == kControlValue && read.is_end && at->first >= read.to;
      if (control_gone || missing(at->first, at->second))
        Report(Anomaly::kUnseen, "log {}: '{}' was read at offset {}; the log ends at {}", read.log,
               at->second, at->first, read.to);
    }
  }

  const History& history_;
  std::map<int, Log> logs_;
  uint64_t read_number_ = 0;
  std::vector<Finding> findings_;
};

std::vector<Finding> History::Check() const { return Checker(*this).Run(); }

std::string History::Encode() const {
  std::string text;
  for (const Event& event : events_) {
    switch (event.kind) {
      case Kind::kInvoke: {
        const WriteOp& write = writes_[event.subject];
        text += fmt::format("invoke {} {} {}", event.subject, write.process, write.log);
        for (const std::string& value : write.values) text += " " + value;
        break;
      }
      case Kind::kOk:
        text += fmt::format("ok {} {}", event.subject, event.offset);
        break;
      case Kind::kFail:
        text += fmt::format("fail {}", event.subject);
        break;
      case Kind::kUnknown:
        text += fmt::format("unknown {}", event.subject);
        break;
      case Kind::kAbort:
        text += fmt::format("abort {}", event.subject);
        break;
      case Kind::kTrim:
        text += fmt::format("trim {} {}", event.subject, event.offset);
        break;
      case Kind::kSparse:
        text += fmt::format("sparse {}", event.subject);
        break;
      case Kind::kRead: {
        const ReadOp& read = reads_[event.subject];
        text += fmt::format("read {} {} {} {}", read.log, read.from, read.to,
                            read.is_end ? "end" : "part");
        for (const SeenRecord& record : read.records)
          text += fmt::format(" {}={}", record.offset, record.value);
        break;
      }
    }
    text += '\n';
  }
  return text;
}

namespace {

std::string_view TakeWord(std::string_view* line, char end = ' ') {
  const size_t size = std::min(line->find(end), line->size());
  const std::string_view word = line->substr(0, size);
  line->remove_prefix(std::min(size + 1, line->size()));
  return word;
}

template <class Number>
bool TakeNumber(std::string_view* line, Number* out, char end = ' ') {
  const std::string_view word = TakeWord(line, end);
  const auto [at, error] = std::from_chars(word.data(), word.data() + word.size(), *out);
  return error == std::errc() && at == word.data() + word.size();
}

}  // namespace

Status History::DecodeLine(std::string_view line, std::vector<std::pair<std::string, Op>>* names) {
  const std::string whole(line);
  const std::string_view word = TakeWord(&line);
  if (word == "trim" || word == "sparse") {
    int log = 0;
    int64_t offset = 0;
    if (!TakeNumber(&line, &log) || (word == "trim" && !TakeNumber(&line, &offset)))
      return Invalid(whole);
    word == "trim" ? Trim(log, offset) : Sparse(log);
    return Status();
  }
  if (word == "read") {
    ReadOp read{};
    if (!TakeNumber(&line, &read.log) || !TakeNumber(&line, &read.from) ||
        !TakeNumber(&line, &read.to)) {
      return Invalid(whole);
    }
    const std::string_view extent = TakeWord(&line);
    if (extent != "end" && extent != "part") return Invalid(whole);
    while (!line.empty()) {
      SeenRecord record;
      if (!TakeNumber(&line, &record.offset, '=')) return Invalid(whole);
      record.value = TakeWord(&line);
      read.records.push_back(std::move(record));
    }
    Read(read.log, read.from, read.to, extent == "end", std::move(read.records));
    return Status();
  }
  const std::string name(TakeWord(&line));
  if (word == "invoke") {
    int process = 0;
    int log = 0;
    if (!TakeNumber(&line, &process) || !TakeNumber(&line, &log)) return Invalid(whole);
    std::vector<std::string> values;
    while (!line.empty()) values.emplace_back(TakeWord(&line));
    names->emplace_back(name, Invoke(process, log, std::move(values)));
    return Status();
  }
  const auto op =
      std::find_if(names->rbegin(), names->rend(), [&](const auto& n) { return n.first == name; });
  if (op == names->rend()) return Invalid(whole + ": no such write");
  if (word == "ok") {
    int64_t offset = 0;
    if (!TakeNumber(&line, &offset)) return Invalid(whole);
    Ok(op->second, offset);
  } else if (word == "fail") {
    Fail(op->second);
  } else if (word == "unknown") {
    Unknown(op->second);
  } else if (word == "abort") {
    Abort(op->second);
  } else {
    return Invalid(whole);
  }
  return Status();
}

Result<History> History::Decode(std::string_view text) {
  History history;
  std::vector<std::pair<std::string, Op>> names;
  while (!text.empty()) {
    const std::string_view line = TakeWord(&text, '\n');
    if (line.empty() || line.front() == '#') continue;
    RETURN_IF_ERROR(history.DecodeLine(line, &names));
  }
  return history;
}

}  // namespace odradek::durability
