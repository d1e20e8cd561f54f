// What verify says of damaged batches and segments.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "inspect/testing/verify_fixture.h"
#include "storage/local/damage.h"
#include "storage/local/header_scan.h"
#include "storage/local/log_checkpoint.h"

namespace odradek::inspect {
namespace {

class VerifyTest : public VerifyFixture {};

TEST_F(VerifyTest, FindsNothingAfterACleanStop) {
  EXPECT_EQ(Run(), "");
  EXPECT_EQ(totals_.partitions, 1);
  EXPECT_EQ(totals_.segments, static_cast<int64_t>(logs_.size()));
  EXPECT_EQ(totals_.batches, 24);
  EXPECT_EQ(totals_.records, 24);
  ASSERT_GT(logs_.size(), 3u);
}

TEST_F(VerifyTest, TellsTheRangeAndTheProducerOfADamagedBatch) {
  std::string bytes = Read(kFirst);
  bytes[100] = 'x';
  Write(kFirst, bytes);
  ExpectDamage(kFirst +
               ": damage reason: the checksum of a batch is wrong acked_loss: yes "
               "from_byte: 0 to_byte: ");
  EXPECT_NE(Run().find("from_offset: 0 to_offset: 1 producers_affected: [7]"), std::string::npos);
  EXPECT_EQ(damage_, 1);
}

// Before a start and after it, by which the store knows.
TEST_F(VerifyTest, TellsADamageOnce) {
  for (const std::string& log : {logs_[1], logs_.back()}) {
    const std::string sound = Read(log);
    std::string flipped = sound;
    flipped[100] ^= 1;
    std::string headless = sound;
    headless[16] = 9;  // magic
    for (const std::string& bytes : {flipped, headless, sound.substr(0, sound.size() - 10),
                                     sound.substr(0, 20), std::string()}) {
      const auto image = Image();
      Write(log, bytes);
      const std::string before = Run();
      EXPECT_EQ(damage_, 1) << before;
      store_.Reopen();
      ReadThrough();
      ASSERT_TRUE(store_.store().Close().ok());
      const std::string rows = Run();
      EXPECT_EQ(damage_, 1) << rows;
      EXPECT_NE(rows.find("known to be damaged, and not served acked_loss: yes"), std::string::npos)
          << rows;
      EXPECT_EQ(rows.find("to_offset: -1"), std::string::npos) << rows;
      store_.Crash();
      Restore(image);
    }
  }
}

// Wherever in a header it is, and whether the log is known to have no gaps by the checkpoint or by
// the metadata.
TEST_F(VerifyTest, AFlippedBitInAHeaderIsToldAsDamageOfThatBatchAlone) {
  const std::string& log = logs_[1];
  const std::string sound = Read(log);
  const auto base = storage::ParseOffsetFileName(log.substr(log.size() - 24), storage::kLogSuffix);
  ASSERT_TRUE(base.has_value());
  const auto size = static_cast<size_t>(records::BatchView(sound.data()).size());
  ASSERT_GE(sound.size(), 3 * size);
  const auto told = [](std::string_view name, size_t from) {
    return std::string(name) + ": " + std::to_string(from);
  };
  for (const bool has_checkpoint : {true, false}) {
    if (!has_checkpoint) {
      ASSERT_TRUE(files().Remove("topic/3/log.checkpoint").ok());
    }
    for (size_t bit = 0; bit < 8 * records::kHeaderSizeBytes; ++bit) {
      const size_t at = bit / 8;
      const bool is_epoch = at >= records::field::kLeaderEpoch && at < records::field::kMagic;
      std::string flipped = sound;
      flipped[size + at] ^= static_cast<char>(1 << (bit % 8));
      Write(log, flipped);
      const std::string rows = Run();
      ASSERT_EQ(damage_, 1) << bit << rows;
      ASSERT_EQ(harmless_, has_checkpoint ? 0 : 1) << bit << rows;
      ASSERT_EQ(totals_.records, is_epoch ? 24 : 23) << bit;
      if (is_epoch) continue;  // by the checksum over the segment
      const std::string bytes = told("from_byte", size) + " " + told("to_byte", 2 * size) + " " +
                                told("from_offset", static_cast<size_t>(*base) + 1) + " " +
                                told("to_offset", static_cast<size_t>(*base) + 2);
      ASSERT_NE(rows.find(bytes), std::string::npos) << bit << rows;
      if (at >= records::field::kMagic) continue;
      const bool tells = storage::IsSoundHeader(records::BatchView(flipped.data() + size));
      ASSERT_EQ(rows.find("producers_affected: [7]") != std::string::npos, tells) << bit << rows;
    }
  }
}

TEST_F(VerifyTest, AnOffsetThatIsTooLargeIsToldForItselfWhereThereMayBeGapsToo) {
  const std::string path = "topic/3/log.checkpoint";
  auto checkpoint = storage::LogCheckpoint::Decode(Read(path));
  ASSERT_TRUE(checkpoint.has_value());
  for (storage::SegmentSummary& segment : checkpoint->segments) --segment.record_count;
  Write(path, checkpoint->Encode());
  ASSERT_EQ(Run(), "");
  const std::string sound = Read(logs_.back());
  for (size_t at = 0; at < 8; ++at) {
    std::string flipped = sound;
    flipped[at] ^= 0x40;
    Write(logs_.back(), flipped);
    const std::string rows = Run();
    EXPECT_EQ(damage_, 1) << rows;
    EXPECT_NE(rows.find("from_offset: 21 to_offset: 22"), std::string::npos) << rows;
    EXPECT_EQ(totals_.records, 23);
  }
}

// The other segments go on where it would have.
TEST_F(VerifyTest, ADamagedEndOfASegmentIsToldOnceWithoutACheckpointToo) {
  ASSERT_TRUE(files().Remove("topic/3/log.checkpoint").ok());
  const std::string sound = Read(logs_[1]);
  const auto size = static_cast<size_t>(records::BatchView(sound.data()).size());
  for (const size_t at : {size_t{7}, records::field::kLength + 3, records::field::kCrc}) {
    std::string flipped = sound;
    flipped[sound.size() - size + at] ^= 1;
    Write(logs_[1], flipped);
    const std::string rows = Run();
    EXPECT_EQ(damage_, 1) << rows;
    EXPECT_NE(rows.find("to_byte: " + std::to_string(sound.size())), std::string::npos) << rows;
    EXPECT_EQ(rows.find("to_offset: -1"), std::string::npos) << rows;
    EXPECT_EQ(totals_.records, 23);
  }
}

// As a start with `process` judges it, though footers are there.
TEST_F(VerifyTest, ATornTailIsHarmlessWithoutACheckpoint) {
  ASSERT_TRUE(files().Remove("topic/3/log.checkpoint").ok());
  const std::string sound = Read(logs_.back());
  Write(logs_.back(), sound.substr(0, sound.size() - 10));
  const std::string rows = Run();
  EXPECT_EQ(damage_, 0) << rows;
  EXPECT_NE(rows.find(logs_.back() + ": harmless reason: a torn tail acked_loss: unknown"),
            std::string::npos)
      << rows;
}

TEST_F(VerifyTest, DamageBesideKnownDamageIsToldForItself) {
  std::string bytes = Read(kFirst);
  const auto size = static_cast<size_t>(records::BatchView(bytes.data()).size());
  bytes[size + 100] ^= 1;
  Write(kFirst, bytes);
  store_.Reopen();
  ReadThrough();
  ASSERT_TRUE(store_.store().Close().ok());
  for (const size_t at : {size_t{0}, 2 * size}) {
    std::string more = bytes;
    more[at + 7] ^= 1;  // base offset
    Write(kFirst, more);
    const std::string rows = Run();
    EXPECT_EQ(damage_, 2) << rows;
    EXPECT_NE(rows.find("known to be damaged, and not served"), std::string::npos) << rows;
    EXPECT_NE(rows.find("the offsets of a batch are wrong acked_loss: yes from_byte: " +
                        std::to_string(at) + " to_byte: " + std::to_string(at + size)),
              std::string::npos)
        << rows;
    EXPECT_EQ(totals_.records, 22);
  }
}

TEST_F(VerifyTest, TellsWhereNoBatchBegins) {
  std::string bytes = Read(kFirst);
  bytes[16] = 9;  // magic
  Write(kFirst, bytes);
  ExpectDamage(kFirst + ": damage reason: no batch begins where one should acked_loss: yes");
}

// As Kafka, Produce looks at these only where it has to decompress them.
TEST_F(VerifyTest, OffsetsThatAProducerGotWrongAreNoDamage) {
  ASSERT_TRUE(files().Remove("topic/3/log.checkpoint").ok());  // it knows where the log ends
  for (const std::vector<int32_t>& deltas : {std::vector{-4, 1, 2}, std::vector{0, 0, 0}}) {
    std::string bytes = store_.Batch({"a", "b", "c"});
    size_t at = records::kHeaderSizeBytes;
    const size_t record_size = (bytes.size() - at) / deltas.size();
    for (const int32_t delta : deltas) {
      bytes[at + 3] = static_cast<char>(delta < 0 ? -2 * delta - 1 : 2 * delta);  // zigzag
      at += record_size;
    }
    records::SetBaseOffset(bytes.data(), deltas[0] == 0 ? 27 : 24);
    records::StampCrc(bytes.data());
    Write(logs_.back(), Read(logs_.back()) + bytes);
    ExpectHarmless("numbered its records wrongly; they are served so acked_loss: no");
  }
  EXPECT_EQ(harmless_, 3);  // the checkpoint with them
  EXPECT_EQ(totals_.records, 30);
}

TEST_F(VerifyTest, WhatStandsBehindAClosedLogIsHarmless) {
  Write(logs_.back(), Read(logs_.back()) + "torn");
  ExpectHarmless(logs_.back() +
                 ": harmless reason: bytes behind the end of what was written acked_loss: no");
}

TEST_F(VerifyTest, WhatStandsBehindASegmentThatIsKnownToEndIsHarmless) {
  Write(logs_[1], Read(logs_[1]) + std::string(100, 'x'));
  ExpectHarmless(logs_[1] +
                 ": harmless reason: bytes behind the end of what was written acked_loss: no");
  EXPECT_EQ(harmless_, 1);
  EXPECT_EQ(totals_.records, 24);
}

// A start takes what was appended since for no part of the log.
TEST_F(VerifyTest, ACheckpointOfAnEarlierStopIsDamage) {
  const std::string path = "topic/3/log.checkpoint";
  const std::string older = Read(path);
  const auto size = std::to_string(Read(logs_.back()).size());
  store_.Configure({});
  store_.Reopen();
  store_.Append({"late"});
  ASSERT_TRUE(store_.store().Close().ok());
  ASSERT_EQ(Run(), "");
  ASSERT_EQ(totals_.records, 25);
  Write(path, older);
  ExpectDamage(logs_.back() + ": damage reason: bytes behind the end of what was written " +
               "acked_loss: unknown from_byte: " + size);
  EXPECT_EQ(damage_, 1);
  EXPECT_EQ(totals_.records, 24);
}

TEST_F(VerifyTest, AShorterSegmentIsDamage) {
  Write(logs_.back(), "");
  ExpectDamage("shorter than the checkpoint vouches for acked_loss: yes");
}

TEST_F(VerifyTest, AMissingSegmentIsDamage) {
  ASSERT_TRUE(files().Remove(logs_[1]).ok());
  ExpectDamage(logs_[1] + ": damage reason: the checkpoint knows this segment, and it is gone");
  EXPECT_NE(Run().find(logs_[2] + ": harmless"), 0u);
}

}  // namespace
}  // namespace odradek::inspect
