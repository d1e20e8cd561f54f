// What verify says of the log of a broker that was not stopped, by what vouches for it.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "inspect/verify.h"
#include "storage/local/damage.h"
#include "storage/local/header_scan.h"
#include "storage/local/log_checkpoint.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::inspect {
namespace {

using storage::Layer;
using storage::StoreHarness;

class VerifyAfterACrash : public testing::Test {
 protected:
  // Three batches in one segment, without a clean stop.
  void Fill(Layer layer) {
    store_ = std::make_unique<StoreHarness>(
        layer, storage::StoreOptions{.directory = "", .boot_id = "boot-1"});
    for (int i = 0; i < 3; ++i) store_->Append({"value"});
    store_->Crash();
  }
  std::string Read() { return *store_->files().ReadAll(path_); }
  void Write(std::string_view bytes) {
    ASSERT_TRUE(store_->files().WriteAtomically(path_, bytes).ok());
  }
  // `boot_id`: of the run of the system that asks.
  void Expect(const std::string& boot_id, const std::string& severity, const std::string& reason) {
    std::string rows;
    Report report(Form::kText, [&](std::string_view text) { rows += text; });
    Findings findings(report);
    VerifyTotals totals;
    VerifyPartition(store_->files(), "topic/3", {.boot_id = boot_id}, findings, totals);
    EXPECT_TRUE(rows.starts_with(path_ + ": " + severity + " reason: " + reason)) << rows;
    EXPECT_EQ(findings.damage() + findings.harmless(), 1) << rows;
  }

  std::unique_ptr<StoreHarness> store_;
  const std::string path_ = "topic/3/00000000000000000000.log";
};

// More was acknowledged than the last checkpoint tells of, unless the process alone has ended.
TEST_F(VerifyAfterACrash, AShortenedBatchMayBeAnAcknowledgedOneAfterAnotherBoot) {
  for (const Layer layer : {Layer::kProcess, Layer::kPower}) {
    Fill(layer);
    const std::string whole = Read();
    const std::string severity = layer == Layer::kPower ? "damage" : "harmless";
    for (const size_t missing : {size_t{1}, whole.size() / 3 - 20}) {
      Write(whole.substr(0, whole.size() - missing));
      Expect("boot-1", "harmless", "a torn tail acked_loss: unknown");
      Expect("boot-2", severity, "a torn tail acked_loss: unknown");
      Expect("", severity, "a torn tail acked_loss: unknown");
    }
    Write(whole + std::string(100'000, '\0'));
    Expect("boot-1", "harmless", "zeros behind the last batch acked_loss: unknown");
    Expect("boot-2", severity, "zeros behind the last batch acked_loss: unknown");
  }
}

// A start keeps it aside and tells of it, whoever wrote it.
TEST_F(VerifyAfterACrash, AnEndThatNoCrashMakesIsDamage) {
  for (const Layer layer : {Layer::kProcess, Layer::kPower}) {
    Fill(layer);
    const std::string whole = Read();
    std::string flipped = whole;
    flipped.back() ^= 1;
    std::string late = whole + std::string(100'000, '\0');
    late.back() = 'x';
    for (const std::string boot_id : {"boot-1", "boot-2"}) {
      Write(flipped);
      Expect(boot_id, "damage", "the checksum of a batch is wrong acked_loss: unknown");
      Write(whole + std::string(100, 'x'));
      Expect(boot_id, "damage", "a torn tail acked_loss: unknown");
      Write(late);
      Expect(boot_id, "damage", "a torn tail acked_loss: unknown");
    }
  }
}

// In the same run all that the checkpoint tells of has to be there, synced or not.
TEST_F(VerifyAfterACrash, TheCheckpointVouchesForMoreInTheSameRun) {
  Fill(Layer::kProcess);
  const std::string checkpoint = "topic/3/log.checkpoint";
  store_->Reopen();
  store_->Append({"value"});
  ASSERT_TRUE(store_->store().Close().ok());
  store_->Crash();
  auto told = storage::LogCheckpoint::Decode(*store_->files().ReadAll(checkpoint));
  ASSERT_TRUE(told.has_value());
  told->clean = false;
  told->synced_segment = told->synced_position = 0;
  ASSERT_EQ(told->segments.at(0).size_bytes, static_cast<int64_t>(Read().size()));
  ASSERT_TRUE(store_->files().WriteAtomically(checkpoint, told->Encode()).ok());
  std::string bytes = Read();
  bytes.back() ^= 1;
  Write(bytes);
  Expect("boot-1", "damage", "the checksum of a batch is wrong acked_loss: yes");
  Expect("boot-2", "damage", "the checksum of a batch is wrong acked_loss: unknown");
}

// After a failed sync: what took over goes on where the torn one ends.
TEST_F(VerifyAfterACrash, ATornEndThatTheNextSegmentJoinsIsNoPartOfTheLog) {
  Fill(Layer::kProcess);
  ASSERT_TRUE(store_->files().Remove("topic/3/log.checkpoint").ok());
  const std::string whole = Read();
  const size_t size = whole.size() / 3;
  ASSERT_TRUE(store_->files()
                  .WriteAtomically("topic/3/00000000000000000002.log", whole.substr(2 * size))
                  .ok());
  Write(whole.substr(0, 2 * size + 70));
  Expect("boot-1", "harmless", "a torn tail acked_loss: unknown");
  Write(whole.substr(0, size + 70));
  Expect("boot-1", "damage", "no batch begins where one should acked_loss: yes");
}

}  // namespace
}  // namespace odradek::inspect
