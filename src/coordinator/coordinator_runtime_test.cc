#include "coordinator/coordinator_runtime.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "coordinator/testing/shard_harness.h"

namespace odradek::coordinator {
namespace {

// Counts per key; a deadline that the test sets.
class CountingShard final : public CoordinatorShard {
 public:
  void Replay(const RecordView& record, ReplayMode mode) override {
    order.push_back(std::string(record.key));
    modes.push_back(mode);
    if (record.value) {
      values[std::string(record.key)] = std::string(*record.value);
    } else {
      values.erase(std::string(record.key));
    }
  }
  void NoteInFlight(const Record&) override { ++in_flight; }
  void ForgetInFlight(const Record&) override { --in_flight; }
  void OnLoaded(Turn&) override { ++loaded; }
  void OnTimer(Turn& turn) override {
    ++timer_runs;
    deadline = kNever;
    last_timer_ms = turn.now_ms();
  }
  Millis NextDeadline() const override { return deadline; }
  void OnUnload(Turn&) override { ++unloaded; }

  std::map<std::string, std::string> values;
  std::vector<std::string> order;
  std::vector<ReplayMode> modes;
  int in_flight = 0;
  int loaded = 0;
  int unloaded = 0;
  int timer_runs = 0;
  Millis deadline = kNever;
  Millis last_timer_ms = 0;
};

class CoordinatorRuntimeTest : public testing::Test {
 protected:
  CoordinatorRuntimeTest() { Make(); }

  void Make() {
    auto shard = std::make_unique<CountingShard>();
    shard_ = shard.get();
    runtime_ = std::make_shared<CoordinatorRuntime>(
        harness_.MakeEnv(), harness_.log(), InternalTopic::kConsumerOffsets, 1, std::move(shard));
  }
  // Writes `key`=`value`; the outcome lands in answers_.
  void Put(const std::string& key, const std::string& value) {
    runtime_->Run([&](CoordinatorShard&, Turn& turn) {
      turn.Commit({{key, value, turn.wall_ms()}}, [this, key](const Status& status, Turn& t) {
        t.Reply<std::string>([this](std::string answer) { answers_.push_back(std::move(answer)); },
                             key + (status.ok() ? " ok" : " failed"));
      });
    });
  }

