// A store on either file layer with a held clock, and short ways to fill and read a log. For tests.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/env/file.h"
#include "base/testing/faulty_files.h"
#include "base/testing/held_clock.h"
#include "base/testing/held_workers.h"
#include "protocol/records/batch_builder.h"
#include "protocol/records/control_record.h"
#include "storage/local/local_store.h"
#include "storage/local/testing/batches.h"

namespace odradek::storage {

// A directory that goes with this object; in memory where the machine has such a place, as tests
// sync a lot.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    const std::filesystem::path memory = "/dev/shm";
    const std::filesystem::path parent =
        std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "odradek_test.XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct TestRecord {
  int64_t offset;
  Millis timestamp_ms;
  std::string value;
  bool operator==(const TestRecord&) const = default;
};

// Where a store keeps its files, and when its appends count.
enum class Layer { kMemory, kProcess, kPower };
inline constexpr Layer kLayers[] = {Layer::kMemory, Layer::kProcess, Layer::kPower};
inline std::string LayerName(Layer layer) {
  return layer == Layer::kMemory ? "Memory" : layer == Layer::kProcess ? "Process" : "Power";
}

class StoreHarness {
 public:
  // Over `files`, if given.
  explicit StoreHarness(Layer layer, StoreOptions options = {},
                        std::unique_ptr<Files> files = nullptr)
      : random_(7), options_(std::move(options)), base_files_(std::move(files)) {
    options_.durability = layer == Layer::kPower ? Durability::kPower : Durability::kProcess;
    if (base_files_ == nullptr)
      base_files_ = layer != Layer::kMemory ? MakePosixFiles(directory_.path()) : MakeMemoryFiles();
    files_ = std::make_unique<FaultyFiles>(*base_files_);
    topic_id_ = random_.NewUuid();
    Reopen();
  }
  ~StoreHarness() { Crash(); }

  // Ends the store without a word and opens another one over the same files.
  void Reopen() {
    ReopenStoreOnly();
    Result<std::shared_ptr<PartitionLog>> opened = store_->Open(id(), config);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    log_ = *opened;
  }
  // The same without opening the log.
  void ReopenStoreOnly() {
    Crash();
    store_ = MakeLocalStore(
        {.clock = &clock, .random = &random_, .files = files_.get(), .workers = &workers},
        options_);
  }
  void set_boot_id(const std::string& boot_id) { options_.boot_id = boot_id; }
  void ReopenCleanly() {
    const Status status = store_->Close();
    ASSERT_TRUE(status.ok()) << status.ToString();
    Reopen();
  }
  void Crash() {
    workers.DropAll();
    log_.reset();
    store_.reset();
  }
  void Configure(const LogConfig& new_config) {
    config = new_config;
    log_->SetConfig(config);
  }

