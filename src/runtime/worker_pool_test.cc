#include "runtime/worker_pool.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace odradek::runtime {
namespace {

TEST(WorkerPool, OwnsNoThreadBeforeThereIsWork) {
  WorkerPool pool;
  EXPECT_EQ(pool.thread_count(), 0U);
}

TEST(WorkerPool, RunsAllThatWasPostedBeforeItEnds) {
  std::atomic<int> ran{0};
  {
    WorkerPool pool;
    for (int i = 0; i < 1000; ++i) {
      pool.Post(i % 2 == 0 ? Workers::Lane::kUrgent : Workers::Lane::kBackground, [&] { ++ran; });
    }
  }
  EXPECT_EQ(ran, 1000);
}

TEST(WorkerPool, WorkMayPostWork) {
  std::promise<void> done;
  WorkerPool pool;
  pool.Post(Workers::Lane::kBackground,
            [&] { pool.Post(Workers::Lane::kBackground, [&] { done.set_value(); }); });
  done.get_future().wait();
  EXPECT_EQ(pool.thread_count(), 1U);
}

TEST(WorkerPool, BackgroundWorkDoesNotHoldUpUrgentWork) {
  std::promise<void> urgent_ran;
  std::promise<void> background_ran;
  WorkerPool pool;
  pool.Post(Workers::Lane::kBackground, [&] {
    urgent_ran.get_future().wait();
    background_ran.set_value();
  });
  pool.Post(Workers::Lane::kUrgent, [&] { urgent_ran.set_value(); });
  background_ran.get_future().wait();
}

TEST(WorkerPool, HeavyWorkHoldsUpNoOther) {
  std::promise<void> others_ran[2];
  std::promise<void> heavy_ran;
  WorkerPool pool;
  for (size_t i = 0; i < WorkerPool::kHeavyThreads; ++i) {
    pool.Post(Workers::Lane::kHeavy, [&, i] { others_ran[i].get_future().wait(); });
  }
  pool.Post(Workers::Lane::kHeavy, [&] { heavy_ran.set_value(); });
  pool.Post(Workers::Lane::kUrgent, [&] { others_ran[0].set_value(); });
  pool.Post(Workers::Lane::kBackground, [&] { others_ran[1].set_value(); });
  heavy_ran.get_future().wait();
}

TEST(WorkerPool, TwoUrgentTasksRunSideBySide) {
  std::promise<void> first;
  std::promise<void> second;
  std::promise<void> both;
  WorkerPool pool;
  pool.Post(Workers::Lane::kUrgent, [&] {
    first.set_value();
    second.get_future().wait();
    both.set_value();
  });
  pool.Post(Workers::Lane::kUrgent, [&] {
    first.get_future().wait();
    second.set_value();
  });
  both.get_future().wait();
}

TEST(WorkerPool, StartsNoThreadForWhatItsLastTasksPost) {
  bool own_lane_ran = false;
  {
    WorkerPool pool;
    pool.Post(Workers::Lane::kBackground, [&] {
      while (pool.thread_count() > 0) std::this_thread::yield();  // until it ends
      pool.Post(Workers::Lane::kUrgent, [] {});
      pool.Post(Workers::Lane::kBackground, [&] { own_lane_ran = true; });
    });
  }
  EXPECT_TRUE(own_lane_ran);
}

}  // namespace
}  // namespace odradek::runtime
