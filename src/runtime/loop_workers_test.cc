#include "runtime/loop_workers.h"

#include <gtest/gtest.h>

#include <climits>
#include <future>
#include <thread>
#include <utility>

#include "base/env/clock.h"
#include "base/testing/held_workers.h"

namespace odradek::runtime {
namespace {

class LoopWorkersTest : public testing::Test {
 protected:
  void PostUrgent() {
    workers_.Post(Workers::Lane::kUrgent, [] {});
  }
  // Runs `body` in a tick, and the loop until it would sleep.
  template <class Body>
  void RunInTick(Body body) {
    loop_.Post([&] { body(); });
    loop_.After(1, [this] { loops_.Stop(); });
    loops_.Run();
  }

  SystemClock clock_;
  LoopGroup loops_{1, clock_};
  Loop& loop_ = loops_.at(0);
  HeldWorkers pool_;
  LoopWorkers workers_{loops_, pool_};
};

TEST_F(LoopWorkersTest, HandsOnWhatALoopPostsWhenItsTickEnds) {
  size_t in_tick = 99;
  RunInTick([&] {
    PostUrgent();
    PostUrgent();
    in_tick = pool_.size();
  });
  EXPECT_EQ(in_tick, 0U);
  EXPECT_EQ(pool_.size(), 2U);
}

// Posts at the end of the first tick and stops at the end of the second.
class PostsLate final : public TickHook {
 public:
  PostsLate(LoopWorkers& workers, LoopGroup& loops) : workers_(workers), loops_(loops) {}
  void OnTickEnd() override {
    if (std::exchange(posted_, true)) return loops_.Stop();
    workers_.Post(Workers::Lane::kUrgent, [] {});
  }

 private:
  LoopWorkers& workers_;
  LoopGroup& loops_;
  bool posted_ = false;
};

TEST_F(LoopWorkersTest, ForgetsNothingThatIsPostedWhileATickEnds) {
  PostsLate hook(workers_, loops_);
  loop_.AddTickHook(&hook);
  bool slept = false;
  loop_.After(30'000, [&] { slept = true; });  // nothing else would begin a second tick
  loops_.Run();
  loop_.RemoveTickHook(&hook);
  EXPECT_FALSE(slept);
  EXPECT_EQ(pool_.size(), 1U);
}

// Counts ticks, and in the first of them posts and has it shared.
class SharesAtFirst final : public TickHook {
 public:
  SharesAtFirst(LoopWorkers& workers, HeldWorkers& pool, LoopGroup& loops, int shared_ticks)
      : workers_(workers), pool_(pool), loops_(loops), shared_ticks_(shared_ticks) {}
  void OnTickEnd() override {
    if (ticks == 0) workers_.Post(Workers::Lane::kUrgent, [] {});
    if (pool_.size() > 0) return loops_.Stop();
    if (ticks++ < shared_ticks_) workers_.Share();
  }
  int ticks = 0;

 private:
  LoopWorkers& workers_;
  HeldWorkers& pool_;
  LoopGroup& loops_;
  const int shared_ticks_;
};

TEST_F(LoopWorkersTest, HoldsBackWhatIsSharedUntilATickBringsNoMore) {
  SharesAtFirst hook(workers_, pool_, loops_, 3);
  loop_.AddTickHook(&hook);
  loops_.Run();
  loop_.RemoveTickHook(&hook);
  EXPECT_EQ(pool_.size(), 1U);
  EXPECT_EQ(hook.ticks, 4);
}

TEST_F(LoopWorkersTest, HandsOnInTimeWhatIsSharedForEver) {
  SharesAtFirst hook(workers_, pool_, loops_, INT_MAX);
  loop_.AddTickHook(&hook);
  loops_.Run();  // would not end
  loop_.RemoveTickHook(&hook);
  EXPECT_EQ(pool_.size(), 1U);
}

TEST_F(LoopWorkersTest, ForgetsNothingOfTheLastTick) {
  loop_.Post([&] {
    loops_.Stop();
    PostUrgent();
    workers_.Share();
  });
  loops_.Run();
  EXPECT_EQ(pool_.size(), 1U);
}

TEST_F(LoopWorkersTest, HandsOnAtOnceWhatNoRunningLoopPosts) {
  PostUrgent();  // the loop belongs to this thread, but does not run
  EXPECT_EQ(pool_.size(), 1U);
  std::thread([&] { PostUrgent(); }).join();
  EXPECT_EQ(pool_.size(), 2U);
}

TEST_F(LoopWorkersTest, HandsOnWhatAnotherThreadPostsWhenTheTickOfABusyLoopEnds) {
  size_t in_tick = 99;
  loop_.Post([&] {
    std::thread([&] { PostUrgent(); }).join();
    in_tick = pool_.size();
    loop_.Post([&] { loops_.Stop(); });
  });
  loops_.Run();
  EXPECT_EQ(in_tick, 0U);
  EXPECT_EQ(pool_.size(), 1U);
}

TEST_F(LoopWorkersTest, HandsOnAtOnceWhatAnotherThreadPostsWhileTheLoopSleeps) {
  std::promise<void> began;
  loop_.Post([&] { began.set_value(); });
  std::thread other([&] {
    began.get_future().wait();
    while (loop_.IsBusy()) std::this_thread::yield();
    PostUrgent();
    EXPECT_EQ(pool_.size(), 1U);
    loops_.Stop();
  });
  loops_.Run();
  other.join();
}

TEST_F(LoopWorkersTest, HandsOnBackgroundWorkAtOnce) {
  size_t in_tick = 99;
  RunInTick([&] {
    workers_.Post(Workers::Lane::kBackground, [] {});
    in_tick = pool_.size();
  });
  EXPECT_EQ(in_tick, 1U);
}

}  // namespace
}  // namespace odradek::runtime