  PartitionId id() const { return {"topic", topic_id_, 3}; }
  void ChangeTopicId() { topic_id_ = random_.NewUuid(); }
  PartitionLog& log() { return *log_; }
  LogStore& store() { return *store_; }
  Files& files() { return *base_files_; }
  FaultPlan& faults() { return files_->plan(); }
  std::string path() const { return "topic/3"; }
  // Where the files are, but for Layer::kMemory and files that were given.
  const std::string& root() const { return directory_.path(); }
  std::vector<std::string> FileNames() {
    std::vector<std::string> names;
    const Result<std::vector<DirEntry>> entries = base_files_->List(path());
    if (entries.ok()) {
      for (const DirEntry& entry : *entries) names.push_back(entry.name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string Batch(const std::vector<std::string>& values, const ProducerFields& producer = {},
                    records::Codec codec = records::Codec::kNone) const {
    return BatchOf(clock, values, producer, codec);
  }
  AppendResult AppendBytes(std::string bytes,
                           AppendRequest::Origin origin = AppendRequest::Origin::kClient) {
    AppendResult result = log_->Append({.owner = owner, .batches = bytes, .origin = origin});
    if (hold_flushes) return result;
    workers.RunAll();
    // As acks=all would answer.
    if (result.error == AppendError::kNone && log_->offsets().durable_end <= result.last_offset) {
      result.error = AppendError::kStorage;
      result.base_offset = result.last_offset = -1;
    }
    return result;
  }
  AppendResult Append(const std::vector<std::string>& values, const ProducerFields& producer = {},
                      records::Codec codec = records::Codec::kNone) {
    return AppendBytes(Batch(values, producer, codec));
  }
  AppendResult EndTransaction(int64_t producer, int16_t epoch, bool commit,
                              int32_t coordinator_epoch = 0) {
    return AppendBytes(
        records::MakeEndMarkerBatch(producer, epoch, {commit, coordinator_epoch}, clock.WallMs()),
        AppendRequest::Origin::kCoordinator);
  }

  // The bytes of an answer.
  static std::string Bytes(const ByteChain& chain) {
    std::string bytes;
    for (const Slice& slice : chain.slices()) {
      if (!slice.is_file()) {
        bytes.append(slice.view());
        continue;
      }
      std::string part(slice.size, '\0');
      const Result<size_t> read = ReadDescriptorAt(slice.fd, slice.offset, part);
      EXPECT_TRUE(read.ok() && *read == slice.size);
      bytes += part;
    }
    return bytes;
  }
  static std::vector<TestRecord> Decode(std::string_view bytes) {
    std::vector<TestRecord> decoded;
    while (!bytes.empty()) {
      if (records::LookAtFront(bytes) != records::Front::kBatch) {
        ADD_FAILURE() << "no whole batch";
        break;
      }
      const records::BatchView batch(bytes.data());
      EXPECT_TRUE(batch.IsIntact());
      std::string content;
      EXPECT_TRUE(records::Decompress(batch.codec(), batch.records(), 1 << 30, &content).ok());
      records::RecordCursor cursor(content);
      records::Record record;
      while (cursor.Next(&record)) {
        const Millis timestamp = batch.is_log_append_time()
                                     ? batch.max_timestamp()
                                     : batch.base_timestamp() + record.timestamp_delta;
        decoded.push_back({batch.base_offset() + record.offset_delta, timestamp,
                           batch.is_control() ? std::string("marker")
                                              : std::string(record.value.value_or("(null)"))});
      }
      EXPECT_TRUE(cursor.ok());
      bytes.remove_prefix(static_cast<size_t>(batch.size()));
    }
    return decoded;
  }
  // All batches from the one that holds `offset`.
  std::vector<TestRecord> ReadAll(int64_t offset) {
    std::vector<TestRecord> all;
    ReadResult result;
    for (int64_t at = offset;;) {
      result.Clear();
      const Status status = log_->Read(
          {.offset = at, .offset_limit = INT64_MAX, .max_bytes = 1 << 20, .at_least_one = true},
          &result);
      EXPECT_TRUE(status.ok()) << status.ToString();
      if (!status.ok() || result.data.empty()) return all;
      for (TestRecord& record : Decode(Bytes(result.data))) all.push_back(std::move(record));
      EXPECT_GT(result.next_offset, at);
      at = result.next_offset;
    }
  }
  std::vector<std::string> Values(int64_t offset = 0) {
    std::vector<std::string> values;
    for (const TestRecord& record : ReadAll(offset)) values.push_back(record.value);
    return values;
  }

  // The value at each offset from the start to the end; "?" where reading says that it is damaged,
  // "-" where it passes over the offset.
  std::vector<std::string> ServedValues() {
    const LogOffsets offsets = log_->offsets();
    std::vector<std::string> values(static_cast<size_t>(offsets.end - offsets.start), "-");
    const auto at_offset = [&](int64_t offset) -> std::string& {
      return values.at(static_cast<size_t>(offset - offsets.start));
    };
    for (int64_t at = offsets.start; at < offsets.end;) {
      ReadResult read;
      const Status status = log_->Read(
          {.offset = at, .offset_limit = INT64_MAX, .max_bytes = 1, .at_least_one = true}, &read);
      EXPECT_TRUE(status.ok() || status.code() == StatusCode::kCorrupt) << status.ToString();
      EXPECT_GT(read.next_offset, at) << "reading stands still";
      if (read.next_offset <= at) return values;
      for (int64_t lost = at; !status.ok() && lost < read.next_offset; ++lost)
        at_offset(lost) = "?";
      for (const TestRecord& record : Decode(Bytes(read.data)))
        at_offset(record.offset) = record.value;
      at = read.next_offset;
    }
    return values;
  }

  HeldClock clock;
  HeldWorkers workers;
  bool hold_flushes = false;  // true: appends wait for workers.RunAll() before they count
  LogConfig config;
  OwnerToken owner;

 private:
  TemporaryDirectory directory_;
  SeededRandom random_;
  StoreOptions options_;
  Uuid topic_id_;
  std::unique_ptr<Files> base_files_;
  std::unique_ptr<FaultyFiles> files_;
  std::unique_ptr<LogStore> store_;
  std::shared_ptr<PartitionLog> log_;
};

}  // namespace odradek::storage
