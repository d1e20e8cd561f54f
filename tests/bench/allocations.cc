#include "tests/bench/allocations.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/endian.h"
#include "tests/bench/allocation_count.h"
#include "tests/bench/load.h"
#include "tests/bench/request_frames.h"
#include "tests/bench/sockets.h"

namespace odradek::bench {
namespace {

// Lists that grow with the log, such as its index, double now and then. The quietest of a few
// windows shows what a request costs.
constexpr int kWindows = 5;
constexpr int64_t kRequests = 1000;
constexpr int64_t kLargeRequests = 50;
constexpr size_t kSmallValueBytes = 100;
constexpr size_t kLargeValueBytes = 1024;
constexpr int kLargeRecords = 1000;

// `run` makes `requests` requests, and does so once before anything counts.
template <class Run>
void Count(CaseResult* result, std::string_view name, int64_t requests, Run run) {
  run();
  uint64_t fewest = UINT64_MAX;
  for (int i = 0; i < kWindows; ++i) {
    const uint64_t before = AllocationCount();
    run();
    fewest = std::min(fewest, AllocationCount() - before);
  }
  Row& row = result->RowOf(name);
  row.Add("requests", static_cast<double>(requests));
  row.Add("allocations", static_cast<double>(fewest));
}

// One connection for all windows: opening one costs memory, and is no request.
class Client {
 public:
  explicit Client(uint16_t port) : fd_(Connect(port)) {}

  void Send(std::string_view frame) { SendAll(fd_.get(), frame, 0); }
  std::string_view Receive() {
    char prefix[4];
    CHECK(ReceiveAll(fd_.get(), prefix));
    answer_.resize(LoadBig<uint32_t>(prefix));
    CHECK(ReceiveAll(fd_.get(), answer_));
    return answer_;
  }
  std::string_view Call(std::string_view frame) {
    Send(frame);
    return Receive();
  }

 private:
  net::UniqueFd fd_;
  std::string answer_;
};

class Scenarios {
 public:
  Scenarios(BrokerUnderTest& broker, CaseResult* result)
      : broker_(broker),
        result_(*result),
        client_(broker.port()),
        topic_(broker.CreateTopic("counted")) {}
  ~Scenarios() { broker_.DeleteTopic(topic_); }

  void Produce(std::string_view name, const std::string& batch, int16_t acks, int64_t requests) {
    const std::string frame = ProduceFrame(topic_, batch, acks);
    int64_t sent = 0;
    const int64_t first = broker_.EndOffset(topic_);
    Count(&result_, name, requests, [&] {
      for (int64_t i = 0; i < requests; ++i, ++sent) client_.Call(frame);
    });
    CHECK(broker_.EndOffset(topic_) - first >= sent);
  }

  void ProduceIdempotent(std::string_view name) {
    records::BatchOptions options;
    options.producer_id = broker_.NewProducerId();
    options.producer_epoch = 0;
    options.base_sequence = 0;
    std::vector<std::string> frames;
    for (int64_t i = 0; i < (kWindows + 1) * kRequests; ++i, ++options.base_sequence) {
      const std::string batch = MakeBatch(1, kSmallValueBytes, options);
      frames.push_back(ProduceFrame(topic_, batch, -1));
    }
    const int64_t first = broker_.EndOffset(topic_);
    size_t next = 0;
    Count(&result_, name, kRequests, [&] {
      for (int64_t i = 0; i < kRequests; ++i) client_.Call(frames[next++]);
    });
    CHECK_EQ(broker_.EndOffset(topic_) - first, static_cast<int64_t>(frames.size()));
  }

  void Fetch(std::string_view name, int32_t max_bytes, size_t answer_bytes_min, int64_t requests) {
    const std::string frame = FetchFrame(topic_, {.max_bytes = max_bytes});
    Count(&result_, name, requests, [&] {
      for (int64_t i = 0; i < requests; ++i) CHECK(client_.Call(frame).size() >= answer_bytes_min);
    });
  }

  // Each fetch waits at the log's end until a produce on another connection ends it.
  void FetchWaiting(std::string_view name) {
    Client producer(broker_.port());
    const std::string produce = ProduceFrame(topic_, MakeBatch(1, kSmallValueBytes), 1);
    int64_t offset = broker_.EndOffset(topic_);
    std::vector<std::string> frames;
    for (int64_t i = 0; i < (kWindows + 1) * kRequests; ++i)
      frames.push_back(FetchFrame(topic_, {.offset = offset++, .max_wait_ms = kWaitMs}));
    size_t next = 0;
    Count(&result_, name, 2 * kRequests, [&] {
      for (int64_t i = 0; i < kRequests; ++i) {
        client_.Send(frames[next++]);
        producer.Call(produce);
        CHECK(client_.Receive().size() > kSmallValueBytes);
      }
    });
  }

  void FetchInSession(std::string_view name) {
    const std::string opened = std::string(client_.Call(FetchFrame(
        topic_, {.offset = broker_.EndOffset(topic_), .session_id = 0, .session_epoch = 0})));
    const auto session_id = LoadBig<int32_t>(opened.data() + kSessionIdAt);
    CHECK(session_id != 0);
    std::vector<std::string> frames;
    for (int64_t i = 1; i <= (kWindows + 1) * kRequests; ++i) {
      frames.push_back(FetchFrame(topic_, {.session_id = session_id,
                                           .session_epoch = static_cast<int32_t>(i),
                                           .names_partition = false}));
    }
    size_t next = 0;
    Count(&result_, name, kRequests, [&] {
      for (int64_t i = 0; i < kRequests; ++i) {
        const std::string_view answer = client_.Call(frames[next++]);
        CHECK_EQ(LoadBig<int16_t>(answer.data() + kErrorAt), 0);
      }
    });
  }

 private:
  static constexpr int32_t kWaitMs = 10'000;
  // In a Fetch answer: behind correlation id, tags of the header, and the throttle time.
  static constexpr size_t kErrorAt = 9;
  static constexpr size_t kSessionIdAt = 11;

  BrokerUnderTest& broker_;
  CaseResult& result_;
  Client client_;
  const Topic topic_;
};

}  // namespace

int MeasureAllocations(BrokerUnderTest& broker, CaseResult* result) {
  Scenarios run(broker, result);
  const std::string small = MakeBatch(1, kSmallValueBytes);
  const std::string large = MakeBatch(kLargeRecords, kLargeValueBytes);
  run.Produce("produce 1 record, acks=1", small, 1, kRequests);
  run.Produce("produce 1 record, acks=all", small, -1, kRequests);
  run.ProduceIdempotent("produce 1 record, idempotent");
  run.Fetch("fetch 1 record", 1, small.size(), kRequests);
  run.Fetch("fetch 64 KiB", 64 * 1024, 60 * 1024, kRequests);
  run.FetchWaiting("fetch that waits for a produce");
  run.FetchInSession("fetch in a session, nothing new");
  run.Produce("produce 1 MiB", large, 1, kLargeRequests);
  run.Fetch("fetch 1 MiB", 1 << 20, 1'000'000, kLargeRequests);
  return static_cast<int>(
      std::count_if(result->rows.begin(), result->rows.end(),
                    [](const Row& row) { return row.Find("allocations")->values[0] > 0; }));
}

}  // namespace odradek::bench
