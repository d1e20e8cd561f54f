// A StoreHarness with keys: for tests of compaction.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "storage/local/testing/store_harness.h"

namespace odradek::storage {

class CleanerHarness : public StoreHarness {
 public:
  using StoreHarness::StoreHarness;

  struct KeyValue {
    std::string key;
    std::optional<std::string> value;
  };

  AppendResult AppendKeyed(const std::vector<KeyValue>& records,
                           const ProducerFields& producer = {},
                           records::Codec codec = records::Codec::kNone) {
    records::BatchBuilder builder = BuilderOf(producer, codec);
    for (const KeyValue& record : records) builder.Add(clock.WallMs(), record.key, record.value);
    return AppendBytes(std::move(builder.Finish()).value());
  }

  // The last value of each key that a consumer of committed transactions learns.
  std::map<std::string, std::string> Table() {
    std::map<std::string, std::string> table;
    for (const std::string& record : ReadKeyed(true)) {
      const size_t key = record.find(' ') + 1;
      const size_t value = record.find('=') + 1;
      table[record.substr(key, value - 1 - key)] = record.substr(value);
    }
    std::erase_if(table, [](const auto& entry) { return entry.second == "(null)"; });
    return table;
  }

  // Runs a pass to its end. Its last step says how that was.
  Compaction::Step Compact(const CompactionLimits& limits = {}) {
    const std::shared_ptr<Compaction> pass = log().StartCompaction(limits);
    if (pass == nullptr) return {Compaction::State::kGivenUp, 0, Status()};
    Compaction::Step step;
    while (step.state == Compaction::State::kMore) step = pass->Run();
    return step;
  }

  static std::string Describe(int64_t offset, Millis timestamp_ms, std::string_view key,
                              const std::optional<std::string_view>& value) {
    return std::to_string(offset) + "@" + std::to_string(timestamp_ms) + " " + std::string(key) +
           "=" + std::string(value.value_or("(null)"));
  }

  // All records from the start, described; markers are left out. With `committed`, as a consumer
  // reads that sees committed transactions only.
  std::vector<std::string> ReadKeyed(bool committed) {
    std::vector<std::string> described;
    const LogOffsets offsets = log().offsets();
    const int64_t limit = committed ? offsets.stable : offsets.end;
    ReadResult result;
    for (int64_t at = offsets.start;;) {
      result.Clear();
      const Status status = log().Read({.offset = at,
                                        .offset_limit = limit,
                                        .max_bytes = 300,
                                        .at_least_one = true,
                                        .want_aborted = committed},
                                       &result);
      EXPECT_TRUE(status.ok()) << status.ToString();
      if (!status.ok() || result.data.empty()) return described;
      DescribeBatches(Bytes(result.data), offsets.start, result.aborted, &described);
      EXPECT_GT(result.next_offset, at);
      at = result.next_offset;
    }
  }

 private:
  // `aborted`: as an answer to a fetch lists them. Source: CompletedFetch of Apache Kafka's client.
  static void DescribeBatches(std::string_view bytes, int64_t from,
                              std::vector<AbortedTransaction> aborted,
                              std::vector<std::string>* out) {
    std::sort(aborted.begin(), aborted.end(),
              [](const auto& a, const auto& b) { return a.first_offset < b.first_offset; });
    size_t begun = 0;
    std::set<int64_t> aborting;
    for (; !bytes.empty();
         bytes.remove_prefix(static_cast<size_t>(records::BatchView(bytes.data()).size()))) {
      ASSERT_EQ(records::LookAtFront(bytes), records::Front::kBatch);
      const records::BatchView batch(bytes.data());
      EXPECT_TRUE(batch.IsIntact());
      for (; begun < aborted.size() && aborted[begun].first_offset <= batch.last_offset(); ++begun)
        aborting.insert(aborted[begun].producer_id);
      if (batch.is_control()) {
        const auto marker = records::ReadEndMarker(batch);
        if (marker.has_value() && !marker->commit) aborting.erase(batch.producer_id());
        continue;
      }
      if (batch.is_transactional() && aborting.contains(batch.producer_id())) continue;
      DescribeRecords(batch, from, out);
    }
  }
  static void DescribeRecords(const records::BatchView& batch, int64_t from,
                              std::vector<std::string>* out) {
    std::string content;
    ASSERT_TRUE(records::Decompress(batch.codec(), batch.records(), 1 << 30, &content).ok());
    records::RecordCursor cursor(content);
    records::Record record;
    int32_t count = 0;
    Millis max_timestamp = records::kNoTimestamp;
    for (; cursor.Next(&record); ++count) {
      const int64_t offset = batch.base_offset() + record.offset_delta;
      const Millis timestamp = batch.base_timestamp() + record.timestamp_delta;
      max_timestamp = std::max(max_timestamp, timestamp);
      EXPECT_LE(offset, batch.last_offset());
      if (offset >= from)
        out->push_back(Describe(offset, timestamp, record.key.value_or(""), record.value));
    }
    EXPECT_TRUE(cursor.ok());
    EXPECT_EQ(count, batch.count());
    if (count > 0) {
      EXPECT_EQ(max_timestamp, batch.max_timestamp());
    }
  }
};

}  // namespace odradek::storage
