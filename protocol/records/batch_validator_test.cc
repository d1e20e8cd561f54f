#include "protocol/records/batch_validator.h"

#include <gtest/gtest.h>

#include "protocol/records/batch_builder.h"

namespace odradek::records {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;

ValidationPolicy Policy() {
  return {.topic = "t",
          .partition = 3,
          .max_batch_size_bytes = 1'048'588,
          .timestamp_before_max_ms = INT64_MAX,
          .timestamp_after_max_ms = 3'600'000};
}

std::string Batch(const BatchOptions& options = {}, int records = 3,
                  int64_t timestamp = kNow - 1000) {
  BatchBuilder builder(options);
  for (int i = 0; i < records; ++i) builder.Add(timestamp + i, "key", std::string(i * 10, 'v'));
  return std::move(builder.Finish()).value();
}

BatchVerdict Validate(const std::string& bytes, const ValidationPolicy& policy = Policy()) {
  Decompressor decompressor;
  return ValidateProduced(bytes, policy, kNow, decompressor);
}

// Changes a field and corrects the checksum.
template <class T>
std::string With(std::string batch, size_t at, T value) {
  StoreBig(batch.data() + at, value);
  StampCrc(batch.data());
  return batch;
}

TEST(BatchValidator, AcceptsEveryCodec) {
  for (const Codec codec :
       {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    const std::string batch = Batch({.codec = codec});
    const BatchVerdict verdict = Validate(batch);
    EXPECT_EQ(verdict.error, BatchError::kNone) << CodecName(codec) << ": " << verdict.message;
    EXPECT_EQ(verdict.size_bytes, batch.size());
    EXPECT_EQ(verdict.max_timestamp_ms, kNow - 1000 + 2);
    EXPECT_FALSE(verdict.rebuild);
  }
}

TEST(BatchValidator, IgnoresAStumpBehindTheBatchButNotASecondBatch) {
  const std::string batch = Batch();
  for (size_t size = 1; size < batch.size(); ++size) {
    const BatchVerdict verdict = Validate(batch + batch.substr(0, size));
    ASSERT_EQ(verdict.error, BatchError::kNone) << size;
    ASSERT_EQ(verdict.size_bytes, batch.size());
  }
  EXPECT_EQ(Validate(batch + batch).error, BatchError::kNotOneBatch);
  EXPECT_EQ(Validate("").error, BatchError::kNotOneBatch);
  EXPECT_EQ(Validate(batch.substr(0, batch.size() - 1)).error, BatchError::kNotOneBatch);
}

TEST(BatchValidator, TellsCorruptFromInvalid) {
  const std::string batch = Batch();
  for (size_t at = kCrcFrom; at < batch.size(); ++at) {
    std::string damaged = batch;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    ASSERT_EQ(Validate(damaged).error, BatchError::kCorrupt) << at;
  }
  EXPECT_EQ(Validate(With(batch, field::kBaseOffset, int64_t{1})).error,
            BatchError::kInvalidRecord);
  std::string magic = batch;
  magic[field::kMagic] = 1;
  EXPECT_EQ(Validate(magic).error, BatchError::kNotOneBatch);
  magic[field::kMagic] = 3;
  EXPECT_EQ(Validate(magic).error, BatchError::kCorrupt);
  EXPECT_EQ(Validate(With(batch, field::kLength, int32_t{13})).error, BatchError::kCorrupt);
}

TEST(BatchValidator, RefusesHeadersThatContradictThemselves) {
  const std::string batch = Batch();
  const auto error = [](const std::string& bytes) { return Validate(bytes).error; };
  EXPECT_EQ(error(With(batch, field::kLastOffsetDelta, int32_t{-1})), BatchError::kInvalidRecord);
  EXPECT_EQ(error(With(batch, field::kCount, int32_t{0})), BatchError::kInvalidRecord);
  EXPECT_EQ(error(With(batch, field::kCount, int32_t{4})), BatchError::kInvalidRecord);
  EXPECT_EQ(error(With(batch, field::kAttributes, attribute::kControl)),
            BatchError::kInvalidRecord);
  EXPECT_EQ(error(With(batch, field::kAttributes, int16_t{5})), BatchError::kUndecodable);
  EXPECT_EQ(error(With(batch, field::kProducerId, int64_t{7})), BatchError::kInvalidRecord);
  EXPECT_EQ(error(Batch({.producer_id = 7, .producer_epoch = 0, .base_sequence = 0})),
            BatchError::kNone);
}

TEST(BatchValidator, RefusesCountsThatTheRecordsDoNotHold) {
  for (const Codec codec : {Codec::kNone, Codec::kZstd}) {
    for (const int32_t count : {2, 4}) {
      std::string batch = With(Batch({.codec = codec}), field::kCount, count);
      batch = With(batch, field::kLastOffsetDelta, count - 1);
      EXPECT_EQ(Validate(batch).error, BatchError::kInvalidRecord) << count;
    }
  }
}

TEST(BatchValidator, RefusesBatchesAboveTheTopicsLimit) {
  const std::string batch = Batch();
  ValidationPolicy policy = Policy();
  policy.max_batch_size_bytes = static_cast<int32_t>(batch.size());
  EXPECT_EQ(Validate(batch, policy).error, BatchError::kNone);
  policy.max_batch_size_bytes -= 1;
  EXPECT_EQ(Validate(batch, policy).error, BatchError::kTooLarge);
}

TEST(BatchValidator, ListsKeylessRecordsOfCompactedTopics) {
  BatchBuilder builder;
  builder.Add(kNow, "k", "v");
  builder.Add(kNow, std::nullopt, "v");
  builder.Add(kNow, std::nullopt, "v");
  const std::string batch = std::move(builder.Finish()).value();
  EXPECT_EQ(Validate(batch).error, BatchError::kNone);
  ValidationPolicy policy = Policy();
  policy.compacted = true;
  const BatchVerdict verdict = Validate(batch, policy);
  EXPECT_EQ(verdict.error, BatchError::kInvalidRecord);
  ASSERT_EQ(verdict.issues.size(), 2u);
  EXPECT_EQ(verdict.issues[0].index, 1);
  EXPECT_EQ(verdict.issues[0].message,
            "Compacted topic cannot accept message without key in topic partition t-3");
  EXPECT_NE(verdict.message.find("due to 2 record errors in total"), std::string::npos);
}

TEST(BatchValidator, HoldsTimestampsToTheWindow) {
  EXPECT_EQ(Validate(Batch({}, 1, kNow + 3'600'000)).error, BatchError::kNone);
  EXPECT_EQ(Validate(Batch({}, 1, kNow + 3'600'001)).error, BatchError::kInvalidTimestamp);
  EXPECT_EQ(Validate(Batch({}, 1, 0)).error, BatchError::kNone);
  EXPECT_EQ(Validate(Batch({}, 1, -1)).error, BatchError::kNone);
  ValidationPolicy policy = Policy();
  policy.timestamp_before_max_ms = 1000;
  EXPECT_EQ(Validate(Batch({}, 1, kNow - 1000), policy).error, BatchError::kNone);
  EXPECT_EQ(Validate(Batch({}, 1, kNow - 1001), policy).error, BatchError::kInvalidTimestamp);
  policy.log_append_time = true;
  const BatchVerdict stamped = Validate(Batch({}, 1, kNow - 1001), policy);
  EXPECT_EQ(stamped.error, BatchError::kNone);
  EXPECT_EQ(stamped.max_timestamp_ms, kNow);
}

TEST(BatchValidator, RefusesTheStampBitOfClientsWhereItWouldStay) {
  const std::string stamped = Batch({.log_append_time_ms = kNow});
  EXPECT_EQ(Validate(stamped).error, BatchError::kNone);  // cleared silently
  ValidationPolicy policy = Policy();
  policy.log_append_time = true;
  EXPECT_EQ(Validate(stamped, policy).error, BatchError::kInvalidTimestamp);
  EXPECT_EQ(Validate(Batch({.log_append_time_ms = -1})).error, BatchError::kInvalidTimestamp);
}

TEST(BatchValidator, FindsTheLargestTimestampThatTheHeaderHides) {
  const std::string batch = With(Batch(), field::kMaxTimestamp, int64_t{5});
  EXPECT_EQ(Validate(batch).max_timestamp_ms, kNow - 1000 + 2);
}

TEST(BatchValidator, LeavesWhatTakesLongToWhoHasTime) {
  const size_t plain = Batch().size() - kHeaderSizeBytes;
  ValidationPolicy policy = Policy();
  for (const Codec codec : {Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    const std::string batch = Batch({.codec = codec});
    policy.quick_bytes_max = plain;
    EXPECT_EQ(Validate(batch, policy).error, BatchError::kNone) << CodecName(codec);
    EXPECT_EQ(Validate(batch, policy).decompressed_bytes, plain) << CodecName(codec);
    for (const size_t limit : {plain - 1, size_t{0}}) {
      policy.quick_bytes_max = limit;
      EXPECT_EQ(Validate(batch, policy).error, BatchError::kTakesLong) << CodecName(codec);
    }
    EXPECT_EQ(Validate(With(batch, field::kAttributes, attribute::kControl), policy).error,
              BatchError::kInvalidRecord)
        << "it takes no look at the records";
  }
  EXPECT_EQ(Validate(Batch(), policy).error, BatchError::kNone) << "nothing to decompress";
  policy.quick_bytes_max = 1 << 20;
  const std::string no_zstd = With(Batch(), field::kAttributes, int16_t{4});
  EXPECT_EQ(Validate(no_zstd, policy).error, BatchError::kUndecodable);
  policy.target_codec = Codec::kGzip;
  EXPECT_EQ(Validate(Batch(), policy).error, BatchError::kTakesLong);
  EXPECT_EQ(Validate(Batch({.codec = Codec::kGzip}), policy).error, BatchError::kNone);
}

TEST(BatchValidator, AsksForAnotherCodec) {
  for (const Codec from : {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    for (const Codec to : {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
      ValidationPolicy policy = Policy();
      policy.target_codec = to;
      EXPECT_EQ(Validate(Batch({.codec = from}), policy).rebuild, from != to);
    }
  }
}

}  // namespace
}  // namespace odradek::records
