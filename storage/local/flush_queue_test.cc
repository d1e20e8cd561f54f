#include "storage/local/flush_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "base/testing/held_clock.h"
#include "base/testing/held_workers.h"
#include "base/testing/simulated_disk.h"
#include "storage/local/local_store.h"
#include "storage/local/testing/batches.h"

namespace odradek::storage {
namespace {

// What a loop posts leaves when its tick ends.
class TwoLoops final : public Workers {
 public:
  void Post(Lane lane, Task task) override { posted_[running_].Post(lane, std::move(task)); }
  void GoOnWith(size_t loop) { running_ = loop; }
  void EndTick() { posted_[running_].RunAll(); }
  void DropAll() {
    for (HeldWorkers& workers : posted_) workers.DropAll();
  }

 private:
  std::array<HeldWorkers, 2> posted_;
  size_t running_ = 0;
};

class FlushQueueTest : public testing::Test {
 protected:
  using Log = std::shared_ptr<PartitionLog>;

  ~FlushQueueTest() override { workers_.DropAll(); }

  Log Open(const std::string& topic) {
    return store_->Open({topic, random_.NewUuid(), 0}, {}).value();
  }
  void Append(const Log& log) {
    std::string batch = BatchOf(clock_, {"value"});
    ASSERT_EQ(log->Append({.owner = {}, .batches = batch}).error, AppendError::kNone);
  }
  static StoreOptions PowerSafe() {
    StoreOptions options;
    options.durability = Durability::kPower;
    return options;
  }
  static int64_t DurableEnd(const Log& log) { return log->offsets().durable_end; }
  int64_t Syncs() { return disk_.plan().count(FileCall::kSync); }

  HeldClock clock_;
  TwoLoops workers_;
  SeededRandom random_{4};
  SimulatedDisk disk_;
  std::unique_ptr<LogStore> store_ = MakeLocalStore(
      {.clock = &clock_, .random = &random_, .files = &disk_, .workers = &workers_}, PowerSafe());
};

TEST_F(FlushQueueTest, WaitsForNoTickOfAnotherLoop) {
  const Log slow[] = {Open("a"), Open("b"), Open("c")};
  const Log quick = Open("d");
  for (const Log& log : slow) Append(log);
  workers_.GoOnWith(1);
  Append(quick);
  workers_.EndTick();
  EXPECT_EQ(DurableEnd(quick), 1);
  workers_.GoOnWith(0);
  workers_.EndTick();
  for (const Log& log : slow) EXPECT_EQ(DurableEnd(log), 1);
}

TEST_F(FlushQueueTest, TheAppendsOfATickShareASyncWhateverOtherLoopsDo) {
  const Log log = Open("a");
  const Log other = Open("b");
  Append(log);
  workers_.EndTick();
  Append(log);
  workers_.GoOnWith(1);
  Append(other);
  workers_.EndTick();
  const int64_t before = Syncs();
  workers_.GoOnWith(0);
  Append(log);
  workers_.EndTick();
  EXPECT_EQ(DurableEnd(log), 3);
  EXPECT_EQ(Syncs(), before + 1);
}

TEST_F(FlushQueueTest, AStoreThatGoesForgetsWhatIsOnItsWay) {
  Append(Open("a"));
  const int64_t before = Syncs();
  store_.reset();
  workers_.EndTick();
  EXPECT_EQ(Syncs(), before);
}

}  // namespace
}  // namespace odradek::storage
