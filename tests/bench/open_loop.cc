#include "tests/bench/open_loop.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/arena.h"
#include "base/endian.h"
#include "net/unique_fd.h"
#include "protocol/message/fetch.h"
#include "protocol/records/record_batch.h"
#include "protocol/wire/header_codec.h"
#include "tests/bench/cores.h"
#include "tests/bench/sockets.h"

namespace odradek::bench {
namespace {

constexpr double kPatienceSeconds = 20;
constexpr size_t kPrefixBytes = 4;
constexpr size_t kReadBytes = 64 * 1024;
constexpr int32_t kFetchBytes = 1 << 20;
constexpr int32_t kFetchWaitMs = 10'000;
constexpr size_t kLastOffsetDeltaAt = 23;
constexpr size_t kBatchLengthAt = 8;
constexpr size_t kBatchLengthEnd = 12;

// Whole answers of one connection, without waiting.
class Answers {
 public:
  explicit Answers(uint16_t port) : fd_(Connect(port)), buffer_(kReadBytes) {
    SetNonBlocking(fd_.get());
  }

  // False if the connection is broken.
  bool Send(const std::string& frame) {
    // Small frames: the socket's buffer has room, or the broker has stopped to read.
    return ::send(fd_.get(), frame.data(), frame.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(frame.size());
  }
  bool Read() {
    if (filled_ == buffer_.size()) buffer_.resize(2 * buffer_.size());
    const ssize_t got = ::recv(fd_.get(), buffer_.data() + filled_, buffer_.size() - filled_, 0);
    if (got > 0) filled_ += static_cast<size_t>(got);
    return got > 0 || (got < 0 && errno == EAGAIN);
  }
  // `take(answer without prefix)` for each.
  template <class Take>
  void TakeAll(Take take) {
    size_t at = 0;
    while (filled_ - at >= kPrefixBytes) {
      const size_t size = LoadBig<uint32_t>(buffer_.data() + at);
      if (filled_ - at < kPrefixBytes + size) break;
      take(std::string_view(buffer_.data() + at + kPrefixBytes, size));
      at += kPrefixBytes + size;
    }
    filled_ -= at;
    if (at > 0) std::memmove(buffer_.data(), buffer_.data() + at, filled_);
  }

 private:
  net::UniqueFd fd_;
  std::vector<char> buffer_;
  size_t filled_ = 0;
};

// Which requests are due, and since when.
class Schedule {
 public:
  explicit Schedule(const Pace& pace)
      : interval_(1.0 / static_cast<double>(pace.per_second)), requests_(pace.requests) {}

  bool IsDue() const { return sent_ < requests_ && NowSeconds() >= TimeOf(sent_); }
  void NoteSent() { ++sent_; }
  // Of the next request that this side has not seen yet.
  void NoteSeen(int64_t* seen, Histogram* to) const {
    to->Add(static_cast<int64_t>((NowSeconds() - TimeOf((*seen)++)) * 1e9));
  }
  bool IsOver(int64_t seen) const { return seen >= requests_; }
  bool IsHopeless() const { return NowSeconds() > TimeOf(requests_) + kPatienceSeconds; }

 private:
  double TimeOf(int64_t request) const { return start_ + static_cast<double>(request) * interval_; }

  const double interval_;
  const int64_t requests_;
  const double start_ = NowSeconds();
  int64_t sent_ = 0;
};

// The offset behind the last batch of an answer with one partition; `offset` if there is none.
Result<int64_t> EndOf(std::string_view answer, int16_t version, int64_t offset) {
  Arena arena;
  wire::Reader reader(answer, arena);
  ResponseHeader header;
  FetchResponse response;
  const ApiInfo& api = *FindApi(FetchRequest::kApiKey);
  if (!Decode(reader, wire::ResponseHeaderVersion(api, version), &header) ||
      !Decode(reader, version, &response)) {
    return Corrupt("not a Fetch answer");
  }
  for (const FetchResponseFetchableTopicResponse& topic : response.responses) {
    for (const FetchResponsePartitionData& partition : topic.partitions) {
      if (partition.error_code != ErrorCode::kNone) return Retriable("a fetch was refused");
      std::string_view records = partition.records.memory();
      while (records.size() >= records::kHeaderSizeBytes) {
        offset = LoadBig<int64_t>(records.data()) +
                 LoadBig<int32_t>(records.data() + kLastOffsetDeltaAt) + 1;
        const size_t size = kBatchLengthEnd + LoadBig<uint32_t>(records.data() + kBatchLengthAt);
        records.remove_prefix(std::min(size, records.size()));
      }
    }
  }
  return offset;
}

Status Broken() { return Retriable("the connection broke, or nothing came back"); }

}  // namespace

Status RunOpenLoop(uint16_t port, const std::string& frame, const Pace& pace,
                   Histogram* to_answer) {
  Answers producer(port);
  Schedule schedule(pace);
  int64_t answered = 0;
  while (!schedule.IsOver(answered)) {
    if (schedule.IsDue()) {
      if (!producer.Send(frame)) return Broken();
      schedule.NoteSent();
    }
    GiveWay();
    if (!producer.Read() || schedule.IsHopeless()) return Broken();
    producer.TakeAll([&](std::string_view) { schedule.NoteSeen(&answered, to_answer); });
  }
  return {};
}

Status RunEndToEnd(uint16_t port, const Topic& topic, const std::string& frame,
                   int64_t first_offset, const Pace& pace, Histogram* to_answer,
                   Histogram* to_consumer) {
  const auto fetch_from = [&topic](int64_t offset) {
    return FetchFrame(topic,
                      {.offset = offset, .max_bytes = kFetchBytes, .max_wait_ms = kFetchWaitMs});
  };
  Answers producer(port);
  Answers consumer(port);
  if (!consumer.Send(fetch_from(first_offset))) return Broken();
  Schedule schedule(pace);
  int64_t answered = 0;
  int64_t consumed = 0;
  Status status;
  while (!schedule.IsOver(answered) || !schedule.IsOver(consumed)) {
    if (schedule.IsDue()) {
      if (!producer.Send(frame)) return Broken();
      schedule.NoteSent();
    }
    GiveWay();
    if (!producer.Read() || !consumer.Read() || schedule.IsHopeless()) return Broken();
    producer.TakeAll([&](std::string_view) { schedule.NoteSeen(&answered, to_answer); });
    consumer.TakeAll([&](std::string_view answer) {
      const Result<int64_t> end = EndOf(answer, topic.fetch_version, first_offset + consumed);
      if (!end.ok()) status = end.status();
      while (end.ok() && consumed < *end - first_offset) schedule.NoteSeen(&consumed, to_consumer);
      if (!consumer.Send(fetch_from(first_offset + consumed))) status = Broken();
    });
    RETURN_IF_ERROR(status);
  }
  return {};
}

}  // namespace odradek::bench
