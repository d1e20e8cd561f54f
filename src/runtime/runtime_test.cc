#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/testing/held_clock.h"
#include "runtime/loop_group.h"
#include "runtime/signals.h"

namespace odradek::runtime {
namespace {

TEST(TimerHeap, RunsInOrderOfDeadlineThenOfMaking) {
  TimerHeap heap;
  std::string order;
  heap.Add(20, [&] { order += 'c'; });
  heap.Add(10, [&] { order += 'a'; });
  heap.Add(20, [&] { order += 'd'; });
  heap.Add(15, [&] { order += 'b'; });
  while (Task task = heap.PopDue(20)) task();
  EXPECT_EQ(order, "abcd");
}

TEST(TimerHeap, KeepsTimersThatAreNotDue) {
  TimerHeap heap;
  heap.Add(10, [] {});
  EXPECT_FALSE(heap.PopDue(9));
  EXPECT_EQ(heap.NextDeadline(), 10);
  EXPECT_TRUE(heap.PopDue(10));
  EXPECT_TRUE(heap.empty());
}

TEST(TimerHeap, IdsAreNotUsedTwice) {
  TimerHeap heap;
  const auto first = heap.Add(10, [] {});
  EXPECT_TRUE(heap.Remove(first));
  const auto second = heap.Add(10, [] {});
  EXPECT_NE(first, second);
  EXPECT_FALSE(heap.Remove(first));
  EXPECT_TRUE(heap.Remove(second));
  EXPECT_FALSE(heap.Remove(Scheduler::kNoTimer));
}

TEST(TimerHeap, AgreesWithASortedListOverRandomWork) {
  std::mt19937 random(7);
  TimerHeap heap;
  std::map<std::pair<Millis, int>, TimerHeap::TimerId> model;
  int fired = -1;
  for (int step = 0; step < 20'000; ++step) {
    const auto choice = random() % 5;
    if (model.empty() || choice < 3) {
      const Millis deadline = random() % 1000;
      model[{deadline, step}] = heap.Add(deadline, [&fired, step] { fired = step; });
    } else if (choice == 3) {
      const auto victim = std::next(model.begin(), static_cast<long>(random() % model.size()));
      EXPECT_TRUE(heap.Remove(victim->second));
      model.erase(victim);
    } else {
      heap.PopDue(1000)();
      EXPECT_EQ(fired, model.begin()->first.second);
      model.erase(model.begin());
    }
    ASSERT_EQ(heap.size(), model.size());
    if (!model.empty()) {
      ASSERT_EQ(heap.NextDeadline(), model.begin()->first.first);
    }
  }
}

TEST(Loop, RunsPostedWorkInOrderOnItsThread) {
  SystemClock clock;
  Loop loop(clock);
  std::vector<int> order;
  for (int i = 0; i < 3; ++i) {
    loop.Post([&, i] {
      EXPECT_TRUE(loop.InLoop());
      order.push_back(i);
    });
  }
  loop.Post([&] {
    loop.Post([&] {
      order.push_back(3);
      loop.Stop();
    });
  });
  std::thread thread([&] { loop.Run(); });
  thread.join();
  EXPECT_FALSE(loop.InLoop());
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3}));
}

TEST(Loop, TimersFollowTheGivenClock) {
  HeldClock clock;
  Loop loop(clock);
  std::vector<std::string> order;
  loop.After(60'000, [&] {
    order.push_back("minute");
    loop.Stop();
  });
  loop.After(0, [&] {
    order.push_back("now");
    clock.Advance(60'000);
    loop.OnClockChanged();
  });
  loop.Run();
  EXPECT_EQ(order, (std::vector<std::string>{"now", "minute"}));
}

TEST(Loop, ACancelledTimerIsDroppedAtOnce) {
  HeldClock clock;
  Loop loop(clock);
  bool fired = false;
  auto token = std::make_shared<int>(0);
  const auto id = loop.After(10, [&fired, token] { fired = true; });
  EXPECT_EQ(token.use_count(), 2);
  loop.Cancel(id);
  EXPECT_EQ(token.use_count(), 1);
  loop.After(10, [&] { loop.Stop(); });
  clock.Advance(10);
  loop.Run();
  EXPECT_FALSE(fired);
}

TEST(Loop, AnotherThreadsTimerWakesASleepingLoop) {
  SystemClock clock;
  Loop loop(clock);
  std::thread other;
  loop.Post([&] { other = std::thread([&] { loop.After(1, [&] { loop.Stop(); }); }); });
  loop.Run();
  other.join();
}

