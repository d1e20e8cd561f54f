// Compaction against a model: random keys, tombstones, transactions, rolls, trims, restarts and
// passes. After each clean-up a full read must give what the model says, and nothing else.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/env/random.h"
#include "storage/local/file_names.h"
#include "storage/local/testing/cleaner_harness.h"

namespace odradek::storage {
namespace {

constexpr Millis kTombstoneRetentionMs = 5000;

struct ModelRecord {
  int64_t batch = 0;  // base offset
  std::string key;
  std::optional<std::string> value;
  Millis timestamp_ms = 0;
  int64_t producer = -1;  // of a transaction
  bool aborted = false;
};

class Model {
 public:
  Model(uint64_t seed, Layer layer) : random_(seed), layer_(layer), store_(layer) {
    LogConfig config;
    config.compact = true;
    config.delete_retention = false;
    config.segment_bytes = 700;
    config.tombstone_retention_ms = kTombstoneRetentionMs;
    store_.Configure(config);
  }

  void Play(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      const uint64_t dice = random_.Below(100);
      if (dice < 55)
        Append();
      else if (dice < 75)
        AppendToTransaction();
      else if (dice < 85)
        EndTransaction(random_.Below(kProducers));
      else if (dice < 90)
        store_.clock.Advance(static_cast<Millis>(random_.Below(2000)));
      else if (dice < 92)
        Trim();
      else if (dice < 95)
        Restart();
      else
        CleanAndCheck();
    }
    CleanAndCheck();
    Restart();
    Check();
  }

 private:
  static constexpr size_t kProducers = 3;

  std::string Key() { return "key " + std::to_string(random_.Below(12)); }
  std::vector<CleanerHarness::KeyValue> Records() {
    std::vector<CleanerHarness::KeyValue> records(1 + random_.Below(4));
    for (CleanerHarness::KeyValue& record : records) {
      record.key = Key();
      if (random_.Below(4) > 0) record.value = "value " + std::to_string(++values_);
    }
    return records;
  }
  void Note(const AppendResult& result, const std::vector<CleanerHarness::KeyValue>& records,
            int64_t producer) {
    ASSERT_EQ(result.error, AppendError::kNone) << result.status.ToString();
    for (size_t i = 0; i < records.size(); ++i) {
      records_[result.base_offset + static_cast<int64_t>(i)] = {
          result.base_offset, records[i].key, records[i].value, store_.clock.WallMs(), producer};
    }
  }
  void Append() {
    const auto records = Records();
    const auto codec = static_cast<records::Codec>(random_.Below(records::kCodecCount));
    Note(store_.AppendKeyed(records, {}, codec), records, -1);
  }
  void AppendToTransaction() {
    const size_t producer = random_.Below(kProducers);
    const auto records = Records();
    ProducerFields fields{.id = static_cast<int64_t>(producer),
                          .epoch = 0,
                          .sequence = sequences_[producer],
                          .transactional = true};
    sequences_[producer] += static_cast<int32_t>(records.size());
    Note(store_.AppendKeyed(records, fields), records, fields.id);
    open_.insert(producer);
  }
  void EndTransaction(size_t producer) {
    const bool commit = random_.Below(2) == 0;
    const auto id = static_cast<int64_t>(producer);
    const AppendResult marker = store_.EndTransaction(id, 0, commit);
    ASSERT_EQ(marker.error, AppendError::kNone);
    for (auto& [offset, record] : records_) {
      if (record.producer != id) continue;
      record.producer = -1;
      record.aborted = !commit;
    }
    open_.erase(producer);
  }
  void Trim() {
    if (layer_ == Layer::kMemory) return;  // in memory nothing remembers it over the restarts
    const LogOffsets offsets = store_.log().offsets();
    const int64_t to = offsets.start + static_cast<int64_t>(random_.Below(20));
    if (to >= offsets.stable) return;
    ASSERT_TRUE(store_.log().TrimPrefix(store_.owner, to).ok());
  }
  void Restart() {
    if (random_.Below(2) == 0)
      store_.Reopen();
    else
      store_.ReopenCleanly();
  }

