// What a log is after a crash, a clean stop, damage and lost sidecars.
#include <gtest/gtest.h>

#include <algorithm>

#include "storage/local/file_names.h"
#include "storage/local/segment_footer.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::storage {
namespace {

class Recovery : public ::testing::TestWithParam<Layer> {
 protected:
  StoreHarness store_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Layers, Recovery, ::testing::ValuesIn(kLayers),
                         [](const auto& instance) { return LayerName(instance.param); });

// Of logs that no durable point vouches for.
class RecoveryOfUnsynced : public Recovery {};
INSTANTIATE_TEST_SUITE_P(Layers, RecoveryOfUnsynced,
                         ::testing::Values(Layer::kMemory, Layer::kProcess),
                         [](const auto& instance) { return LayerName(instance.param); });

// Everything a client can learn from a log.
struct Picture {
  int64_t start;
  int64_t stable;
  int64_t end;
  std::vector<TestRecord> records;
  std::vector<std::pair<int64_t, int64_t>> aborted;
  std::vector<std::pair<int32_t, int64_t>> epochs;
  std::vector<int64_t> by_time;
  std::vector<std::string> producers;
  bool operator==(const Picture&) const = default;
};

Picture Look(StoreHarness& store) {
  Picture picture{};
  const LogOffsets offsets = store.log().offsets();
  picture.start = offsets.start;
  picture.stable = offsets.stable;
  picture.end = offsets.end;
  picture.records = store.ReadAll(offsets.start);
  for (int64_t at = offsets.start; at < offsets.end; ++at) {
    ReadResult result;
    EXPECT_TRUE(store.log()
                    .Read({.offset = at,
                           .offset_limit = offsets.end,
                           .max_bytes = 1,
                           .at_least_one = true,
                           .want_aborted = true},
                          &result)
                    .ok());
    for (const AbortedTransaction& aborted : result.aborted)
      picture.aborted.emplace_back(at, aborted.first_offset);
    picture.epochs.emplace_back(store.log().EpochAt(at),
                                store.log().EndOfEpoch(store.log().EpochAt(at)).end_offset);
  }
  for (const TestRecord& record : picture.records) {
    picture.by_time.push_back(store.log().FindByTime(record.timestamp_ms, offsets.end)->offset);
  }
  picture.by_time.push_back(store.log().FindMaxTimestamp(offsets.end)->offset);
  for (const ProducerInfo& p : store.log().Producers()) {
    picture.producers.push_back(std::to_string(p.producer_id) + "/" + std::to_string(p.epoch) +
                                "/" + std::to_string(p.last_sequence) + "/" +
                                std::to_string(p.coordinator_epoch) + "/" +
                                std::to_string(p.current_txn_start_offset));
  }
  return picture;
}

// A log with several segments, epochs, idempotent producers and transactions.
void Fill(StoreHarness& store, int rounds = 12) {
  LogConfig config;
  config.segment_bytes = 900;
  store.Configure(config);
  for (int i = 0; i < rounds; ++i) {
    store.owner.leader_epoch = i / 4;
    ASSERT_EQ(store.Append({"plain " + std::to_string(i), "x"}).error, AppendError::kNone);
    ASSERT_EQ(store.Append({"idempotent"}, {.id = 1, .epoch = 0, .sequence = i}).error,
              AppendError::kNone);
    ASSERT_EQ(store
                  .Append({"txn a", "txn b"},
                          {.id = 2, .epoch = 1, .sequence = 2 * i, .transactional = true})
                  .error,
              AppendError::kNone);
    if (i % 3 != 2) {
      ASSERT_EQ(store.EndTransaction(2, 1, i % 2 == 0, 4).error, AppendError::kNone);
    }
    store.clock.Advance(10);
  }
}

TEST_P(Recovery, NothingChangesByACrashOrACleanStop) {
  Fill(store_);
  const Picture before = Look(store_);
  EXPECT_FALSE(before.aborted.empty());
  EXPECT_LT(before.stable, before.end);
  store_.Reopen();
  EXPECT_TRUE(Look(store_) == before);
  store_.Reopen();
  EXPECT_TRUE(Look(store_) == before);
  store_.ReopenCleanly();
  EXPECT_TRUE(Look(store_) == before);
  store_.ReopenCleanly();
  EXPECT_TRUE(Look(store_) == before);
  Fill(store_, 0);
  ASSERT_EQ(store_.Append({"more"}).base_offset, before.end);
  store_.Reopen();
  EXPECT_EQ(Look(store_).end, before.end + 1);
}

TEST_P(Recovery, TheTrimmedStartSurvivesWhereThereIsACheckpoint) {
  Fill(store_);
  ASSERT_TRUE(store_.log().TrimPrefix(store_.owner, 17).ok());
  const Picture before = Look(store_);
  store_.ReopenCleanly();
  if (GetParam() != Layer::kMemory) {
    EXPECT_TRUE(Look(store_) == before);
  }
  EXPECT_LE(store_.log().offsets().start, 17);
}

TEST(RecoveryOfTrims, OneThatFailedIsNotAnsweredUntilItIsKept) {
  for (const Layer layer : {Layer::kProcess, Layer::kPower}) {
    StoreHarness store(layer);
    for (int i = 0; i < 5; ++i) store.Append({"v"});
    for (const bool fails : {true, true, false}) {
      if (fails) store.faults().FailAny(0, StatusCode::kFull, /*forever=*/true);
      EXPECT_EQ(store.log().TrimPrefix(store.owner, 3).ok(), !fails) << LayerName(layer);
      store.faults().Heal();
    }
    store.Reopen();
    EXPECT_EQ(store.log().offsets().start, 3) << LayerName(layer);
  }
}

TEST(RecoveryOfTrims, ADroppedSegmentThatComesBackIsInNobodysWay) {
  for (const Layer layer : {Layer::kProcess, Layer::kPower}) {
    StoreHarness store(layer);
    const std::string first = store.path() + "/" + OffsetFileName(0, kLogSuffix);
    LogConfig config;
    config.segment_bytes = 150;
    config.file_delete_delay_ms = 0;
    store.Configure(config);
    for (const char* value : {"a", "b", "c", "d"}) store.Append({value});
    const std::string content = store.files().ReadAll(first).value();
    ASSERT_EQ(records::BatchView(content.data()).size() * 2, static_cast<int64_t>(content.size()));
    ASSERT_TRUE(store.log().TrimPrefix(store.owner, 2).ok());
    store.workers.RunAll();
    ASSERT_FALSE(store.files().Exists(first));
    store.Append({"e"});  // in a segment of its own: a checkpoint tells of it
    std::string tail = store.Batch({"taken back"});
    records::SetBaseOffset(tail.data(), 2);
    store.Crash();
    ASSERT_TRUE(store.files().WriteAtomically(first, content + tail).ok());
    store.Reopen();
    EXPECT_EQ(store.Values(2), (std::vector<std::string>{"c", "d", "e"})) << LayerName(layer);
    EXPECT_FALSE(store.files().Exists(first));
  }
}

TEST_P(Recovery, RetriesAreKnownAfterARestartThroughTheWholeWindow) {
  for (int i = 0; i < 7; ++i)
    store_.Append({"v" + std::to_string(i), "w"}, {.id = 9, .epoch = 2, .sequence = 2 * i});
  for (const bool clean : {false, true}) {
    clean ? store_.ReopenCleanly() : store_.Reopen();
    for (int i = 2; i < 7; ++i) {
      const AppendResult result =
          store_.Append({"v" + std::to_string(i), "w"}, {.id = 9, .epoch = 2, .sequence = 2 * i});
      ASSERT_EQ(result.error, AppendError::kNone);
      ASSERT_TRUE(result.duplicate);
      ASSERT_EQ(result.base_offset, 2 * i);
      ASSERT_EQ(result.last_offset, 2 * i + 1);
    }
    EXPECT_EQ(store_.Append({"v1", "w"}, {.id = 9, .epoch = 2, .sequence = 2}).error,
              AppendError::kOutOfOrderSequence);
    EXPECT_EQ(store_.log().offsets().end, 14);
  }
}

// The tail is cut at every length: what remains is the whole batches before the cut, and the log
// goes on from there.
TEST_P(RecoveryOfUnsynced, ATornTailOfAnyLengthLosesOnlyTheTornBatch) {
  std::vector<int64_t> ends = {0};
  for (int i = 0; i < 5; ++i) {
    store_.Append({"v" + std::to_string(i)}, {.id = 5, .epoch = 0, .sequence = i});
    ends.push_back(store_.log().SizeBytes());
  }
  const std::string path = store_.path() + "/" + OffsetFileName(0, kLogSuffix);
  for (int64_t size = ends.back(); size >= 0; --size) {
    store_.Crash();
    {
      Result<Ref<File>> file = store_.files().Open(path, OpenMode::kReadWrite);
      ASSERT_TRUE(file.ok());
      ASSERT_TRUE((*file)->Truncate(size).ok());
    }
    store_.Reopen();
    const int64_t whole = std::upper_bound(ends.begin(), ends.end(), size) - ends.begin() - 1;
    ASSERT_EQ(store_.log().offsets().end, whole) << size;
    ASSERT_EQ(store_.log().SizeBytes(), ends[static_cast<size_t>(whole)]);
    const std::vector<ProducerInfo> producers = store_.log().Producers();
    ASSERT_EQ(producers.empty() ? -1 : producers[0].last_sequence, static_cast<int32_t>(whole) - 1);
  }
  EXPECT_EQ(store_.Append({"again"}).base_offset, 0);
}

TEST_P(Recovery, GarbageBehindTheLastBatchIsCut) {
  const std::string path = store_.path() + "/" + OffsetFileName(0, kLogSuffix);
  store_.Append({"a"});
  store_.Append({"b"});
  const int64_t size = store_.log().SizeBytes();
  const std::string intact = *store_.files().ReadAll(path);
  const std::string batch = intact.substr(static_cast<size_t>(size) / 2);
  std::vector<std::string> tails = {std::string(1, '\0'), std::string(500, '\0'),
                                    std::string(64, '\xff'), batch, batch.substr(0, 61)};
  std::string flipped = batch;
  flipped[40] = static_cast<char>(flipped[40] ^ 4);
  records::SetBaseOffset(flipped.data(), 2);
  tails.push_back(flipped);
  for (const std::string& tail : tails) {
    store_.Crash();
    {
      Result<Ref<File>> file = store_.files().Open(path, OpenMode::kReadWrite);
      ASSERT_TRUE((*file)->WriteAt(size, tail).ok());
    }
    store_.Reopen();
    EXPECT_EQ(store_.log().offsets().end, 2);
    EXPECT_EQ(store_.Values(), (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(*store_.files().ReadAll(path) == intact);
  }
}

TEST_P(RecoveryOfUnsynced, EveryFlippedBitOfTheLogIsFoundOrHarmless) {
  for (int i = 0; i < 3; ++i) store_.Append({"v" + std::to_string(i)});
  const std::string path = store_.path() + "/" + OffsetFileName(0, kLogSuffix);
  const std::string intact = *store_.files().ReadAll(path);
  const std::vector<TestRecord> records = store_.ReadAll(0);
  for (size_t bit = 0; bit < intact.size() * 8; bit += 3) {
    store_.Crash();
    std::string damaged = intact;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    {
      Result<Ref<File>> file = store_.files().Open(path, OpenMode::kReadWrite);
      ASSERT_TRUE((*file)->Truncate(0).ok());
      ASSERT_TRUE((*file)->WriteAt(0, damaged).ok());
    }
    store_.Reopen();
    const std::vector<TestRecord> now = store_.ReadAll(0);
    ASSERT_LE(now.size(), records.size());
    ASSERT_TRUE(std::equal(now.begin(), now.end(), records.begin())) << bit;
  }
}

TEST_P(RecoveryOfUnsynced, SegmentsBehindADamagedOneAreSetAside) {
  LogConfig config;
  config.segment_bytes = 200;
  store_.Configure(config);
  for (int i = 0; i < 10; ++i) store_.Append({"value " + std::to_string(i)});
  const std::vector<std::string> names = store_.FileNames();
  std::vector<std::string> logs;
  std::copy_if(names.begin(), names.end(), std::back_inserter(logs),
               [](const std::string& n) { return n.ends_with(kLogSuffix); });
  ASSERT_GT(logs.size(), 3u);
  store_.Crash();
  ASSERT_TRUE((*store_.files().Open(store_.path() + "/" + logs[1], OpenMode::kReadWrite))
                  ->WriteAt(70, "xx")
                  .ok());
  store_.Reopen();
  const int64_t end = *ParseOffsetFileName(logs[1], kLogSuffix);
  EXPECT_EQ(store_.log().offsets().end, end);
  EXPECT_EQ(static_cast<int64_t>(store_.Values().size()), end);
  EXPECT_TRUE(store_.files().Exists(store_.path() + "/" + logs[2] + ".cut"));
  EXPECT_EQ(store_.Append({"next"}).base_offset, end);
  store_.Reopen();
  EXPECT_EQ(store_.log().offsets().end, end + 1);
}

// Sidecars exist on disk only.
class Sidecars : public ::testing::Test {
 protected:
  StoreHarness store_{Layer::kProcess};

  std::vector<std::string> SidecarNames() {
    std::vector<std::string> names = store_.FileNames();
    std::erase_if(names, [](const std::string& n) { return n.ends_with(kLogSuffix); });
    return names;
  }
  void Replace(const std::string& name, std::string_view content) {
    const Result<Ref<File>> file =
        store_.files().Open(store_.path() + "/" + name, OpenMode::kCreate);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->Truncate(0).ok());
    ASSERT_TRUE((*file)->WriteAt(0, content).ok());
  }
};

TEST_F(Sidecars, AreKafkasFiles) {
  Fill(store_);
  store_.ReopenCleanly();
  const std::vector<std::string> names = SidecarNames();
  for (const std::string_view suffix :
       {kOffsetIndexSuffix, kTimeIndexSuffix, kTxnIndexSuffix, kSnapshotSuffix}) {
    EXPECT_TRUE(std::any_of(names.begin(), names.end(), [&](const std::string& n) {
      return ParseOffsetFileName(n, suffix).has_value();
    })) << suffix;
  }
  EXPECT_EQ(*store_.files().ReadAll("topic/3/leader-epoch-checkpoint"), "0\n3\n0 0\n1 23\n2 46\n");
  EXPECT_EQ(*store_.files().ReadAll("topic/3/partition.metadata"),
            "version: 0\ntopic_id: " + store_.id().topic_id.ToString());
}

TEST_F(Sidecars, AnyOfThemMayBeMissing) {
  Fill(store_);
  const Picture before = Look(store_);
  store_.ReopenCleanly();
  for (const std::string& name : SidecarNames()) {
    store_.Crash();
    ASSERT_TRUE(store_.files().Remove("topic/3/" + name).ok());
    store_.Reopen();
    ASSERT_TRUE(Look(store_) == before) << name;
    store_.ReopenCleanly();
  }
  store_.Crash();
  for (const std::string& name : SidecarNames())
    ASSERT_TRUE(store_.files().Remove("topic/3/" + name).ok());
  store_.Reopen();
  EXPECT_TRUE(Look(store_) == before);
}

TEST_F(Sidecars, AnyOfThemMayBeDamaged) {
  Fill(store_);
  const Picture before = Look(store_);
  store_.ReopenCleanly();
  for (const std::string& name : SidecarNames()) {
    const std::string intact = *store_.files().ReadAll("topic/3/" + name);
    for (const std::string& content : {std::string(), intact.substr(0, intact.size() / 2),
                                       std::string(intact.size(), '\0'), intact + "x"}) {
      if (name == kPartitionMetadataName && content.size() > intact.size()) continue;  // another id
      store_.Crash();
      Replace(name, content);
      store_.Reopen();
      ASSERT_TRUE(Look(store_) == before) << name << " of " << content.size() << " bytes";
      store_.ReopenCleanly();
    }
  }
}

TEST_F(Sidecars, ACleanStartReadsNoSegmentOfALongLog) {
  LogConfig config;
  config.segment_bytes = 100'000;
  store_.Configure(config);
  for (int i = 0; i < 300; ++i) store_.Append({std::string(1000, 'v')});
  store_.ReopenCleanly();
  const int64_t reads = store_.faults().count(FileCall::kRead);
  EXPECT_EQ(store_.log().offsets().end, 300);
  const int64_t sidecars = 4;  // metadata, checkpoint, snapshot, epochs
  EXPECT_LE(store_.faults().count(FileCall::kRead) - reads, sidecars);
  EXPECT_EQ(store_.Values(150).size(), 150u);
}

TEST(RecoveryTrust, WhatWasWrittenInTheSameBootIsNotReadAgain) {
  StoreHarness same(Layer::kProcess, {.directory = "", .boot_id = "boot-1"});
  StoreHarness unknown(Layer::kProcess);
  for (StoreHarness* store : {&same, &unknown}) {
    LogConfig config;
    config.segment_bytes = 100'000;
    store->Configure(config);
    for (int i = 0; i < 300; ++i) store->Append({std::string(1000, 'v')});
    store->Reopen();
    const int64_t reads = store->faults().count(FileCall::kRead);
    EXPECT_EQ(store->log().offsets().end, 300);
    const int64_t needed = store->faults().count(FileCall::kRead) - reads;
    EXPECT_EQ(needed < 150, store == &same);
    EXPECT_EQ(needed > 300, store == &unknown);
  }
}

// The log's mutex is held, on an event loop.
TEST(RecoveryOfBlocks, AnAppendThatSealsAfterACleanStartReadsNoSegment) {
  for (const Layer layer : {Layer::kProcess, Layer::kPower}) {
    StoreHarness store(layer);
    for (int i = 0; i < 40; ++i) store.Append({std::string(20'000, 'x')});
    store.ReopenCleanly();
    ASSERT_EQ(store.Append({"more"}).base_offset, 40);
    LogConfig config;
    config.segment_bytes = 800'000;
    store.Configure(config);
    const int64_t reads = store.faults().count(FileCall::kRead);
    ASSERT_EQ(store.Append({"sealed before"}).base_offset, 41);
    EXPECT_EQ(store.faults().count(FileCall::kRead), reads) << LayerName(layer);
    EXPECT_TRUE(store.files().Exists(store.path() + "/" + OffsetFileName(41, kLogSuffix)));
  }
}

// A process that ends tears nothing but the last batch.
TEST(RecoveryTrust, DamageInTheSameBootCostsNoBatchBehindIt) {
  for (const Layer layer : {Layer::kProcess, Layer::kPower}) {
    for (const std::string boot_now : {"boot-1", "boot-2"}) {
      StoreHarness store(layer, {.directory = "", .boot_id = "boot-1"});
      for (const char* value : {"a", "b", "c", "d"}) store.Append({value});
      const std::string path = store.path() + "/" + OffsetFileName(0, kLogSuffix);
      const auto batch_size = static_cast<int64_t>(store.files().ReadAll(path)->size()) / 4;
      store.Crash();
      ASSERT_TRUE((*store.files().Open(path, OpenMode::kReadWrite))
                      ->WriteAt(2 * batch_size + 70, "x")
                      .ok());
      store.set_boot_id(boot_now);
      store.Reopen();
      const bool is_kept = boot_now == "boot-1";
      EXPECT_EQ(store.log().offsets().end, is_kept ? 4 : 2);
      if (is_kept) {
        EXPECT_EQ(store.Values(3), std::vector<std::string>{"d"});
        ReadResult read;
        EXPECT_EQ(store.log().Read({.offset = 2, .offset_limit = 4, .max_bytes = 1}, &read).code(),
                  StatusCode::kCorrupt);
        EXPECT_EQ(read.next_offset, 3);
      } else {
        EXPECT_EQ(store.Values(), (std::vector<std::string>{"a", "b"}));
      }
    }
  }
}

// The restart comes in the middle of the segment.
TEST(RecoveryOfBlocks, ASegmentThatIsSealedAfterARestartHasIndexesAndAFooter) {
  for (const bool clean : {true, false}) {
    for (const bool read : {true, false}) {
      StoreHarness store(Layer::kProcess,
                         {.directory = "", .index_interval_bytes = 300, .boot_id = ""});
      LogConfig config;
      config.segment_bytes = 4000;
      store.Configure(config);
      for (int i = 0; i < 8; ++i) store.Append({std::string(200, 'v')});
      clean ? store.ReopenCleanly() : store.Reopen();
      if (read) {
        EXPECT_EQ(store.Values(3).size(), 5U);
      }
      while (store.log().offsets().end < 40) store.Append({std::string(200, 'v')});
      const std::string base = store.path() + "/" + OffsetFileName(0, "");
      const Result<std::string> content = store.files().ReadAll(base + ".footer");
      ASSERT_TRUE(content.ok()) << clean << read;
      const std::optional<SegmentFooter> footer = SegmentFooter::Decode(*content);
      ASSERT_TRUE(footer.has_value());
      EXPECT_EQ(footer->size_bytes,
                static_cast<int64_t>(store.files().ReadAll(base + ".log")->size()));
      EXPECT_GE(footer->blocks.size(), 5U);
      EXPECT_TRUE(store.files().Exists(base + ".index"));
      store.ReopenCleanly();
      EXPECT_EQ(store.Values().size(), 40U);
      EXPECT_FALSE(store.files().Exists("@damage-reports.jsonl"));
    }
  }
}

}  // namespace
}  // namespace odradek::storage
