#include "broker/paced_runner.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "base/testing/held_clock.h"
#include "base/testing/held_scheduler.h"
#include "base/testing/held_workers.h"

namespace odradek::broker {
namespace {

class PacedRunnerTest : public testing::Test {
 protected:
  ~PacedRunnerTest() override { runner_->Stop(); }

  // Steps of a kilobyte each.
  PacedRunner::Step Steps(int count, int* done) {
    return [count, done]() mutable {
      ++*done;
      return PacedRunner::Progress{.more = --count > 0, .io_size_bytes = 1000};
    };
  }
  void Run(Millis for_ms) {
    for (Millis passed = 0; passed < for_ms; passed += 100) {
      workers_.RunAll();
      scheduler_.Advance(100);
    }
  }

  HeldClock clock_;
  HeldScheduler scheduler_{clock_};
  HeldWorkers workers_;
  const Env env_{.clock = &clock_, .scheduler = &scheduler_, .workers = &workers_};
  double rate_ = 0;
  int wakes_ = 0;
  std::shared_ptr<PacedRunner> runner_ = std::make_shared<PacedRunner>(
      env_, [this] { return rate_; }, [this] { ++wakes_; });
};

TEST_F(PacedRunnerTest, RunsAllStepsWithoutARate) {
  int done = 0;
  runner_->Run(Steps(5, &done));
  workers_.RunAll();
  EXPECT_EQ(done, 5);
  EXPECT_EQ(scheduler_.timer_count(), 0U);
}

TEST_F(PacedRunnerTest, HoldsOneRateForAllThatIsUnderWay) {
  rate_ = 1000;
  int done = 0;
  runner_->Run(Steps(100, &done));
  runner_->Run(Steps(100, &done));
  Run(10'000);
  EXPECT_GE(done, 10);
  EXPECT_LE(done, 12);
}

TEST_F(PacedRunnerTest, PaysWhatIsOwedAtTheRateOfNow) {
  rate_ = 1;
  int done = 0;
  runner_->Run(Steps(3, &done));
  workers_.RunAll();
  rate_ = 1000;
  Run(62'000);  // the second was put off at the old rate
  EXPECT_EQ(done, 3);
}

TEST_F(PacedRunnerTest, TheTimerThatWasArmedLastCounts) {
  runner_->Arm(100);
  runner_->Arm(300);
  EXPECT_EQ(scheduler_.timer_count(), 1U);
  scheduler_.Advance(299);
  EXPECT_EQ(wakes_, 0);
  EXPECT_TRUE(runner_->is_armed());
  scheduler_.Advance(1);
  EXPECT_EQ(wakes_, 1);
  EXPECT_FALSE(runner_->is_armed());
}

TEST_F(PacedRunnerTest, NothingRunsOnceItIsStopped) {
  int done = 0;
  runner_->Run(Steps(5, &done));
  workers_.RunOne();
  runner_->Arm(100);
  runner_->Wake();
  runner_->Stop();
  runner_->Run(Steps(5, &done));
  runner_->Arm(100);
  Run(1000);
  EXPECT_EQ(done, 1);
  EXPECT_EQ(wakes_, 0);
  EXPECT_EQ(scheduler_.timer_count(), 0U);
}

// Runs the first piece on a thread of its own; counts, and drops, the others.
class OneThread final : public Workers {
 public:
  ~OneThread() override { Join(); }
  void Post(Lane, Task task) override {
    if (!thread_.joinable()) {
      thread_ = std::thread(std::move(task));
    } else {
      ++dropped_;
    }
  }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }
  int dropped() const { return dropped_; }

 private:
  std::thread thread_;
  std::atomic<int> dropped_{0};
};

TEST_F(PacedRunnerTest, StoppingWaitsForTheStepThatRuns) {
  std::promise<void> begun;
  std::promise<void> may_end;
  std::atomic<bool> ended{false};
  OneThread workers;
  Env env = env_;
  env.workers = &workers;
  const auto runner = std::make_shared<PacedRunner>(
      env, [] { return 0.0; }, [] {});
  runner->Run([&] {
    begun.set_value();
    may_end.get_future().wait();
    ended = true;
    return PacedRunner::Progress();
  });
  begun.get_future().wait();
  // Once Stop() takes no further work, all that it does is wait.
  std::thread opens([&] {
    for (int before = -1; before != workers.dropped();) {
      before = workers.dropped();
      runner->Run([] { return PacedRunner::Progress(); });
    }
    may_end.set_value();
  });
  runner->Stop();
  EXPECT_TRUE(ended);
  opens.join();
}

TEST_F(PacedRunnerTest, DoesNothingWithoutWorkers) {
  Env env = env_;
  env.workers = nullptr;
  const auto runner = std::make_shared<PacedRunner>(
      env, [] { return 0.0; }, [] {});
  EXPECT_FALSE(runner->can_run());
  runner->Arm(100);
  int done = 0;
  runner->Run(Steps(1, &done));
  EXPECT_EQ(scheduler_.timer_count(), 0U);
  EXPECT_EQ(done, 0);
}

}  // namespace
}  // namespace odradek::broker