TEST(Loop, IsIdleWithoutArmedTimers) {
  SystemClock clock;
  Loop loop(clock);
  const auto id = loop.After(3'600'000, [] {});
  loop.Drain();
  EXPECT_GT(uv_backend_timeout(loop.uv()), 0);
  loop.Cancel(id);
  loop.Drain();
  EXPECT_EQ(uv_backend_timeout(loop.uv()), -1);
}

// A pipe whose reading end a loop watches; what comes makes work for the loop.
struct WatchedPipe {
  explicit WatchedPipe(Loop& of) : loop(of) {
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(uv_poll_init(loop.uv(), &watch, ends[0]), 0);
    watch.data = this;
    uv_poll_start(&watch, UV_READABLE, [](uv_poll_t* handle, int, int) {
      auto& self = *static_cast<WatchedPipe*>(handle->data);
      char byte = 0;
      CHECK_EQ(read(self.ends[0], &byte, 1), 1);
      self.loop.Post([&self] { self.posted_work_ran = true; });
      self.loop.After(1, [] {});
    });
  }
  ~WatchedPipe() {
    uv_close(reinterpret_cast<uv_handle_t*>(&watch), nullptr);
    loop.Drain();
    close(ends[0]);
    close(ends[1]);
  }

  Loop& loop;
  int ends[2];
  uv_poll_t watch;
  bool posted_work_ran = false;
};

TEST(Loop, ItsOwnCallbacksNeedNoWakeUp) {
  HeldClock clock;
  Loop loop(clock);
  WatchedPipe watched(loop);
  ASSERT_EQ(write(watched.ends[1], "x", 1), 1);
  uv_run(loop.uv(), UV_RUN_NOWAIT);
  EXPECT_FALSE(watched.posted_work_ran);
  pollfd ready = {uv_backend_fd(loop.uv()), POLLIN, 0};
  EXPECT_EQ(poll(&ready, 1, 0), 0) << "it wrote to itself";
  uv_run(loop.uv(), UV_RUN_NOWAIT);
  EXPECT_TRUE(watched.posted_work_ran);
}

TEST(Loop, StopBeforeRunIsNotLost) {
  SystemClock clock;
  Loop loop(clock);
  loop.Stop();
  loop.Run();
}

TEST(LoopGroup, PassesWorkAroundAllLoops) {
  constexpr int kRounds = 1000;
  SystemClock clock;
  for (const int count : {1, 2, 4}) {
    LoopGroup group(count, clock);
    int hops = 0;  // touched by one loop at a time: the posts order it
    std::function<void(int)> hop = [&](int at) {
      EXPECT_TRUE(group.at(static_cast<size_t>(at)).InLoop());
      if (++hops == kRounds) return group.Stop();
      const int next = (at + 1) % count;
      group.at(static_cast<size_t>(next)).Post([&, next] { hop(next); });
    };
    group.at(0).Post([&] { hop(0); });
    group.Run();
    EXPECT_EQ(hops, kRounds);
  }
}

TEST(LoopGroup, LosesNoPostOfManyThreads) {
  constexpr int kPosts = 2000;
  SystemClock clock;
  LoopGroup group(1, clock);
  int seen = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kPosts; ++i) {
        group.at(0).Post([&] {
          if (++seen == 4 * kPosts) group.Stop();
        });
      }
    });
  }
  group.Run();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(seen, 4 * kPosts);
}

TEST(LoopGroup, DefaultCountFollowsTheCores) {
  EXPECT_EQ(LoopGroup::DefaultCount(1), 1);
  EXPECT_EQ(LoopGroup::DefaultCount(2), 1);
  EXPECT_EQ(LoopGroup::DefaultCount(4), 2);
  EXPECT_EQ(LoopGroup::DefaultCount(64), 4);
}

TEST(SignalWatcher, CallsBackOnTheLoop) {
  SystemClock clock;
  Loop loop(clock);
  int seen = 0;
  {
    SignalWatcher watcher(loop, {SIGUSR1, SIGUSR2}, [&](int number) {
      seen = number;
      loop.Stop();
    });
    loop.Post([] { std::raise(SIGUSR2); });
    loop.Run();
  }
  loop.Drain();
  EXPECT_EQ(seen, SIGUSR2);
}

}  // namespace
}  // namespace odradek::runtime
