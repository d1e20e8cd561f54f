// Committed offsets, and what frees room, on a full device.
#include "storage/local/space_reserve.h"

#include <gtest/gtest.h>
#include <sys/mount.h>

#include <memory>
#include <string>

#include "base/testing/captured_log.h"
#include "base/testing/simulated_disk.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::storage {
namespace {

class SpaceReserveTest : public testing::TestWithParam<Durability> {
 protected:
  void Start(Files& files) {
    StoreOptions options;
    options.durability = GetParam();
    store_ = MakeLocalStore(
        {.clock = &clock_, .random = &random_, .files = &files, .workers = &workers_}, options);
    LogConfig config;
    config.file_delete_delay_ms = 0;
    data_ = *store_->Open(data_id_, config);
    offsets_ = *store_->Open(offsets_id_, config);
  }
  void Stop() {
    data_.reset();
    offsets_.reset();
    store_.reset();
  }
  // Whether it counts in the end.
  bool Append(PartitionLog& log, AppendRequest::Origin origin, size_t size) {
    std::string batch = BatchOf(clock_, {std::string(size, 'v')});
    const AppendResult result = log.Append({.owner = {}, .batches = batch, .origin = origin});
    workers_.RunAll();
    return result.error == AppendError::kNone && log.offsets().durable_end > result.last_offset;
  }
  bool Produce(size_t size = 1000) { return Append(*data_, AppendRequest::Origin::kClient, size); }
  bool Commit() { return Append(*offsets_, AppendRequest::Origin::kCoordinator, 100); }
  void ProduceUntilFull() {
    int count = 0;
    while (Produce()) ASSERT_LT(++count, 20'000);
  }
  // Not a byte is left on the simulated disk.
  void FillToTheEnd() {
    ASSERT_TRUE(Produce());
    disk_.set_capacity_bytes(disk_.used_bytes() + 10'000);
    ProduceUntilFull();
    disk_.set_capacity_bytes(disk_.used_bytes());
  }
  // Producers have filled the simulated disk, and commits have begun to use the reserve.
  void UseUpUntilReserve() {
    Start(disk_);
    ASSERT_TRUE(Commit());
    ASSERT_TRUE(Produce());
    disk_.set_capacity_bytes(disk_.used_bytes() + 10'000);
    ProduceUntilFull();
    while (disk_.Exists("@reserve")) ASSERT_TRUE(Commit());
  }

  void ExpectProducersGoOnWhenThereIsRoom() {
    disk_.set_capacity_bytes(INT64_MAX);
    clock_.Advance(SpaceReserve::kRetakeEveryMs);
    EXPECT_TRUE(Produce());
    EXPECT_TRUE(disk_.Exists("@reserve"));
  }
  // Commits go on, out of the reserve or what is left of it, and producers wait.
  void ExpectOffsetsAfterAStart() {
    Start(disk_);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(Commit()) << i;
    EXPECT_FALSE(disk_.Exists("@reserve"));
    EXPECT_FALSE(Produce(1));
    Stop();
  }

  HeldClock clock_;
  HeldWorkers workers_;
  SeededRandom random_{6};
  const PartitionId data_id_{"data", random_.NewUuid(), 0};
  const PartitionId offsets_id_{"__consumer_offsets", random_.NewUuid(), 0};
  SimulatedDisk disk_;
  std::unique_ptr<LogStore> store_;
  std::shared_ptr<PartitionLog> data_;
  std::shared_ptr<PartitionLog> offsets_;
};
INSTANTIATE_TEST_SUITE_P(Modes, SpaceReserveTest,
                         testing::Values(Durability::kProcess, Durability::kPower));

TEST_P(SpaceReserveTest, LetsOffsetsBeCommittedWhenProducersHaveFilledTheDevice) {
  Start(disk_);
  ASSERT_TRUE(Commit());
  EXPECT_GT(disk_.used_bytes(), SpaceReserve::kSizeBytes);
  ASSERT_TRUE(Produce());
  disk_.set_capacity_bytes(disk_.used_bytes() + 50'000);
  ProduceUntilFull();
  const int64_t end = data_->offsets().end;
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(Commit()) << i;
  EXPECT_FALSE(Produce(1)) << "what was set free is not for producers";
  ReadResult read;
  EXPECT_TRUE(data_->Read({.offset = 0, .offset_limit = end, .max_bytes = 1 << 20}, &read).ok());
  EXPECT_GT(read.data.size(), 10'000U);
  EXPECT_EQ(data_->offsets().end, end);
  Stop();
}

TEST_P(SpaceReserveTest, ProducersGoOnWhenThereIsRoomForBoth) {
  UseUpUntilReserve();
  const int64_t needed = SpaceReserve::kSizeBytes + SpaceReserve::kHeadroomBytes;
  disk_.set_capacity_bytes(disk_.used_bytes() + needed - 1);
  clock_.Advance(SpaceReserve::kRetakeEveryMs);
  EXPECT_FALSE(Produce());
  disk_.set_capacity_bytes(disk_.used_bytes() + needed);
  EXPECT_FALSE(Produce()) << "not at every request";
  clock_.Advance(SpaceReserve::kRetakeEveryMs);
  const int64_t used = disk_.used_bytes();
  EXPECT_TRUE(Produce());
  EXPECT_GT(disk_.used_bytes(), used + SpaceReserve::kSizeBytes);
  EXPECT_LT(disk_.used_bytes(), used + SpaceReserve::kSizeBytes + 100'000);
  Stop();
}

TEST_P(SpaceReserveTest, LetsRecordsBeDeletedWhenProducersHaveFilledTheDevice) {
  Start(disk_);
  FillToTheEnd();
  EXPECT_TRUE(data_->TrimPrefix({}, 1).ok());
  EXPECT_EQ(data_->offsets().start, 1);
  EXPECT_FALSE(Produce(1)) << "what was set free is not for producers";
  Stop();
  Start(disk_);
  EXPECT_EQ(data_->offsets().start, 1);
  Stop();
}

TEST_P(SpaceReserveTest, LetsRetentionWorkWhenProducersHaveFilledTheDevice) {
  Start(disk_);
  FillToTheEnd();
  Stop();
  Start(disk_);  // and no checkpoint can be written
  const int64_t end = data_->offsets().end;
  ASSERT_GT(end, 1);
  LogConfig config;
  config.file_delete_delay_ms = 0;
  config.retention_ms = 1000;
  data_->SetConfig(config);
  clock_.Advance(5000);
  data_->Maintain();
  workers_.RunAll();
  EXPECT_EQ(data_->offsets().start, end);
  EXPECT_EQ(data_->SizeBytes(), 0);
  Stop();
  Start(disk_);
  EXPECT_EQ(data_->offsets().start, end);
  EXPECT_EQ(data_->offsets().end, end);
  Stop();
}

// It would go back with the next start.
TEST_P(SpaceReserveTest, AStartThatCannotBeKeptIsNotShown) {
  UseUpUntilReserve();
  disk_.set_capacity_bytes(disk_.used_bytes());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(data_->TrimPrefix({}, 1).code(), StatusCode::kFull);
    EXPECT_EQ(data_->offsets().start, 0);
  }
  disk_.set_capacity_bytes(disk_.used_bytes() + 10'000);
  EXPECT_TRUE(data_->TrimPrefix({}, 1).ok());
  Stop();
  Start(disk_);
  EXPECT_EQ(data_->offsets().start, 1);
  Stop();
}

TEST_P(SpaceReserveTest, IsTakenAgainAfterARestart) {
  UseUpUntilReserve();
  Stop();
  Start(disk_);
  EXPECT_TRUE(Commit());
  EXPECT_FALSE(Produce());
  ExpectProducersGoOnWhenThereIsRoom();
  Stop();
}

TEST_P(SpaceReserveTest, IsFoundAgainAfterARestartOnAFullDevice) {
  Start(disk_);
  ASSERT_TRUE(Commit());
  FillToTheEnd();
  ASSERT_TRUE(disk_.Exists("@reserve"));
  Stop();
  ExpectOffsetsAfterAStart();
}

// It may not be taken from those whom it was given up for.
TEST_P(SpaceReserveTest, ARestartOnAFullDeviceLeavesWhatIsLeftOfIt) {
  UseUpUntilReserve();
  Stop();
  ExpectOffsetsAfterAStart();
}

TEST_P(SpaceReserveTest, ManySmallPartitionsGetAlmostAllOfASmallDevice) {
  disk_.set_capacity_bytes(51 << 20);
  Start(disk_);
  for (int partition = 1; partition <= 150; ++partition) {
    data_ = *store_->Open({"data", data_id_.topic_id, partition}, {});
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(Produce(100'000)) << partition;
  }
  Stop();
}

// It is in use, although the process that uses it knows nothing of that yet.
TEST_P(SpaceReserveTest, AProducerThatComesFirstAfterARestartDoesNotGetWhatIsLeftOfIt) {
  UseUpUntilReserve();
  Stop();
  Start(disk_);
  const CapturedLog log;
  EXPECT_FALSE(Produce(1));
  EXPECT_EQ(log.Count("producers wait until 5242880 bytes are free"), 1U);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Commit()) << i;
  ExpectProducersGoOnWhenThereIsRoom();
  Stop();
}

// To make a file takes a device longer than all else of an append.
TEST_P(SpaceReserveTest, TheFirstAppendOnALargeDeviceLeavesItToTheFlushBehindIt) {
  Start(disk_);
  std::string batch = BatchOf(clock_, {"v"});
  ASSERT_EQ(data_->Append({.owner = {}, .batches = batch}).error, AppendError::kNone);
  EXPECT_EQ(disk_.Exists("@reserve"), GetParam() == Durability::kProcess);
  workers_.RunAll();
  EXPECT_TRUE(disk_.Exists("@reserve"));
  Stop();
}

// A device of its own, as small as devices get.
class TinyDevice {
 public:
  explicit TinyDevice(const char* options)
      : is_mounted_(mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, options) == 0) {}
  ~TinyDevice() {
    if (is_mounted_) umount2(directory_.path().c_str(), MNT_DETACH);
  }
  bool is_mounted() const { return is_mounted_; }
  const std::string& path() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
  const bool is_mounted_;
};

TEST_P(SpaceReserveTest, HoldsOnARealDevice) {
  const TinyDevice device("size=12m");
  if (!device.is_mounted()) GTEST_SKIP() << "needs to be root, to mount";
  const std::unique_ptr<Files> files = MakePosixFiles(device.path());
  Start(*files);
  ASSERT_TRUE(Commit());
  ASSERT_TRUE(files->Exists("@reserve"));
  ProduceUntilFull();
  const int64_t end = data_->offsets().end;
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(Commit()) << i;
  EXPECT_EQ(data_->offsets().end, end);
  data_.reset();
  ASSERT_TRUE(store_->Delete(data_id_).ok());
  workers_.RunAll();
  data_ = *store_->Open({"other", random_.NewUuid(), 0}, {});
  clock_.Advance(SpaceReserve::kRetakeEveryMs);
  EXPECT_TRUE(Produce());
  EXPECT_TRUE(files->Exists("@reserve"));
  Stop();
}

}  // namespace
}  // namespace odradek::storage
