// Idempotence and transactions, as a log shows them.
#include <gtest/gtest.h>

#include <limits>

#include "storage/local/producer_state.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::storage {
namespace {

class ProducerTest : public ::testing::Test {
 protected:
  AppendResult Append(int64_t id, int16_t epoch, int32_t sequence, int records = 1,
                      bool transactional = false) {
    return store_.Append(
        std::vector<std::string>(static_cast<size_t>(records), "v"),
        {.id = id, .epoch = epoch, .sequence = sequence, .transactional = transactional});
  }
  std::vector<int64_t> Aborted(int64_t from, int64_t limit = INT64_MAX) {
    ReadResult result;
    EXPECT_TRUE(store_.log()
                    .Read({.offset = from,
                           .offset_limit = limit,
                           .max_bytes = 1 << 20,
                           .at_least_one = true,
                           .want_aborted = true},
                          &result)
                    .ok());
    std::vector<int64_t> firsts;
    for (const AbortedTransaction& aborted : result.aborted) firsts.push_back(aborted.first_offset);
    return firsts;
  }
  int64_t stable() { return store_.log().offsets().stable; }

  StoreHarness store_{Layer::kMemory};
};

TEST_F(ProducerTest, AnswersRetriesOfTheLastFiveBatchesWithTheirOffsets) {
  for (int i = 0; i < 6; ++i) ASSERT_EQ(Append(1, 0, 3 * i, 3).base_offset, 3 * i);
  for (int i = 1; i < 6; ++i) {
    const AppendResult retry = Append(1, 0, 3 * i, 3);
    EXPECT_EQ(retry.error, AppendError::kNone);
    EXPECT_TRUE(retry.duplicate);
    EXPECT_EQ(retry.base_offset, 3 * i);
    EXPECT_EQ(retry.last_offset, 3 * i + 2);
  }
  EXPECT_EQ(Append(1, 0, 0, 3).error, AppendError::kOutOfOrderSequence);
  EXPECT_EQ(Append(1, 0, 15, 2).error,
            AppendError::kOutOfOrderSequence);  // the same start is not the same batch
  EXPECT_EQ(store_.log().offsets().end, 18);
}

TEST_F(ProducerTest, RefusesGapsAndOldEpochs) {
  ASSERT_EQ(Append(1, 3, 0).error, AppendError::kNone);
  const AppendResult gap = Append(1, 3, 2);
  EXPECT_EQ(gap.error, AppendError::kOutOfOrderSequence);
  EXPECT_EQ(gap.status.message(),
            "Out of order sequence number for producer 1 at offset 1 in partition topic-3: 2 "
            "(incoming seq. number), "
            "0 (current end sequence number)");
  EXPECT_EQ(Append(1, 2, 1).error, AppendError::kInvalidProducerEpoch);
  EXPECT_EQ(Append(1, 4, 5).error, AppendError::kOutOfOrderSequence);
  EXPECT_EQ(Append(1, 3, 1).error, AppendError::kNone);
  EXPECT_EQ(Append(1, 4, 0).error, AppendError::kNone);
  EXPECT_FALSE(Append(1, 4, 1).duplicate);
  EXPECT_EQ(Append(1, 3, 2).error, AppendError::kInvalidProducerEpoch);
}

TEST_F(ProducerTest, AcceptsAnyFirstSequenceOfAnUnknownProducer) {
  EXPECT_EQ(Append(1, 0, 17).error, AppendError::kNone);
  EXPECT_EQ(Append(1, 0, 18).error, AppendError::kNone);
}

TEST_F(ProducerTest, SequencesWrapAround) {
  constexpr int32_t kLast = std::numeric_limits<int32_t>::max();
  ASSERT_EQ(Append(1, 0, kLast - 1, 3).error, AppendError::kNone);  // MAX-1, MAX, 0
  const AppendResult retry = Append(1, 0, kLast - 1, 3);
  EXPECT_TRUE(retry.duplicate);
  EXPECT_EQ(retry.base_offset, 0);
  EXPECT_EQ(Append(1, 0, 1, 1).error, AppendError::kNone);
  ASSERT_EQ(Append(2, 0, kLast).error, AppendError::kNone);
  EXPECT_EQ(Append(2, 0, 0).error, AppendError::kNone);
  EXPECT_EQ(Append(2, 0, kLast).duplicate, true);
}

TEST_F(ProducerTest, ARefusedBatchLeavesNoTrace) {
  ASSERT_EQ(Append(1, 0, 0).error, AppendError::kNone);
  store_.faults().Fail(FileCall::kWrite, 0, StatusCode::kFull);
  EXPECT_EQ(Append(1, 0, 1).error, AppendError::kStorage);
  const AppendResult again = Append(1, 0, 1);
  EXPECT_EQ(again.error, AppendError::kNone);
  EXPECT_FALSE(again.duplicate);
  EXPECT_EQ(again.base_offset, 1);
}

TEST_F(ProducerTest, ForgetsIdleProducersButNotOpenTransactions) {
  Append(1, 0, 0);
  Append(2, 0, 0, 1, true);
  store_.clock.Advance(store_.config.producer_id_expiration_ms);
  Append(3, 0, 0);
  store_.log().Maintain();
  const std::vector<ProducerInfo> producers = store_.log().Producers();
  ASSERT_EQ(producers.size(), 2u);
  EXPECT_EQ(producers[0].producer_id, 2);
  EXPECT_EQ(producers[0].current_txn_start_offset, 1);
  EXPECT_EQ(producers[1].producer_id, 3);
}

TEST_F(ProducerTest, HoldsTheStableOffsetAtTheOldestOpenTransaction) {
  store_.Append({"a"});
  Append(1, 0, 0, 2, true);  // 1, 2
  Append(2, 0, 0, 1, true);  // 3
  store_.Append({"b"});      // 4
  EXPECT_EQ(stable(), 1);
  store_.EndTransaction(1, 0, true);  // 5
  EXPECT_EQ(stable(), 3);
  Append(1, 0, 2, 1, true);            // 6
  store_.EndTransaction(2, 0, false);  // 7
  EXPECT_EQ(stable(), 6);
  store_.EndTransaction(1, 0, false);  // 8
  EXPECT_EQ(stable(), 9);
  EXPECT_EQ(Aborted(0), (std::vector<int64_t>{3, 6}));
  EXPECT_EQ(Aborted(0, 6), (std::vector<int64_t>{3}));
  EXPECT_EQ(Aborted(8), (std::vector<int64_t>{6}));
  EXPECT_EQ(Aborted(7), (std::vector<int64_t>{3, 6}));
}

TEST_F(ProducerTest, AMarkerWithoutDataMovesNothing) {
  EXPECT_EQ(store_.EndTransaction(1, 0, false).error, AppendError::kNone);
  EXPECT_EQ(stable(), 1);
  EXPECT_TRUE(Aborted(0).empty());
}

TEST_F(ProducerTest, RefusesPlainBatchesOfAProducerInATransaction) {
  Append(1, 0, 0, 1, true);
  EXPECT_EQ(Append(1, 0, 1).error, AppendError::kInvalidTxnState);
  store_.EndTransaction(1, 0, true);
  EXPECT_EQ(Append(1, 0, 1).error, AppendError::kNone);
}

TEST_F(ProducerTest, FencesMarkersOfOldProducersAndCoordinators) {
  Append(1, 5, 0, 1, true);
  EXPECT_EQ(store_.EndTransaction(1, 4, true).error, AppendError::kInvalidProducerEpoch);
  EXPECT_EQ(store_.EndTransaction(1, 5, true, 7).error, AppendError::kNone);
  EXPECT_EQ(store_.EndTransaction(1, 5, true, 6).error, AppendError::kFenced);
  EXPECT_EQ(store_.EndTransaction(1, 6, true, 7).error, AppendError::kNone);
  // The marker has raised the epoch: the producer goes on with it from sequence 0.
  EXPECT_EQ(Append(1, 5, 1, 1, true).error, AppendError::kInvalidProducerEpoch);
  EXPECT_EQ(Append(1, 6, 0, 1, true).error, AppendError::kNone);
}

TEST_F(ProducerTest, TakesBatchesWithoutSequenceFromCoordinators) {
  records::BatchBuilder builder({.producer_id = 4, .producer_epoch = 2, .transactional = true});
  builder.Add(store_.clock.WallMs(), "group", "offset");
  const std::string batch = std::move(builder.Finish()).value();
  EXPECT_EQ(store_.AppendBytes(batch).error, AppendError::kInvalidRecord);
  EXPECT_EQ(store_.AppendBytes(batch + batch, AppendRequest::Origin::kCoordinator).last_offset, 1);
  EXPECT_EQ(stable(), 0);
  EXPECT_EQ(store_.EndTransaction(4, 2, true).error, AppendError::kNone);
  EXPECT_EQ(stable(), 3);
}

TEST(ProducerSnapshot, ComesBackWithManyProducersOfOneBatch) {
  StoreHarness store(Layer::kProcess);
  for (int id = 0; id < 50; ++id) store.Append({"a"}, {.id = id, .epoch = 0, .sequence = 0});
  store.ReopenCleanly();
  const std::string content = *store.files().ReadAll("topic/3/00000000000000000050.snapshot");
  ProducerState state;
  const uint32_t owner = *ProducerState::DecodeSnapshot(content)->owner_crc;
  const Status status = state.LoadSnapshot(content, owner);
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(state.EncodeSnapshot(owner), content);
  EXPECT_EQ(state.size(), 50u);
}

TEST(ProducerSnapshot, RefusesEveryFlippedBitAndEveryLength) {
  StoreHarness store(Layer::kProcess);
  for (int i = 0; i < 7; ++i) store.Append({"a", "b"}, {.id = 1, .epoch = 0, .sequence = 2 * i});
  store.Append({"c"}, {.id = 2, .epoch = 3, .sequence = 0, .transactional = true});
  store.ReopenCleanly();
  const std::string content = *store.files().ReadAll("topic/3/00000000000000000015.snapshot");
  const uint32_t owner = *ProducerState::DecodeSnapshot(content)->owner_crc;
  ProducerState state;
  EXPECT_FALSE(state.LoadSnapshot(content, owner + 1).ok()) << "another partition's";
  ASSERT_TRUE(state.LoadSnapshot(content, owner).ok());
  EXPECT_EQ(state.EncodeSnapshot(owner), content);
  EXPECT_EQ(state.first_open_offset(), 14);
  for (size_t bit = 0; bit < content.size() * 8; ++bit) {
    std::string damaged = content;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(state.LoadSnapshot(damaged, owner).ok()) << bit;
  }
  for (size_t size = 0; size < content.size(); ++size)
    ASSERT_FALSE(state.LoadSnapshot(content.substr(0, size), owner).ok());
  EXPECT_EQ(state.size(), 2u);
}

}  // namespace
}  // namespace odradek::storage
