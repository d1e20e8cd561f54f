#include "protocol/records/batch_rebuild.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <random>
#include <utility>
#include <vector>

#include "base/varint.h"
#include "protocol/records/batch_builder.h"

namespace odradek::records {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;
constexpr std::array kCodecs = {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4,
                                Codec::kZstd};

ValidationPolicy PolicyFor(Codec target, int32_t max_batch_size_bytes = 100 << 20) {
  return {.topic = "t",
          .partition = 3,
          .max_batch_size_bytes = max_batch_size_bytes,
          .timestamp_before_max_ms = INT64_MAX,
          .timestamp_after_max_ms = INT64_MAX,
          .target_codec = target};
}

// Of words, as large as they come together.
std::string Text(size_t size_bytes) {
  std::mt19937 random(static_cast<uint32_t>(size_bytes));
  std::string text;
  while (text.size() < size_bytes) text += std::to_string(random()) + " and ";
  text.resize(size_bytes);
  return text;
}

// A batch of `plain` records, compressed; `header` says the rest.
std::string Packed(Codec codec, std::string_view plain, const BatchOptions& options,
                   const RecordSpan& span) {
  std::string batch(kHeaderSizeBytes, '\0');
  EXPECT_TRUE(Compress(codec, kDefaultLevel, plain, &batch).ok());
  BatchOptions with_codec = options;
  with_codec.codec = codec;
  FillHeader(with_codec, span, &batch);
  return batch;
}

Result<std::string> RebuildOf(const std::string& batch, const ValidationPolicy& policy) {
  Decompressor decompressor;
  const BatchVerdict verdict = ValidateProduced(batch, policy, kNow, decompressor);
  EXPECT_EQ(verdict.error, BatchError::kNone) << verdict.message;
  const BatchView view(batch.data());
  decompressor.Start(view.codec(), view.records());
  return RebuildBatch(view, policy, verdict, kNow, decompressor);
}

std::string PlainOf(const std::string& batch) {
  std::string scratch;
  return std::string(PlainRecords(BatchView(batch.data()), &scratch).value());
}

// Records around the sizes of windows and blocks, and all that a record may have or not.
std::string Mixed(Codec codec) {
  BatchBuilder builder({.codec = codec, .producer_id = 9, .producer_epoch = 1, .base_sequence = 4});
  const std::string header_value = Text(300);
  const Header headers[] = {{"a", header_value}, {"", std::nullopt}};
  for (const size_t size :
       {size_t{0}, size_t{1}, Compressor::kBlockSizeBytes - 1, Compressor::kBlockSizeBytes,
        Decompressor::kWindowSizeBytes - 9, Decompressor::kWindowSizeBytes + 1, size_t{300'000}}) {
    builder.Add(kNow + 5 - builder.count(), Text(size / 2), Text(size), headers);
    builder.Add(kNow + builder.count() * 1000, std::nullopt, std::nullopt);
  }
  return builder.Finish().value();
}

TEST(BatchRebuild, KeepsRecordsWhateverTheCodecs) {
  for (const Codec from : kCodecs) {
    const std::string batch = Mixed(from);
    for (const Codec to : kCodecs) {
      SCOPED_TRACE(std::string(CodecName(from)) + " to " + std::string(CodecName(to)));
      const Result<std::string> rebuilt = RebuildOf(batch, PolicyFor(to));
      ASSERT_TRUE(rebuilt.ok()) << rebuilt.status().ToString();
      const BatchView view(rebuilt->data());
      EXPECT_EQ(view.size(), static_cast<int64_t>(rebuilt->size()));
      EXPECT_TRUE(view.IsIntact());
      EXPECT_EQ(view.codec(), to);
      EXPECT_EQ(view.base_sequence(), 4);
      EXPECT_EQ(view.count(), BatchView(batch.data()).count());
      EXPECT_EQ(view.base_timestamp(), BatchView(batch.data()).base_timestamp());
      EXPECT_EQ(view.max_timestamp(), BatchView(batch.data()).max_timestamp());
      EXPECT_EQ(PlainOf(*rebuilt), PlainOf(batch));
    }
  }
}

TEST(BatchRebuild, KeepsRecordsAtEveryLevel) {
  const std::string batch = Mixed(Codec::kNone);
  const std::pair<Codec, std::vector<int32_t>> levels_of[] = {
      {Codec::kGzip, {1, 9}}, {Codec::kLz4, {1, 9}}, {Codec::kZstd, {-5, 1, 19}}};
  for (const auto& [codec, levels] : levels_of) {
    for (const int32_t level : levels) {
      ValidationPolicy policy = PolicyFor(codec);
      policy.target_level = level;
      const Result<std::string> rebuilt = RebuildOf(batch, policy);
      ASSERT_TRUE(rebuilt.ok()) << rebuilt.status().ToString();
      EXPECT_EQ(PlainOf(*rebuilt), PlainOf(batch)) << CodecName(codec) << " " << level;
    }
  }
}

TEST(BatchRebuild, RefusesALevelThatGzipDoesNotHave) {
  ValidationPolicy policy = PolicyFor(Codec::kGzip);
  policy.target_level = 77;
  EXPECT_EQ(RebuildOf(Mixed(Codec::kNone), policy).status().code(), StatusCode::kInvalid);
}

TEST(BatchRebuild, GivesConsecutiveOffsets) {
  // Two records with the same offset, as some old clients wrote them.
  BatchBuilder one;
  one.Add(kNow, "a", "1");
  const std::string record = one.Finish().value().substr(kHeaderSizeBytes);
  const RecordSpan span = {.count = 2, .base_timestamp_ms = kNow, .max_timestamp_ms = kNow};
  const std::string batch = Packed(Codec::kGzip, record + record, {}, span);
  ValidationPolicy policy = PolicyFor(Codec::kGzip);
  policy.target_codec = std::nullopt;
  Decompressor decompressor;
  EXPECT_TRUE(ValidateProduced(batch, policy, kNow, decompressor).rebuild);
  policy.quick_bytes_max = 1 << 20;
  EXPECT_EQ(ValidateProduced(batch, policy, kNow, decompressor).error, BatchError::kTakesLong);
  policy.quick_bytes_max = std::nullopt;
  const Result<std::string> rebuilt = RebuildOf(batch, policy);
  ASSERT_TRUE(rebuilt.ok());
  EXPECT_FALSE(ValidateProduced(*rebuilt, policy, kNow, decompressor).rebuild);
  EXPECT_EQ(BatchView(rebuilt->data()).last_offset_delta(), 1);
}

// The first record's time becomes the base, where the client's base was another one.
TEST(BatchRebuild, CountsTimesFromTheFirstRecord) {
  BatchBuilder builder;
  for (const int64_t time : {kNow, kNow + 5, kNow - 3}) builder.Add(time, "k", "v");
  const std::string plain = builder.Finish().value().substr(kHeaderSizeBytes);
  const size_t rest = 5;  // key and value of a byte, each behind its size, and no headers
  const std::pair<int64_t, int64_t> bases_and_first_deltas[] = {
      {kNow, 100}, {kNow, -100}, {7, 1}, {INT64_MAX - 1, 0}, {INT64_MAX - 1, -100}};
  for (const auto& [base, first] : bases_and_first_deltas) {
    std::string sent;
    for (int32_t i = 0; i < 3; ++i) {
      char front[kRecordFrontSizeBytesMax];
      const int64_t delta = first + std::array{0, 5, -3}[static_cast<size_t>(i)];
      sent.append(front, PutRecordFront(front, delta, i, rest));
      sent.append(plain, plain.size() - rest);
    }
    const RecordSpan span = {.count = 3, .base_timestamp_ms = base, .max_timestamp_ms = 5};
    const Result<std::string> rebuilt =
        RebuildOf(Packed(Codec::kLz4, sent, {}, span), PolicyFor(Codec::kZstd));
    ASSERT_TRUE(rebuilt.ok());
    EXPECT_EQ(BatchView(rebuilt->data()).base_timestamp(), base + first);
    EXPECT_EQ(PlainOf(*rebuilt), plain);
  }
}

TEST(BatchRebuild, StampsTheTimeOfTheAppend) {
  ValidationPolicy policy = PolicyFor(Codec::kGzip);
  policy.log_append_time = true;
  const Result<std::string> rebuilt = RebuildOf(Mixed(Codec::kSnappy), policy);
  ASSERT_TRUE(rebuilt.ok());
  EXPECT_TRUE(BatchView(rebuilt->data()).is_log_append_time());
  EXPECT_EQ(BatchView(rebuilt->data()).max_timestamp(), kNow);
}

TEST(BatchRebuild, RefusesWhatIsLargerThanTheLimitAndNothingElse) {
  const std::string batch = Mixed(Codec::kZstd);
  for (const Codec to : kCodecs) {
    const std::string whole = RebuildOf(batch, PolicyFor(to)).value();
    const auto size = static_cast<int32_t>(whole.size());
    Decompressor decompressor;
    const BatchView view(batch.data());
    const BatchVerdict verdict = ValidateProduced(batch, PolicyFor(to), kNow, decompressor);
    const auto with_limit = [&](int32_t limit) {
      decompressor.Start(view.codec(), view.records());
      return RebuildBatch(view, PolicyFor(to, limit), verdict, kNow, decompressor);
    };
    EXPECT_TRUE(with_limit(size).ok()) << CodecName(to);
    EXPECT_EQ(with_limit(size - 1).status().code(), StatusCode::kFull) << CodecName(to);
    EXPECT_EQ(with_limit(0).status().code(), StatusCode::kFull) << CodecName(to);
  }
}

// One record of many zeros, which are nowhere as a whole, and the largest heap while they are read.
class Zeros final : public ByteSource {
 public:
  static constexpr int32_t kSizeBytes = 64 << 20;

  Zeros() : zeros_(64 * 1024, '\0'), before_(HeapBytes()) {
    char sizes[2 * kVarint32SizeBytesMax];
    char* const sizes_end = PutUvarint(sizes, ZigZag32(kSizeBytes));
    const std::string front = std::string(3, '\0') + '\1';  // no key
    const auto value_size = std::string(sizes, static_cast<size_t>(sizes_end - sizes));
    const auto body = static_cast<int32_t>(front.size() + value_size.size()) + kSizeBytes + 1;
    char* const body_end = PutUvarint(sizes, ZigZag32(body));
    first_ = std::string(sizes, static_cast<size_t>(body_end - sizes)) + front + value_size;
  }
  Result<std::string_view> NextPiece() override {
    peak_ = std::max(peak_, HeapBytes());
    if (!std::exchange(begun_, true)) return std::string_view(first_);
    const size_t size = std::min(zeros_.size(), left_);
    left_ -= size;
    return std::string_view(zeros_).substr(0, size);
  }
  size_t peak() const { return peak_ - before_; }
  size_t left() const { return left_; }

 private:
  // With what the codecs take; 0 under a sanitizer.
  static size_t HeapBytes() {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
  }

  const std::string zeros_;
  const size_t before_;
  std::string first_;
  bool begun_ = false;
  size_t left_ = size_t{kSizeBytes} + 1;  // the last is the number of headers
  size_t peak_ = 0;
};

TEST(BatchRebuild, HoldsAWindowOfWhatIsDecompressedAndStopsAtTheLimit) {
  BatchBuilder builder;
  builder.Add(kNow, std::nullopt, "");
  const std::string batch = builder.Finish().value();
  for (const Codec to : kCodecs) {
    Zeros zeros;
    BatchVerdict verdict;
    verdict.decompressed_bytes = size_t{Zeros::kSizeBytes};
    const Result<std::string> rebuilt =
        RebuildBatch(BatchView(batch.data()), PolicyFor(to, 1 << 20), verdict, kNow, zeros);
    EXPECT_LT(zeros.peak(), 16U << 20) << CodecName(to);
    EXPECT_EQ(rebuilt.ok(), zeros.left() == 0) << CodecName(to);
    EXPECT_EQ(zeros.left() > 62U << 20, to == Codec::kNone) << CodecName(to);
  }
}

}  // namespace
}  // namespace odradek::records
