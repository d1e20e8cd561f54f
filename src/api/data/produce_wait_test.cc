#include "api/data/produce_wait.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "base/testing/held_clock.h"
#include "base/testing/held_scheduler.h"

namespace odradek::api {
namespace {

// A log whose appends become durable when the test says so.
class LateLog final : public storage::PartitionLog {
 public:
  void MoveTo(int64_t durable_end, int64_t end) {
    offsets_.stable = offsets_.durable_end = durable_end;
    offsets_.end = end;
    if (listener_ != nullptr) listener_->OnAdvance(offsets_, 1);
  }

  // A sync has failed: what comes next is somebody else's.
  void FallBackTo(int64_t durable_end) {
    ++offsets_.load;
    MoveTo(durable_end, durable_end);
  }

  storage::LogOffsets offsets() const override { return offsets_; }
  void SetListener(storage::LogListener* listener) override { listener_ = listener; }

  storage::AppendResult Append(const storage::AppendRequest&) override { UNREACHABLE(); }
  Status Lead(const storage::OwnerToken&) override { UNREACHABLE(); }
  Status Read(const storage::ReadRequest&, storage::ReadResult*) override { UNREACHABLE(); }
  Result<storage::TimestampOffset> FindByTime(Millis, int64_t) override { UNREACHABLE(); }
  Result<storage::TimestampOffset> FindMaxTimestamp(int64_t) override { UNREACHABLE(); }
  int32_t EpochAt(int64_t) const override { UNREACHABLE(); }
  int32_t LatestEpoch() const override { UNREACHABLE(); }
  storage::EpochEnd EndOfEpoch(int32_t) const override { UNREACHABLE(); }
  Status TrimPrefix(const storage::OwnerToken&, int64_t) override { UNREACHABLE(); }
  void SetConfig(const storage::LogConfig&) override { UNREACHABLE(); }
  int64_t SizeBytes() const override { UNREACHABLE(); }
  std::vector<storage::ProducerInfo> Producers() const override { UNREACHABLE(); }
  void Maintain() override { UNREACHABLE(); }
  Status Recheck(int64_t) override { UNREACHABLE(); }
  storage::CompactionNeed NeedOfCompaction() const override { UNREACHABLE(); }
  std::shared_ptr<storage::Compaction> StartCompaction(const storage::CompactionLimits&) override {
    UNREACHABLE();
  }

 private:
  storage::LogOffsets offsets_;
  storage::LogListener* listener_ = nullptr;
};

class ProduceWaitTest : public testing::Test {
 protected:
  struct Late {
    std::shared_ptr<LateLog> log = std::make_shared<LateLog>();
    broker::PartitionRef partition =
        std::make_shared<broker::Partition>(storage::PartitionId{"t", {}, 0}, log);
    ErrorCode error = ErrorCode::kNone;
  };

  void Add(Late& late) {
    storage::AppendResult appended;
    appended.last_offset = 4;
    wait_.Add(late.partition, appended, &late.error);
  }
  // Waits for offset 4 of both partitions.
  void StartBoth() {
    for (Late* late : {&first_, &second_}) {
      late->log->MoveTo(0, 5);
      Add(*late);
    }
    ASSERT_FALSE(wait_.done());
    std::move(wait_).Start([this] { ++answers_; });
    scheduler_.RunReady();
    EXPECT_EQ(answers_, 0);
  }

  HeldClock clock_;
  HeldScheduler scheduler_{clock_};
  Late first_;
  Late second_;
  ProduceWait wait_{scheduler_, 1000};
  int answers_ = 0;
};

TEST_F(ProduceWaitTest, ForWhatIsDurableThereIsNothingToWait) {
  first_.log->MoveTo(5, 5);
  Add(first_);
  EXPECT_TRUE(wait_.done());
}

TEST_F(ProduceWaitTest, AnswersWhenEveryPartitionIsDurable) {
  StartBoth();
  first_.log->MoveTo(5, 5);
  second_.log->MoveTo(4, 5);
  scheduler_.RunReady();
  EXPECT_EQ(answers_, 0) << "one record is missing";
  second_.log->MoveTo(6, 6);
  EXPECT_EQ(answers_, 0) << "never from within the log";
  scheduler_.RunReady();
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(first_.error, ErrorCode::kNone);
  EXPECT_EQ(second_.error, ErrorCode::kNone);
  EXPECT_EQ(scheduler_.timer_count(), 0U);
}

TEST_F(ProduceWaitTest, AnswersForWhatBecameDurableBeforeItStarted) {
  first_.log->MoveTo(0, 5);
  Add(first_);
  first_.log->MoveTo(5, 5);
  std::move(wait_).Start([this] { ++answers_; });
  scheduler_.RunReady();
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(first_.error, ErrorCode::kNone);
}

TEST_F(ProduceWaitTest, TellsWhatIsNotDurableWhenTheTimeIsOver) {
  StartBoth();
  first_.log->MoveTo(5, 5);
  scheduler_.Advance(999);
  EXPECT_EQ(answers_, 0);
  scheduler_.Advance(1);
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(first_.error, ErrorCode::kNone);
  EXPECT_EQ(second_.error, ErrorCode::kRequestTimedOut);
  second_.log->MoveTo(5, 5);
  scheduler_.RunReady();
  EXPECT_EQ(answers_, 1) << "late is late";
}

TEST_F(ProduceWaitTest, TellsWhatTheLogLost) {
  StartBoth();
  first_.log->MoveTo(3, 3);  // fell back behind what was reserved
  second_.partition->Close();
  scheduler_.RunReady();
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(first_.error, ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(second_.error, ErrorCode::kNotLeaderOrFollower);
}

// A request may wait for another of its partitions before it waits for the device.
TEST_F(ProduceWaitTest, TellsWhatTheLogLostBeforeItStarted) {
  for (const bool before_add : {true, false}) {
    first_.log->MoveTo(0, 5);
    if (!before_add) Add(first_);
    first_.log->FallBackTo(3);
    first_.log->MoveTo(6, 6);
    if (before_add) Add(first_);
    std::move(wait_).Start([this] { ++answers_; });
    scheduler_.RunReady();
    EXPECT_EQ(std::exchange(answers_, 0), 1);
    EXPECT_EQ(std::exchange(first_.error, ErrorCode::kNone), ErrorCode::kNotLeaderOrFollower);
    first_ = {};
  }
}

TEST_F(ProduceWaitTest, APartitionThatIsClosedAlreadyIsLost) {
  first_.log->MoveTo(0, 5);
  Add(first_);
  first_.partition->Close();
  std::move(wait_).Start([this] { ++answers_; });
  scheduler_.RunReady();
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(first_.error, ErrorCode::kNotLeaderOrFollower);
}

}  // namespace
}  // namespace odradek::api
