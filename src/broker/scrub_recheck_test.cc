// What the scrubber has rechecked, by a store that is made up.
#include <gtest/gtest.h>

#include "base/testing/simulated_machine.h"
#include "broker/log_scrubber.h"

namespace odradek::broker {
namespace {

constexpr size_t kMiB = 1 << 20;

class SuspectsEachSegment final : public storage::Scrub {
 public:
  explicit SuspectsEachSegment(int* runs) : runs_(*runs) {}
  Step Run(size_t) override {
    ++runs_;
    Step step;
    step.state = State::kSuspect;
    step.offset = runs_;
    step.io_size_bytes = kMiB;
    step.recheck_size_bytes = 9 * kMiB;
    return step;
  }

 private:
  int& runs_;
};

class ScrubRecheck : public testing::Test {
 protected:
  ScrubRecheck() {
    auto topic = std::make_shared<metadata::TopicInfo>();
    topic->partitions.resize(1);
    topics_.push_back(topic);
    scrubber_->Start();
    machine_.scheduler.Advance(LogScrubber::kFirstDelayMaxMs);
    machine_.workers.RunAll();
  }
  ~ScrubRecheck() override { scrubber_->Stop(); }

  SimulatedMachine machine_;
  std::vector<metadata::TopicRef> topics_;
  int runs_ = 0;
  int rechecks_ = 0;
  std::shared_ptr<LogScrubber> scrubber_ = std::make_shared<LogScrubber>(
      machine_.env,
      [] { return ScrubberSettings{.bytes_per_second_max = kMiB, .interval_ms = 86'400'000}; },
      ScrubTargets{
          .topics = [this] { return topics_; },
          .start = [this](const metadata::TopicInfo&,
                          int32_t) { return std::make_shared<SuspectsEachSegment>(&runs_); },
          .recheck =
              [this](const metadata::TopicInfo&, int32_t, int64_t) {
                ++rechecks_;
                return Status();
              }});
};

TEST_F(ScrubRecheck, CountsAgainstTheRate) {
  EXPECT_EQ(rechecks_, 1);
  machine_.scheduler.Advance(9999);
  machine_.workers.RunAll();
  EXPECT_EQ(runs_, 1);
  machine_.scheduler.Advance(1);
  machine_.workers.RunAll();
  EXPECT_EQ(runs_, 2);
}

}  // namespace
}  // namespace odradek::broker
