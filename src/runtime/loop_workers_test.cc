#include "runtime/loop_workers.h"

#include <gtest/gtest.h>

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

TEST_F(LoopWorkersTest, ForgetsNothingOfTheLastTick) {
  loop_.Post([&] {
    loops_.Stop();
    PostUrgent();
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
