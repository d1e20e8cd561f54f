// What compaction keeps of single batches, byte by byte where it matters.
#include "storage/local/cleaner_filter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "protocol/records/batch_builder.h"
#include "protocol/records/compression.h"
#include "protocol/records/control_record.h"

namespace odradek::storage {
namespace {

using records::BatchOptions;
using records::BatchView;
constexpr Millis kNow = 1'000'000;
constexpr Millis kRetentionMs = 100;
constexpr int64_t kMappedEnd = 1000;

struct KeyValue {
  std::string key;
  std::optional<std::string> value;
  Millis timestamp_ms = 0;
};

std::string Build(const BatchOptions& options, const std::vector<KeyValue>& content) {
  records::BatchBuilder builder(options);
  for (const KeyValue& record : content) builder.Add(record.timestamp_ms, record.key, record.value);
  return std::move(builder.Finish()).value();
}

std::string MarkerAt(int64_t offset, int64_t producer, bool commit) {
  std::string marker = records::MakeEndMarkerBatch(producer, 0, {commit, 0}, 5);
  records::SetBaseOffset(marker.data(), offset);
  return marker;
}

class Filter : public ::testing::Test {
 protected:
  Filter() {
    facts_.now_ms = kNow;
    facts_.tombstone_retention_ms = kRetentionMs;
  }

  // A new pass.
  BatchFilter& Begin() { return filter_.emplace(facts_, map_, kMappedEnd); }
  std::string Pass(const std::string& batch) {
    if (!filter_.has_value()) Begin();
    const Result<std::string_view> kept = filter_->Filter(BatchView(batch.data()));
    EXPECT_TRUE(kept.ok()) << kept.status().ToString();
    if (!kept.ok() || kept->empty()) return std::string();
    EXPECT_TRUE(BatchView(kept->data()).IsIntact());
    EXPECT_EQ(BatchView(kept->data()).size(), static_cast<int64_t>(kept->size()));
    return std::string(*kept);
  }
  static std::vector<std::string> Show(const std::string& batch) {
    const BatchView view(batch.data());
    std::string scratch;
    const Result<std::string_view> plain = PlainRecords(view, &scratch);
    EXPECT_TRUE(plain.ok());
    records::RecordCursor cursor(*plain);
    records::Record record;
    std::vector<std::string> shown;
    while (cursor.Next(&record)) {
      shown.push_back(std::to_string(view.base_offset() + record.offset_delta) + "@" +
                      std::to_string(view.base_timestamp() + record.timestamp_delta) + " " +
                      std::string(*record.key) + "=" +
                      std::string(record.value.value_or("(null)")));
    }
    EXPECT_TRUE(cursor.ok());
    EXPECT_EQ(static_cast<size_t>(view.count()), shown.size());
    return shown;
  }
  static bool HasHorizon(const std::string& batch) {
    return (BatchView(batch.data()).attributes() & records::attribute::kDeleteHorizon) != 0;
  }