  ShardHarness harness_;
  CountingShard* shard_;
  std::shared_ptr<CoordinatorRuntime> runtime_;
  std::vector<std::string> answers_;
};

TEST_F(CoordinatorRuntimeTest, AnswersOnceTheRecordIsCommittedAndReplayed) {
  ASSERT_EQ(runtime_->Prepare(), Readiness::kReady);
  harness_.log().Hold();
  Put("a", "1");
  EXPECT_TRUE(answers_.empty());
  EXPECT_TRUE(shard_->values.empty());
  EXPECT_EQ(shard_->in_flight, 1);
  harness_.log().Release();
  EXPECT_EQ(answers_, std::vector<std::string>{"a ok"});
  EXPECT_EQ(shard_->values["a"], "1");
  EXPECT_EQ(shard_->in_flight, 0);
}

TEST_F(CoordinatorRuntimeTest, FailedWriteLeavesNoTrace) {
  ASSERT_EQ(runtime_->Prepare(), Readiness::kReady);
  harness_.log().FailAppends(1, Retriable("no"));
  Put("a", "1");
  Put("b", "2");
  EXPECT_EQ(answers_, (std::vector<std::string>{"a failed", "b ok"}));
  EXPECT_EQ(shard_->values, (std::map<std::string, std::string>{{"b", "2"}}));
}

TEST_F(CoordinatorRuntimeTest, WritesOfOneTurnKeepTheirOrder) {
  ASSERT_EQ(runtime_->Prepare(), Readiness::kReady);
  runtime_->Run([&](CoordinatorShard&, Turn& turn) {
    turn.Commit({{"a", "1", 0}});
    turn.Commit({{"b", "1", 0}}, [](const Status&, Turn& next) { next.Commit({{"d", "1", 0}}); });
    turn.Commit({{"c", "1", 0}});
  });
  EXPECT_EQ(shard_->order, (std::vector<std::string>{"a", "b", "c", "d"}));
}

TEST_F(CoordinatorRuntimeTest, EmptyWriteWaitsForEarlierOnes) {
  ASSERT_EQ(runtime_->Prepare(), Readiness::kReady);
  int barriers = 0;
  const auto barrier = [&](CoordinatorShard&, Turn& turn) {
    turn.Commit({}, [&](const Status& status, Turn&) { barriers += status.ok() ? 1 : 0; });
  };
  runtime_->Run(barrier);
  EXPECT_EQ(barriers, 1);
  harness_.log().Hold();
  Put("a", "1");
  runtime_->Run(barrier);
  EXPECT_EQ(barriers, 1);
  harness_.log().FailAppends(1, Retriable("no"));
  harness_.log().Release();
  EXPECT_EQ(barriers, 2);
  EXPECT_EQ(harness_.log().append_count(), 1u);
}

TEST_F(CoordinatorRuntimeTest, SplitsLargeWritesAndReportsOnce) {
  ASSERT_EQ(runtime_->Prepare(), Readiness::kReady);
  std::vector<Record> records;
  for (size_t i = 0; i < CoordinatorRuntime::kBatchRecordsMax * 2 + 1; ++i) {
    records.push_back({"k" + std::to_string(i), "v", 0});
  }
  std::vector<bool> outcomes;
  auto report = [&](const Status& status, Turn&) { outcomes.push_back(status.ok()); };
  runtime_->Run([&](CoordinatorShard&, Turn& turn) { turn.Commit(records, report); });
  EXPECT_EQ(harness_.log().append_count(), 3u);
  EXPECT_EQ(shard_->values.size(), records.size());

  harness_.log().FailAppends(1, Retriable("no"));
  runtime_->Run([&](CoordinatorShard&, Turn& turn) { turn.Commit(records, report); });
  EXPECT_EQ(outcomes, (std::vector<bool>{true, false}));
}

TEST_F(CoordinatorRuntimeTest, SplitsByBytes) {
  ASSERT_EQ(runtime_->Prepare(), Readiness::kReady);
  const std::string big(CoordinatorRuntime::kBatchBytesMax - 5, 'x');
  runtime_->Run([&](CoordinatorShard&, Turn& turn) {
    turn.Commit({{"small", "v", 0}, {"big", big, 0}, {"huge", big + big, 0}});
  });
  EXPECT_EQ(harness_.log().append_count(), 3u);
  EXPECT_EQ(shard_->values.size(), 3u);
}

TEST_F(CoordinatorRuntimeTest, LoadsWhatWasWritten) {
  ASSERT_EQ(runtime_->Prepare(), Readiness::kReady);
  Put("a", "1");
  Put("a", "2");
  runtime_->Stop();
  Make();
  ASSERT_EQ(runtime_->Prepare(), Readiness::kReady);
  EXPECT_EQ(shard_->values["a"], "2");
  EXPECT_EQ(shard_->modes, (std::vector<ReplayMode>{ReplayMode::kLoad, ReplayMode::kLoad}));
  EXPECT_EQ(shard_->loaded, 1);
}

TEST_F(CoordinatorRuntimeTest, RefusesTurnsUntilLoaded) {
  harness_.log().Hold();
  EXPECT_EQ(runtime_->Prepare(), Readiness::kLoading);
  EXPECT_EQ(runtime_->Prepare(), Readiness::kLoading);
  EXPECT_FALSE(runtime_->Run([](CoordinatorShard&, Turn&) { FAIL(); }));
  EXPECT_EQ(harness_.log().waiting(), 1u);
  harness_.log().Release();
  EXPECT_EQ(runtime_->Prepare(), Readiness::kReady);
}

TEST_F(CoordinatorRuntimeTest, LoadsAgainAfterAPauseWhenLoadingFailed) {
  harness_.log().FailLoads(1, Retriable("not yet"));
  EXPECT_EQ(runtime_->Prepare(), Readiness::kUnavailable);
  EXPECT_EQ(runtime_->Prepare(), Readiness::kUnavailable);
  harness_.Advance(CoordinatorRuntime::kReloadPauseMs);
  EXPECT_EQ(runtime_->Prepare(), Readiness::kReady);
}

TEST_F(CoordinatorRuntimeTest, RunsTheTimerWhenSomethingIsDue) {
  ASSERT_EQ(runtime_->Prepare(), Readiness::kReady);
  const Millis start = harness_.now();
  runtime_->Run([&](CoordinatorShard&, Turn&) { shard_->deadline = start + 500; });
  runtime_->Run([&](CoordinatorShard&, Turn&) { shard_->deadline = start + 100; });
  harness_.Advance(99);
  EXPECT_EQ(shard_->timer_runs, 0);
  harness_.Advance(1);
  EXPECT_EQ(shard_->timer_runs, 1);
  EXPECT_EQ(shard_->last_timer_ms, start + 100);
}

TEST_F(CoordinatorRuntimeTest, RunsWhatIsDueBeforeAnOperationThatBeatsTheTimer) {
  ASSERT_EQ(runtime_->Prepare(), Readiness::kReady);
  runtime_->Run([&](CoordinatorShard&, Turn& turn) { shard_->deadline = turn.now_ms() + 100; });
  harness_.clock().Advance(100);  // the timer is late
  int runs_before = -1;
  runtime_->Run([&](CoordinatorShard&, Turn&) { runs_before = shard_->timer_runs; });
  EXPECT_EQ(runs_before, 1);
}

TEST_F(CoordinatorRuntimeTest, PostponedDeadlinesCostOneIdleWakeUpNotOnePerChange) {
  ASSERT_EQ(runtime_->Prepare(), Readiness::kReady);
  const Millis start = harness_.now();
  for (int i = 0; i < 1000; ++i) {
    runtime_->Run([&](CoordinatorShard&, Turn&) { shard_->deadline = start + 100 + i; });
  }
  EXPECT_EQ(harness_.scheduler().timer_count(), 1u);
  harness_.Advance(100);
  EXPECT_EQ(shard_->timer_runs, 0);
  harness_.Advance(999);
  EXPECT_EQ(shard_->timer_runs, 1);
}

TEST_F(CoordinatorRuntimeTest, StopAnswersWhatWaitsAndIgnoresLateCompletions) {
  ASSERT_EQ(runtime_->Prepare(), Readiness::kReady);
  harness_.log().Hold();
  Put("a", "1");
  runtime_->Stop();
  EXPECT_EQ(answers_, std::vector<std::string>{"a failed"});
  EXPECT_EQ(shard_->unloaded, 1);
  harness_.log().Release();
  EXPECT_EQ(answers_.size(), 1u);
  EXPECT_TRUE(shard_->values.empty());
  EXPECT_EQ(runtime_->Prepare(), Readiness::kStopped);
  EXPECT_FALSE(runtime_->Run([](CoordinatorShard&, Turn&) { FAIL(); }));
}

TEST_F(CoordinatorRuntimeTest, AnswersMayCallBackIn) {
  ASSERT_EQ(runtime_->Prepare(), Readiness::kReady);
  runtime_->Run([&](CoordinatorShard&, Turn& turn) {
    turn.Reply<int>([this](int) { Put("again", "1"); }, 1);
  });
  EXPECT_EQ(answers_, std::vector<std::string>{"again ok"});
}

// Completions arrive on one thread while others run turns: all are taken, in order.
TEST_F(CoordinatorRuntimeTest, TakesCompletionsFromOtherThreads) {
  ASSERT_EQ(runtime_->Prepare(), Readiness::kReady);
  constexpr int kWrites = 2000;
  std::atomic<int> done{0};
  std::atomic<bool> writing{true};
  harness_.log().Hold();
  std::thread completer([&] {
    while (writing.load() || harness_.log().waiting() > 0) {
      harness_.log().Release();
      harness_.log().Hold();
    }
    harness_.log().Release();
  });
  std::vector<std::thread> writers;
  for (int w = 0; w < 2; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < kWrites; ++i) {
        runtime_->Run([&](CoordinatorShard&, Turn& turn) {
          turn.Commit({{std::to_string(w), std::to_string(i), 0}},
                      [&](const Status& status, Turn&) { done += status.ok() ? 1 : 0; });
        });
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  writing = false;
  completer.join();
  EXPECT_EQ(done.load(), 2 * kWrites);
  EXPECT_EQ(shard_->values["0"], std::to_string(kWrites - 1));
  EXPECT_EQ(shard_->values["1"], std::to_string(kWrites - 1));
}

}  // namespace
}  // namespace odradek::coordinator
