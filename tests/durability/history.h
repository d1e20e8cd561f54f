// History: what clients tried, were told and read, in the order of time, and a checker that finds
// what no sound store could have answered.
//
// As text, one event a line (words are separated by one blank; values have none):
//   invoke OP PROCESS LOG VALUE...        a write of these values begins
//   ok OP OFFSET                          it was acknowledged; the first value stands there
//   fail OP                               it was refused for good: it must never be seen
//   unknown OP                            nobody can tell
//   abort OP                              it was acknowledged, then its transaction was aborted
//   trim LOG OFFSET                       what lies below may be gone from here on
//   sparse LOG                            the log is compacted: offsets may be missing
//   read LOG FROM TO end|part OFFSET=VALUE...
// A read holds all there is in [FROM, TO); with `end`, TO is the end of the log. A control record
// has the value `-`. Values are unique in a log. Thread: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace odradek::durability {

enum class Anomaly : unsigned char {
  kLost,          // acknowledged, and not there
  kUnseen,        // was read, and is not there any more
  kDuplicate,     // one value at two offsets
  kOrder,         // two values of one process the wrong way round
  kGap,           // an offset between others that holds nothing
  kResurrected,   // refused or aborted, and there
  kInconsistent,  // two values at one offset, or an acknowledged one at another offset
  kPhantom,       // nobody wrote it
};
constexpr size_t kAnomalyCount = 8;
std::string_view AnomalyName(Anomaly anomaly);

struct Finding {
  Anomaly anomaly;
  std::string what;  // in words, with log, offset and value
};

inline constexpr std::string_view kControlValue = "-";

struct SeenRecord {
  int64_t offset = 0;
  std::string value;
};

class History {
 public:
  using Op = size_t;

  Op Invoke(int process, int log, std::vector<std::string> values);
  void Ok(Op op, int64_t base_offset) { Add({Kind::kOk, op, base_offset}); }
  void Fail(Op op) { Add({Kind::kFail, op}); }
  void Unknown(Op op) { Add({Kind::kUnknown, op}); }
  void Abort(Op op) { Add({Kind::kAbort, op}); }
  void Trim(int log, int64_t offset) { Add({Kind::kTrim, static_cast<size_t>(log), offset}); }
  void Sparse(int log) { Add({Kind::kSparse, static_cast<size_t>(log)}); }
  void Read(int log, int64_t from, int64_t to, bool is_end, std::vector<SeenRecord> records);

  // All that is wrong, at most kFindingsMax. An empty list means sound.
  static constexpr size_t kFindingsMax = 20;
  std::vector<Finding> Check() const;

  // To go back to an earlier state: what was added since is forgotten.
  struct Mark {
    size_t events, writes, reads;
  };
  Mark mark() const { return {events_.size(), writes_.size(), reads_.size()}; }
  void Rewind(const Mark& mark);

  // As it would be if nobody had been told anything since: no acknowledgements, no reads.
  void ForgetAnswersSince(const Mark& mark);

  std::string Encode() const;
  static Result<History> Decode(std::string_view text);
  size_t size() const { return events_.size(); }

 private:
  friend class Checker;
  enum class Kind : unsigned char { kInvoke, kOk, kFail, kUnknown, kAbort, kTrim, kSparse, kRead };
  struct Event {
    Kind kind;
    size_t subject = 0;   // the write, the read, or the log
    int64_t offset = -1;  // of kOk and kTrim
  };
  struct WriteOp {
    int process;
    int log;
    std::vector<std::string> values;
  };
  struct ReadOp {
    int log;
    int64_t from;
    int64_t to;
    bool is_end;
    std::vector<SeenRecord> records;
  };

  void Add(const Event& event) { events_.push_back(event); }
  Status DecodeLine(std::string_view line, std::vector<std::pair<std::string, Op>>* names);

  std::vector<Event> events_;
  std::vector<WriteOp> writes_;
  std::vector<ReadOp> reads_;
};

}  // namespace odradek::durability