  OffsetMap map_{{1, 2}, 100'000, 0.9};
  CleanerFacts facts_;
  std::optional<BatchFilter> filter_;
};

TEST_F(Filter, ABatchThatLosesNothingKeepsItsBytes) {
  map_.Put("a", 10);
  const std::string batch =
      Build({.base_offset = 10, .codec = records::Codec::kZstd}, {{"a", "1"}});
  EXPECT_EQ(Pass(batch), batch);
}

TEST_F(Filter, ABatchThatLosesRecordsKeepsItsPlaceAndItsProducer) {
  map_.Put("a", 12);
  map_.Put("b", 11);
  for (int codec = 0; codec < records::kCodecCount; ++codec) {
    const std::string batch = Build({.base_offset = 10,
                                     .leader_epoch = 7,
                                     .codec = static_cast<records::Codec>(codec),
                                     .producer_id = 3,
                                     .producer_epoch = 4,
                                     .base_sequence = 5},
                                    {{"a", "old", 900},
                                     {"b", "kept", 700},
                                     {"a", "kept", 800},
                                     {"b", "not in the map: old", 950}});
    map_.Put("b", 11);
    const std::string kept = Pass(batch);
    const BatchView view(kept.data());
    // The last "b" is behind what the map says of its key: newer, so it stays as well.
    EXPECT_EQ(Show(kept), (std::vector<std::string>{"11@700 b=kept", "12@800 a=kept",
                                                    "13@950 b=not in the map: old"}));
    EXPECT_EQ(view.base_offset(), 10);
    EXPECT_EQ(view.last_offset(), 13);
    EXPECT_EQ(view.codec_number(), codec);
    EXPECT_EQ(view.leader_epoch(), 7);
    EXPECT_EQ(view.producer_id(), 3);
    EXPECT_EQ(view.last_sequence(), 8);
    EXPECT_EQ(view.max_timestamp(), 950);
    EXPECT_FALSE(HasHorizon(kept));
  }
}

TEST_F(Filter, RecordsBehindTheMapStay) {
  const std::string batch = Build({.base_offset = kMappedEnd}, {{"a", "1"}, {"a", std::nullopt}});
  EXPECT_EQ(Pass(batch), batch);
  const std::string across = Build({.base_offset = kMappedEnd - 1}, {{"a", "1"}, {"a", "2"}});
  map_.Put("a", kMappedEnd - 1);
  EXPECT_EQ(Pass(across), across);
}

TEST_F(Filter, TheTimeOfTheAppendIsTheTimeOfWhatStays) {
  map_.Put("a", 11);
  const std::string batch = Build({.base_offset = 10, .log_append_time_ms = 77},
                                  {{"a", "old", 900}, {"a", std::nullopt, 700}});
  const std::string kept = Pass(batch);
  EXPECT_TRUE(BatchView(kept.data()).is_log_append_time());
  EXPECT_EQ(BatchView(kept.data()).max_timestamp(), 77);
  EXPECT_TRUE(HasHorizon(kept));
}

TEST_F(Filter, ATombstoneGoesWhenItsHorizonHasPassed) {
  map_.Put("a", 10);
  map_.Put("b", 11);
  const std::string batch = Build({.base_offset = 10, .codec = records::Codec::kGzip},
                                  {{"a", std::nullopt, 900}, {"b", "value", 950}});
  const std::string marked = Pass(batch);
  EXPECT_TRUE(HasHorizon(marked));
  EXPECT_EQ(BatchView(marked.data()).base_timestamp(), kNow + kRetentionMs);
  EXPECT_EQ(BatchView(marked.data()).max_timestamp(), 950);
  EXPECT_EQ(Show(marked), (std::vector<std::string>{"10@900 a=(null)", "11@950 b=value"}));

  facts_.now_ms = kNow + kRetentionMs - 1;
  Begin();
  EXPECT_EQ(Pass(marked), marked) << "a horizon once set stays";
  facts_.now_ms = kNow + kRetentionMs;
  Begin();
  const std::string last = Pass(marked);
  EXPECT_EQ(Show(last), std::vector<std::string>{"11@950 b=value"});
}

TEST_F(Filter, ARecordWithoutKeyGoes) {
  records::BatchBuilder builder({.base_offset = 5});
  builder.Add(1, std::nullopt, "from before the topic was compacted");
  EXPECT_EQ(Pass(std::move(builder.Finish()).value()), "");
}

TEST_F(Filter, TheLastBatchOfAProducerAndOfTheLogStayWithoutRecords) {
  map_.Put("a", 100);
  const auto batch = [](int64_t offset, int64_t producer) {
    return Build({.base_offset = offset,
                  .leader_epoch = 2,
                  .codec = records::Codec::kLz4,
                  .producer_id = producer,
                  .producer_epoch = 1,
                  .base_sequence = 8},
                 {{"a", "old", 50}, {"a", "old", 60}});
  };
  facts_.producers = {{1, {.offset = 21, .epoch = 1}}, {2, {.offset = 99, .epoch = 1}}};
  facts_.high_watermark = 42;
  EXPECT_EQ(Pass(batch(10, 1)), "");
  EXPECT_EQ(Pass(batch(30, 2)), "");
  EXPECT_EQ(Pass(batch(32, 3)), "");
  for (const int64_t offset : {20, 40}) {
    const std::string kept = Pass(batch(offset, 1));
    const BatchView view(kept.data());
    EXPECT_EQ(kept.size(), records::kHeaderSizeBytes);
    EXPECT_EQ(view.count(), 0);
    EXPECT_EQ(view.codec_number(), 0);
    EXPECT_EQ(view.last_offset(), offset + 1);
    EXPECT_EQ(view.last_sequence(), 9);
    EXPECT_EQ(view.max_timestamp(), 60);
    EXPECT_EQ(Pass(kept), kept) << "and so they stay";
  }
}

TEST_F(Filter, AbortedRecordsGoAndTheirMarkerFollowsAPassLater) {
  facts_.aborted = {{.producer_id = 1, .first_offset = 10, .last_offset = 12, .stable_offset = 13}};
  const std::string data = Build({.base_offset = 10,
                                  .producer_id = 1,
                                  .producer_epoch = 0,
                                  .base_sequence = 0,
                                  .transactional = true},
                                 {{"a", "aborted"}});
  const std::string marker = MarkerAt(12, 1, false);
  EXPECT_EQ(Pass(data), "");
  EXPECT_EQ(Pass(marker), marker);
  EXPECT_EQ(filter_->transactions().TakeVanished(), std::vector<int64_t>{12});

  facts_.aborted.clear();
  Begin();
  const std::string marked = Pass(marker);
  EXPECT_TRUE(HasHorizon(marked));
  EXPECT_FALSE(records::ReadEndMarker(BatchView(marked.data()))->commit);
  EXPECT_EQ(BatchView(marked.data()).max_timestamp(), 5);
  facts_.now_ms += kRetentionMs - 1;
  Begin();
  EXPECT_EQ(Pass(marked), marked);
  facts_.now_ms += 1;
  Begin();
  EXPECT_EQ(Pass(marked), "");
  facts_.producers = {{1, {.offset = -1, .epoch = 0}}};
  Begin();
  EXPECT_EQ(Pass(marked), marked) << "it tells the epoch of a producer that is remembered";
}

TEST_F(Filter, AMarkerStaysWhileABatchOfItsTransactionDoes) {
  map_.Put("a", 10);
  const std::string data = Build({.base_offset = 10,
                                  .producer_id = 1,
                                  .producer_epoch = 0,
                                  .base_sequence = 0,
                                  .transactional = true},
                                 {{"a", "committed"}});
  const std::string marker = MarkerAt(11, 1, true);
  EXPECT_EQ(Pass(data), data);
  EXPECT_EQ(Pass(marker), marker);
  EXPECT_TRUE(HasHorizon(Pass(marker))) << "another marker, of which nothing is left";
}

TEST_F(Filter, AnAbortedBatchThatStaysForItsProducerKeepsItsTransaction) {
  facts_.aborted = {{.producer_id = 1, .first_offset = 10, .last_offset = 12, .stable_offset = 13}};
  facts_.producers = {{1, {.offset = 10, .epoch = 0}}};
  const std::string data = Build({.base_offset = 10,
                                  .producer_id = 1,
                                  .producer_epoch = 0,
                                  .base_sequence = 0,
                                  .transactional = true},
                                 {{"a", "aborted"}});
  EXPECT_EQ(BatchView(Pass(data).data()).count(), 0);
  EXPECT_EQ(Pass(MarkerAt(12, 1, false)), MarkerAt(12, 1, false));
  EXPECT_TRUE(filter_->transactions().TakeVanished().empty());
}

TEST_F(Filter, ABatchThatCannotBeReadEndsThePass) {
  std::string batch = Build({.base_offset = 1}, {{"a", "value"}});
  StoreBig(batch.data() + records::field::kCount, int32_t{2});
  EXPECT_EQ(Begin().Filter(BatchView(batch.data())).status().code(), StatusCode::kCorrupt);
  StoreBig(batch.data() + records::field::kAttributes, int16_t{7});
  EXPECT_EQ(Begin().Filter(BatchView(batch.data())).status().code(), StatusCode::kCorrupt);
}

}  // namespace
}  // namespace odradek::storage
