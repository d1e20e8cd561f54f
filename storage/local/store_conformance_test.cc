// What every engine must do, run over all layers: appending, reading, queries, retention.
#include <gtest/gtest.h>

#include <algorithm>

#include "storage/local/testing/recording_listener.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::storage {
namespace {

using records::Codec;

class StoreConformance : public ::testing::TestWithParam<Layer> {
 protected:
  StoreHarness store_{GetParam()};

  LogConfig SmallSegments(int64_t size_bytes) {
    LogConfig config;
    config.segment_bytes = size_bytes;
    return config;
  }
};

INSTANTIATE_TEST_SUITE_P(Layers, StoreConformance, ::testing::ValuesIn(kLayers),
                         [](const auto& instance) { return LayerName(instance.param); });

TEST_P(StoreConformance, AnEmptyLogHasNoFilesAndAnswersEverything) {
  const LogOffsets offsets = store_.log().offsets();
  EXPECT_EQ(offsets.start, 0);
  EXPECT_EQ(offsets.stable, 0);
  EXPECT_EQ(offsets.durable_end, 0);
  EXPECT_EQ(offsets.end, 0);
  ReadResult result;
  EXPECT_TRUE(store_.log().Read({.offset = 0, .offset_limit = 10, .max_bytes = 100}, &result).ok());
  EXPECT_TRUE(result.data.empty());
  EXPECT_EQ(store_.log().Read({.offset = 1, .offset_limit = 10, .max_bytes = 100}, &result).code(),
            StatusCode::kNotFound);
  EXPECT_EQ(store_.log().FindByTime(0, 10)->offset, -1);
  EXPECT_EQ(store_.log().FindMaxTimestamp(10)->offset, -1);
  EXPECT_EQ(store_.log().LatestEpoch(), -1);
  EXPECT_EQ(store_.log().EndOfEpoch(0).epoch, -1);
  EXPECT_EQ(store_.log().SizeBytes(), 0);
  store_.log().Maintain();
  EXPECT_TRUE(store_.FileNames().empty());
}

TEST_P(StoreConformance, AssignsOffsetsInOrderAndServesTheBytesAsTheyCame) {
  store_.owner = {1, 4};
  std::string expected;
  for (const Codec codec :
       {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    std::string batch = store_.Batch({"a", "b", "c"}, {}, codec);
    const AppendResult result = store_.AppendBytes(batch);
    ASSERT_EQ(result.error, AppendError::kNone) << result.status.ToString();
    EXPECT_EQ(result.last_offset, result.base_offset + 2);
    EXPECT_EQ(result.log_append_time_ms, -1);
    EXPECT_EQ(result.log_start_offset, 0);
    records::SetBaseOffset(batch.data(), result.base_offset);
    records::SetLeaderEpoch(batch.data(), 4);
    expected += batch;
  }
  EXPECT_EQ(store_.log().offsets().end, 15);
  ReadResult result;
  ASSERT_TRUE(
      store_.log().Read({.offset = 0, .offset_limit = 15, .max_bytes = 1 << 20}, &result).ok());
  EXPECT_TRUE(StoreHarness::Bytes(result.data) == expected);
  EXPECT_EQ(result.next_offset, 15);
  EXPECT_EQ(store_.log().SizeBytes(), static_cast<int64_t>(expected.size()));
}

TEST_P(StoreConformance, ReadsFromTheBatchThatHoldsTheOffset) {
  for (int i = 0; i < 20; ++i) store_.Append({"x" + std::to_string(i), "y", "z"});
  for (int64_t offset = 0; offset < 60; ++offset) {
    ReadResult result;
    ASSERT_TRUE(
        store_.log()
            .Read({.offset = offset, .offset_limit = 60, .max_bytes = 1, .at_least_one = true},
                  &result)
            .ok());
    const std::vector<TestRecord> records = StoreHarness::Decode(StoreHarness::Bytes(result.data));
    ASSERT_EQ(records.size(), 3u);
    ASSERT_EQ(records[0].offset, offset / 3 * 3);
    ASSERT_EQ(result.next_offset, offset / 3 * 3 + 3);
  }
}

TEST_P(StoreConformance, CutsAnswersAtBatchesAndLimits) {
  int64_t batch_size = 0;
  for (int i = 0; i < 10; ++i) {
    store_.Append({"aa", "bb"});
    batch_size = store_.log().SizeBytes() / (i + 1);
  }
  ReadResult result;
  for (int64_t max = 0; max < 10 * batch_size + 5; ++max) {
    for (const bool at_least_one : {false, true}) {
      result.Clear();
      ASSERT_TRUE(store_.log()
                      .Read({.offset = 0,
                             .offset_limit = 20,
                             .max_bytes = static_cast<size_t>(max),
                             .at_least_one = at_least_one},
                            &result)
                      .ok());
      const int64_t batches =
          std::max<int64_t>(std::min<int64_t>(max / batch_size, 10), at_least_one ? 1 : 0);
      ASSERT_EQ(static_cast<int64_t>(result.data.size()), batches * batch_size) << max;
      ASSERT_EQ(result.next_offset, batches * 2);
    }
  }
  for (int64_t limit = 0; limit <= 22; ++limit) {
    result.Clear();
    ASSERT_TRUE(store_.log()
                    .Read({.offset = 0, .offset_limit = limit, .max_bytes = 1 << 20}, &result)
                    .ok());
    ASSERT_EQ(static_cast<int64_t>(result.data.size()),
              std::min<int64_t>((limit + 1) / 2, 10) * batch_size)
        << limit;
  }
}

TEST_P(StoreConformance, GathersSeveralReadsInOneResult) {
  ASSERT_EQ(store_.Append({"aa"}).error, AppendError::kNone);
  ReadResult result;
  const ReadRequest all{.offset = 0, .offset_limit = 1, .max_bytes = 1000};
  ASSERT_TRUE(store_.log().Read(all, &result).ok());
  const size_t batch_size = result.data.size();
  ASSERT_TRUE(store_.log().Read(all, &result).ok());
  EXPECT_EQ(result.data.size(), 2 * batch_size);
  ASSERT_TRUE(store_.log().Read({.offset = 0, .offset_limit = 1, .max_bytes = 1}, &result).ok());
  EXPECT_EQ(result.data.size(), 2 * batch_size) << "the limit is of this read alone";
}

TEST_P(StoreConformance, RollsBySizeAndReadsAcrossSegments) {
  store_.Configure(SmallSegments(2000));
  std::vector<std::string> values;
  for (int i = 0; i < 200; ++i) {
    values.push_back("value " + std::to_string(i));
    ASSERT_EQ(store_.Append({values.back()}).error, AppendError::kNone);
  }
  const std::vector<std::string> names = store_.FileNames();
  EXPECT_GT(std::count_if(names.begin(), names.end(),
                          [](const std::string& n) { return n.ends_with(".log"); }),
            5);
  EXPECT_EQ(store_.Values(), values);
  ReadResult result;
  ASSERT_TRUE(
      store_.log().Read({.offset = 0, .offset_limit = 200, .max_bytes = 1 << 20}, &result).ok());
  EXPECT_EQ(result.next_offset, 200);
  EXPECT_GT(result.data.slices().size(), 5u);
}

TEST_P(StoreConformance, FindsBatchesThroughASparseIndex) {
  const std::string large(700, 'v');
  for (int i = 0; i < 300; ++i) store_.Append({large, large});
  for (int64_t offset = 0; offset < 600; offset += 17) {
    ReadResult result;
    ASSERT_TRUE(
        store_.log()
            .Read({.offset = offset, .offset_limit = offset + 1, .max_bytes = 1 << 20}, &result)
            .ok());
    ASSERT_EQ(StoreHarness::Decode(StoreHarness::Bytes(result.data)).front().offset,
              offset / 2 * 2);
    ASSERT_EQ(result.next_offset, offset / 2 * 2 + 2);
  }
}

TEST_P(StoreConformance, RefusesWhatKafkaRefusesAndKeepsNothingOfIt) {
  std::string batch = store_.Batch({"a"});
  std::string corrupt = batch;
  corrupt.back() = static_cast<char>(corrupt.back() ^ 1);
  EXPECT_EQ(store_.AppendBytes(corrupt).error, AppendError::kCorruptMessage);
  EXPECT_EQ(store_.AppendBytes("").error, AppendError::kNotOneBatch);
  EXPECT_EQ(store_.AppendBytes(batch + batch).error, AppendError::kNotOneBatch);
  std::string offset = batch;
  records::SetBaseOffset(offset.data(), 5);
  const AppendResult refused = store_.AppendBytes(offset);
  EXPECT_EQ(refused.error, AppendError::kInvalidRecord);
  EXPECT_EQ(refused.status.message(),
            "The baseOffset of the record batch in the append to topic-3 should be 0, but it is 5");
  EXPECT_EQ(refused.base_offset, -1);
  LogConfig config = SmallSegments(static_cast<int64_t>(batch.size()) - 1);
  store_.Configure(config);
  EXPECT_EQ(store_.AppendBytes(batch).error, AppendError::kRecordListTooLarge);
  config.max_message_bytes = static_cast<int32_t>(batch.size()) - 1;
  store_.Configure(config);
  EXPECT_EQ(store_.AppendBytes(batch).error, AppendError::kMessageTooLarge);
  EXPECT_EQ(store_.log().offsets().end, 0);
  EXPECT_TRUE(store_.FileNames().empty());
}

TEST_P(StoreConformance, FencesOlderOwners) {
  store_.owner = {5, 2};
  ASSERT_EQ(store_.Append({"a"}).error, AppendError::kNone);
  store_.owner = {5, 1};
  EXPECT_EQ(store_.Append({"b"}).error, AppendError::kFenced);
  store_.owner = {4, 2};
  EXPECT_EQ(store_.Append({"b"}).error, AppendError::kFenced);
  EXPECT_EQ(store_.log().TrimPrefix({4, 2}, 1).code(), StatusCode::kInvalid);
  store_.owner = {5, 3};
  EXPECT_EQ(store_.Append({"b"}).error, AppendError::kNone);
}

TEST_P(StoreConformance, StampsLogAppendTime) {
  LogConfig config;
  config.log_append_time = true;
  store_.Configure(config);
  const std::string batch = store_.Batch({"a", "b"});
  store_.clock.Advance(5000);
  const AppendResult result = store_.AppendBytes(batch);
  EXPECT_EQ(result.log_append_time_ms, store_.clock.WallMs());
  for (const TestRecord& record : store_.ReadAll(0))
    EXPECT_EQ(record.timestamp_ms, store_.clock.WallMs());
  EXPECT_EQ(store_.log().FindByTime(store_.clock.WallMs(), 2)->offset, 0);
}

TEST_P(StoreConformance, CorrectsALargestTimestampThatTheProducerInvented) {
  std::string batch = store_.Batch({"a", "b"});
  StoreBig(batch.data() + records::field::kMaxTimestamp, int64_t{12});
  records::StampCrc(batch.data());
  ASSERT_EQ(store_.AppendBytes(batch).error, AppendError::kNone);
  ReadResult result;
  ASSERT_TRUE(store_.log().Read({.offset = 0, .offset_limit = 2, .max_bytes = 1000}, &result).ok());
  const std::string bytes = StoreHarness::Bytes(result.data);
  EXPECT_TRUE(records::BatchView(bytes.data()).IsIntact());
  EXPECT_EQ(records::BatchView(bytes.data()).max_timestamp(), store_.clock.WallMs());
}

TEST_P(StoreConformance, RecompressesWhereTheTopicAsksForACodec) {
  for (int codec = 0; codec < records::kCodecCount; ++codec) {
    LogConfig config;
    config.compression_type = static_cast<int8_t>(codec);
    store_.Configure(config);
    ASSERT_EQ(store_.Append({std::string(500, 'a'), "b"}, {}, Codec::kZstd).error,
              AppendError::kNone);
    ReadResult result;
    ASSERT_TRUE(store_.log()
                    .Read({.offset = 2 * codec, .offset_limit = 100, .max_bytes = 10000}, &result)
                    .ok());
    const std::string bytes = StoreHarness::Bytes(result.data);
    EXPECT_EQ(records::BatchView(bytes.data()).codec_number(), codec);
    EXPECT_EQ(records::BatchView(bytes.data()).base_offset(), 2 * codec);
  }
  const std::vector<std::string> values = store_.Values();
  ASSERT_EQ(values.size(), 10u);
  for (size_t i = 0; i < 10; i += 2) EXPECT_EQ(values[i], std::string(500, 'a'));
}

TEST_P(StoreConformance, FindsTheExactRecordByTime) {
  store_.Configure(SmallSegments(4000));
  const Millis begin = store_.clock.WallMs();
  for (int i = 0; i < 50; ++i) {
    records::BatchBuilder builder({.codec = i % 2 == 0 ? Codec::kNone : Codec::kLz4});
    for (int r = 0; r < 4; ++r) builder.Add(begin + i * 100 + r * 10, "k", std::string(60, 'v'));
    ASSERT_EQ(store_.AppendBytes(std::move(builder.Finish()).value()).error, AppendError::kNone);
  }
  for (int i = 0; i < 50; ++i) {
    for (int r = 0; r < 4; ++r) {
      for (const int back : {0, 5}) {
        const Result<TimestampOffset> found =
            store_.log().FindByTime(begin + i * 100 + r * 10 - back, 200);
        ASSERT_TRUE(found.ok());
        ASSERT_EQ(found->offset, i * 4 + r);
        ASSERT_EQ(found->timestamp_ms, begin + i * 100 + r * 10);
        ASSERT_EQ(found->leader_epoch, 0);
      }
    }
  }
  EXPECT_EQ(store_.log().FindByTime(begin + 4931, 200)->offset, -1);
  EXPECT_EQ(store_.log().FindByTime(begin + 110, 5)->offset, -1);
  EXPECT_EQ(store_.log().FindByTime(begin + 110, 6)->offset, 5);
  ASSERT_TRUE(store_.log().TrimPrefix({}, 6).ok());
  EXPECT_EQ(store_.log().FindByTime(0, 200)->offset, 6);
}

TEST_P(StoreConformance, FindsTheLargestTimestamp) {
  store_.Configure(SmallSegments(500));
  const Millis begin = store_.clock.WallMs();
  const std::vector<int> times = {5, 9, 2, 30, 30, 7, 1, 30, 3, 8};
  for (const int time : times) {
    records::BatchBuilder builder;
    builder.Add(begin + time - 1, "k", std::string(50, 'v'));
    builder.Add(begin + time, "k", std::string(50, 'v'));
    builder.Add(begin, "k", std::string(50, 'v'));
    store_.AppendBytes(std::move(builder.Finish()).value());
  }
  EXPECT_EQ(store_.log().FindMaxTimestamp(30)->offset, 10);
  EXPECT_EQ(store_.log().FindMaxTimestamp(30)->timestamp_ms, begin + 30);
  EXPECT_EQ(store_.log().FindMaxTimestamp(9)->offset, 4);
  ASSERT_TRUE(store_.log().TrimPrefix({}, 15).ok());
  EXPECT_EQ(store_.log().FindMaxTimestamp(30)->offset, 22);
}

TEST_P(StoreConformance, BeginsTheEpochOfANewLeaderAtTheEnd) {
  ASSERT_TRUE(store_.log().Lead({.leader_epoch = 2}).ok());
  EXPECT_EQ(store_.log().LatestEpoch(), 2);
  EXPECT_EQ(store_.log().EndOfEpoch(2).end_offset, 0);
  store_.owner.leader_epoch = 2;
  store_.Append({"a", "b"});
  ASSERT_TRUE(store_.log().Lead({.leader_epoch = 5}).ok());
  EXPECT_EQ(store_.log().EndOfEpoch(2).end_offset, 2);
  EXPECT_EQ(store_.log().EpochAt(2), 5);
  EXPECT_EQ(store_.Append({"c"}).error, AppendError::kFenced);
  EXPECT_EQ(store_.log().Lead({.leader_epoch = 4}).message(), "fenced");
}

TEST_P(StoreConformance, KnowsWhereEpochsEnd) {
  for (const int32_t epoch : {0, 0, 3, 3, 7}) {
    store_.owner.leader_epoch = epoch;
    store_.Append({"a", "b"});
  }
  EXPECT_EQ(store_.log().LatestEpoch(), 7);
  EXPECT_EQ(store_.log().EpochAt(3), 0);
  EXPECT_EQ(store_.log().EpochAt(4), 3);
  EXPECT_EQ(store_.log().EpochAt(9), 7);
  const auto end = [&](int32_t epoch) {
    const EpochEnd found = store_.log().EndOfEpoch(epoch);
    return std::pair(found.epoch, found.end_offset);
  };
  EXPECT_EQ(end(0), std::pair(0, int64_t{4}));
  EXPECT_EQ(end(2), std::pair(0, int64_t{4}));
  EXPECT_EQ(end(3), std::pair(3, int64_t{8}));
  EXPECT_EQ(end(7), std::pair(7, int64_t{10}));
  EXPECT_EQ(end(9), std::pair(-1, int64_t{-1})) << "newer than all known ones";
  ASSERT_TRUE(store_.log().TrimPrefix(store_.owner, 5).ok());
  EXPECT_EQ(store_.log().EpochAt(5), 3);
  EXPECT_EQ(end(1), std::pair(1, int64_t{5}));
}

TEST_P(StoreConformance, TrimsThePrefix) {
  store_.Configure(SmallSegments(300));
  for (int i = 0; i < 20; ++i) store_.Append({std::to_string(i), "x"});
  const size_t files = store_.FileNames().size();
  EXPECT_EQ(store_.log().TrimPrefix({}, 41).code(), StatusCode::kInvalid);
  ASSERT_TRUE(store_.log().TrimPrefix({}, 13).ok());
  ASSERT_TRUE(store_.log().TrimPrefix({}, 4).ok());
  EXPECT_EQ(store_.log().offsets().start, 13);
  EXPECT_LT(store_.FileNames().size(), files);
  ReadResult result;
  EXPECT_EQ(store_.log().Read({.offset = 12, .offset_limit = 40, .max_bytes = 100}, &result).code(),
            StatusCode::kNotFound);
  EXPECT_EQ(store_.Values(13).front(), "6");  // the batch is served whole
  ASSERT_TRUE(store_.log().TrimPrefix({}, 40).ok());
  EXPECT_EQ(store_.log().offsets().start, 40);
  EXPECT_EQ(store_.log().offsets().end, 40);
  EXPECT_EQ(store_.log().SizeBytes(), 0);
  EXPECT_EQ(store_.Append({"next"}).base_offset, 40);
  store_.Reopen();
  EXPECT_EQ(store_.log().offsets().start, 40);
  EXPECT_EQ(store_.log().offsets().end, 41);
}

TEST_P(StoreConformance, RetainsBySize) {
  LogConfig config = SmallSegments(1000);
  config.retention_bytes = 3000;
  store_.Configure(config);
  for (int i = 0; i < 100; ++i) store_.Append({std::string(40, 'x')});
  store_.log().Maintain();
  EXPECT_GE(store_.log().SizeBytes(), 3000);
  EXPECT_LT(store_.log().SizeBytes(), 4100);
  const LogOffsets offsets = store_.log().offsets();
  EXPECT_GT(offsets.start, 0);
  EXPECT_EQ(offsets.end, 100);
  EXPECT_EQ(static_cast<int64_t>(store_.Values(offsets.start).size()), 100 - offsets.start);
}

TEST_P(StoreConformance, RetainsByTime) {
  LogConfig config = SmallSegments(200);  // a batch each
  config.retention_ms = 60'000;
  config.segment_ms = 10'000'000;
  store_.Configure(config);
  for (int i = 0; i < 100; ++i) {
    store_.Append({std::string(40, 'x')});
    store_.clock.Advance(1000);
  }
  store_.log().Maintain();
  EXPECT_EQ(store_.log().offsets().start, 40);
  store_.clock.Advance(1);
  store_.log().Maintain();
  EXPECT_EQ(store_.log().offsets().start, 41);
  store_.clock.Advance(100'000);
  store_.log().Maintain();
  EXPECT_EQ(store_.log().offsets().start, 100);
  EXPECT_EQ(store_.log().offsets().end, 100);
  store_.Reopen();
  EXPECT_EQ(store_.log().offsets().end, 100);
}

TEST_P(StoreConformance, RollsByTime) {
  LogConfig config;
  config.segment_ms = 1000;
  store_.Configure(config);
  const auto log_files = [&] {
    const std::vector<std::string> names = store_.FileNames();
    return std::count_if(names.begin(), names.end(),
                         [](const std::string& n) { return n.ends_with(".log"); });
  };
  store_.Append({"a"});
  store_.clock.Advance(1000);
  store_.Append({"b"});
  EXPECT_EQ(log_files(), 1);
  store_.clock.Advance(1);
  store_.Append({"c"});
  EXPECT_EQ(log_files(), 2);
  store_.clock.Advance(2000);
  store_.log().Maintain();
  EXPECT_EQ(log_files(), 3);
  store_.clock.Advance(5000);
  store_.log().Maintain();
  EXPECT_EQ(log_files(), 3);  // an empty segment does not roll
}

TEST_P(StoreConformance, TellsItsListener) {
  RecordingListener listener;
  store_.log().SetListener(&listener);
  const std::string batch = store_.Batch({"a", "b"});
  store_.AppendBytes(batch);
  EXPECT_EQ(listener.last.end, 2);
  EXPECT_EQ(listener.bytes, batch.size());
  store_.AppendBytes("junk");
  EXPECT_EQ(listener.ends.size(), 1U);
  ASSERT_TRUE(store_.log().TrimPrefix({}, 1).ok());
  EXPECT_EQ(listener.last.start, 1);
  EXPECT_EQ(listener.bytes, batch.size());
  ASSERT_TRUE(store_.store().Delete(store_.id()).ok());
  EXPECT_TRUE(listener.closed);
}

TEST_P(StoreConformance, DeletesWhileReadersHoldTheirSlices) {
  store_.Append({"kept"});
  ReadResult result;
  ASSERT_TRUE(store_.log().Read({.offset = 0, .offset_limit = 1, .max_bytes = 1000}, &result).ok());
  ASSERT_TRUE(store_.store().Delete(store_.id()).ok());
  EXPECT_TRUE(store_.FileNames().empty());
  EXPECT_FALSE(store_.files().Exists("topic"));
  EXPECT_EQ(StoreHarness::Decode(StoreHarness::Bytes(result.data)).front().value, "kept");
  EXPECT_EQ(store_.Append({"late"}).error, AppendError::kStorage);
  EXPECT_TRUE(store_.store().Delete(store_.id()).ok()) << "nothing is left to delete";
}

TEST_P(StoreConformance, DeletesWhatAnEarlierProcessWrote) {
  store_.Append({"old"});
  store_.ReopenStoreOnly();
  ASSERT_TRUE(store_.store().Delete(store_.id()).ok());
  EXPECT_FALSE(store_.files().Exists("topic"));
}

TEST_P(StoreConformance, NeverReadsATopicOfTheSameNameAndAnotherId) {
  store_.Append({"old"});
  store_.ChangeTopicId();
  const Result<std::shared_ptr<PartitionLog>> log = store_.store().Open(store_.id(), {});
  ASSERT_TRUE(log.ok());
  EXPECT_EQ((*log)->offsets().end, 0);
}

TEST_P(StoreConformance, RefusesNamesThatAreNoTopics) {
  for (const char* name : {"", ".", "..", "a/b", "../x", "a b", "\xc3\xa4"}) {
    EXPECT_EQ(store_.store().Open({name, {}, 0}, {}).status().code(), StatusCode::kInvalid) << name;
  }
  EXPECT_EQ(store_.store().Open({std::string(250, 'a'), {}, 0}, {}).status().code(),
            StatusCode::kInvalid);
  EXPECT_TRUE(store_.store().Open({std::string(249, 'a'), {}, 0}, {}).ok());
  EXPECT_EQ(store_.store().Open({"a", {}, -1}, {}).status().code(), StatusCode::kInvalid);
}

}  // namespace
}  // namespace odradek::storage