  void CleanAndCheck() {
    const int64_t cleaned_to = CleanableEnd();
    CompactionLimits limits;
    limits.buffer_size_bytes = 100 + random_.Below(2000);
    if (random_.Below(2) == 0) limits.map_size_bytes = (2 + random_.Below(12)) * 24;
    do {
      store_.Compact(limits);
      if (testing::Test::HasFailure()) return;
    } while (store_.log().NeedOfCompaction().dirty_ratio > 0);
    Expect(cleaned_to);
    Check();
  }
  // The base of the last segment that ends below the stable offset.
  int64_t CleanableEnd() {
    int64_t end = 0;
    for (const std::string& name : store_.FileNames()) {
      const std::optional<int64_t> base = ParseOffsetFileName(name, kLogSuffix);
      if (base.has_value() && *base <= store_.log().offsets().stable) end = std::max(end, *base);
    }
    return end;
  }

  // What compaction up to `cleaned_to` takes out of the model.
  void Expect(int64_t cleaned_to) {
    std::map<std::string, int64_t> last;
    for (const auto& [offset, record] : records_) {
      if (offset < cleaned_to && !record.aborted) last[record.key] = offset;
    }
    std::set<int64_t> with_tombstones;
    const Millis now_ms = store_.clock.WallMs();
    std::erase_if(records_, [&](const auto& item) {
      const auto& [offset, record] = item;
      if (offset >= cleaned_to) return false;
      if (record.aborted || last.at(record.key) != offset) return true;
      if (record.value.has_value()) return false;
      const auto horizon = horizons_.find(record.batch);
      if (horizon != horizons_.end() && now_ms >= horizon->second) return true;
      with_tombstones.insert(record.batch);
      return false;
    });
    for (const int64_t batch : with_tombstones)
      horizons_.try_emplace(batch, now_ms + kTombstoneRetentionMs);
  }

  void Check() {
    const LogOffsets offsets = store_.log().offsets();
    std::vector<std::string> expected;
    std::vector<std::string> committed;
    for (const auto& [offset, record] : records_) {
      if (offset < offsets.start) continue;
      expected.push_back(
          CleanerHarness::Describe(offset, record.timestamp_ms, record.key, record.value));
      if (!record.aborted && offset < offsets.stable) committed.push_back(expected.back());
    }
    EXPECT_EQ(store_.ReadKeyed(false), expected);
    EXPECT_EQ(store_.ReadKeyed(true), committed);
    // Sequences go on where they were.
    for (const ProducerInfo& producer : store_.log().Producers()) {
      EXPECT_EQ(producer.last_sequence, sequences_[static_cast<size_t>(producer.producer_id)] - 1);
      EXPECT_EQ(producer.current_txn_start_offset >= 0,
                open_.contains(static_cast<size_t>(producer.producer_id)));
    }
  }

  SeededRandom random_;
  const Layer layer_;
  CleanerHarness store_;
  std::map<int64_t, ModelRecord> records_;  // by offset
  std::map<int64_t, Millis> horizons_;      // by the batch's base offset
  std::set<size_t> open_;
  int32_t sequences_[kProducers] = {};
  int values_ = 0;
};

class CleanerModel : public ::testing::TestWithParam<Layer> {};

INSTANTIATE_TEST_SUITE_P(Layers, CleanerModel, ::testing::ValuesIn(kLayers),
                         [](const auto& instance) { return LayerName(instance.param); });

TEST_P(CleanerModel, AFullReadGivesWhatTheModelSays) {
  for (uint64_t seed = 1; seed <= 50 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Model model(seed, GetParam());
    model.Play(150);
  }
}

}  // namespace
}  // namespace odradek::storage
