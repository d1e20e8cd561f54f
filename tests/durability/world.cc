#include "tests/durability/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "protocol/records/batch_builder.h"
#include "protocol/records/control_record.h"
#include "protocol/records/record.h"

namespace odradek::durability {

using records::BatchView;
using storage::LogOffsets;
using storage::PartitionLog;
using storage::ReadResult;

namespace {

// Stores that know no modes have the weaker one.
template <class Options>
void SetMode(Options* options, Mode mode) {
  if constexpr (requires { options->durability; }) {
    using Durability = decltype(options->durability);
    options->durability = mode == Mode::kPower ? Durability::kPower : Durability::kProcess;
  }
}

}  // namespace

std::string_view ModeName(Mode mode) { return mode == Mode::kPower ? "power" : "process"; }

World::World(Files& disk, Mode mode, int boot, uint64_t seed) : disk_(disk), random_(seed) {
  storage::StoreOptions options;
  SetMode(&options, mode);
  options.index_interval_bytes = 300;
  options.boot_id = "boot-" + std::to_string(boot);
  Env env;
  env.clock = &clock_;
  env.random = &random_;
  env.files = &disk_;
  env.workers = &workers_;
  store_ = storage::MakeLocalStore(env, options);
}

// What the workers were to do dies with the process.
World::~World() {
  workers_.DropAll();
  store_.reset();
}

Status World::OpenJournal(std::vector<std::string>* values) {
  Result<std::unique_ptr<storage::Journal>> opened =
      storage::Journal::Open(disk_, "metadata", [values](std::string_view record) {
        values->emplace_back(record);
        return Status();
      });
  if (!opened.ok()) return opened.status();
  journal_ = std::move(*opened);
  return Status();
}

Status World::Close() {
  workers_.RunAll();
  Status status = store_->Close();
  workers_.RunAll();
  if (status.ok() && journal_ != nullptr) status = journal_->Close();
  return status;
}

storage::LogConfig SmallLogConfig(bool compacted) {
  storage::LogConfig config;
  config.segment_bytes = compacted ? 300 : 700;
  config.retention_ms = -1;
  config.compact = compacted;
  config.delete_retention = !compacted;
  return config;
}

std::string_view KeyOf(std::string_view value) {
  constexpr std::string_view kKeys[] = {"k0", "k1", "k2", "k3"};
  return kKeys[value.empty() ? 0 : static_cast<size_t>(value.back()) % std::size(kKeys)];
}

std::string MakeBatch(const std::vector<std::string>& values, const BatchFields& fields) {
  records::BatchBuilder builder(
      {.producer_id = fields.producer_id,
       .producer_epoch = static_cast<int16_t>(fields.producer_id < 0 ? -1 : 0),
       .base_sequence = fields.sequence,
       .transactional = fields.transactional});
  for (const std::string& value : values) builder.Add(fields.timestamp_ms, KeyOf(value), value);
  return std::move(builder.Finish()).value();
}

namespace {

Status AppendBytes(const ByteChain& chain, std::string* out) {
  for (const Slice& slice : chain.slices()) {
    if (!slice.is_file()) {
      out->append(slice.view());
      continue;
    }
    const size_t at = out->size();
    out->resize(at + slice.size);
    const Result<size_t> read =
        ReadDescriptorAt(slice.fd, slice.offset, std::span(out->data() + at, slice.size));
    if (!read.ok()) return read.status();
    if (*read != slice.size) return Corrupt("a slice is longer than its file");
  }
  return Status();
}

Status DecodeRecords(std::string_view bytes, std::vector<SeenRecord>* out) {
  while (!bytes.empty()) {
    if (records::LookAtFront(bytes) != records::Front::kBatch)
      return Corrupt("served bytes are no whole batch");
    const BatchView batch(bytes.data());
    if (!batch.IsIntact())
      return Corrupt(fmt::format("served batch at {}: wrong checksum", batch.base_offset()));
    records::RecordCursor cursor(batch.records());
    records::Record record;
    while (cursor.Next(&record)) {
      out->push_back({batch.base_offset() + record.offset_delta,
                      batch.is_control() ? std::string(kControlValue)
                                         : std::string(record.value.value_or(""))});
    }
    if (!cursor.ok()) return Corrupt("served records cannot be read");
    bytes.remove_prefix(static_cast<size_t>(batch.size()));
  }
  return Status();
}

}  // namespace

Result<LogView> ReadLog(PartitionLog& log, size_t max_bytes) {
  LogView view;
  view.offsets = log.offsets();
  const LogOffsets& offsets = view.offsets;
  if (offsets.start > offsets.stable || offsets.stable > offsets.durable_end ||
      offsets.durable_end > offsets.end) {
    return Corrupt(fmt::format("offsets: start {}, stable {}, durable {}, end {}", offsets.start,
                               offsets.stable, offsets.durable_end, offsets.end));
  }
  ReadResult result;
  for (int64_t at = offsets.start; at < offsets.durable_end || at == offsets.start;) {
    result.Clear();
    RETURN_IF_ERROR(log.Read({.offset = at,
                              .offset_limit = offsets.durable_end,
                              .max_bytes = max_bytes,
                              .at_least_one = true,
                              .want_aborted = true},
                             &result)
                        .Annotate(fmt::format("read at {}", at)));
    if (result.data.empty()) break;
    std::string bytes;
    RETURN_IF_ERROR(AppendBytes(result.data, &bytes));
    RETURN_IF_ERROR(DecodeRecords(bytes, &view.records));
    view.bytes += bytes;
    for (const storage::AbortedTransaction& aborted : result.aborted) {
      const auto same = [&](const storage::AbortedTransaction& other) {
        return other.producer_id == aborted.producer_id &&
               other.first_offset == aborted.first_offset;
      };
      if (std::none_of(view.aborted.begin(), view.aborted.end(), same))
        view.aborted.push_back(aborted);
    }
    if (result.next_offset <= at) return Corrupt("a read that does not move on");
    at = result.next_offset;
  }
  return view;
}

namespace {

// Goes through the batches as Kafka's clients and followers would.
class Derived {
 public:
  std::string Check(PartitionLog& log, const LogView& view) {
    start_ = view.offsets.start;
    for (size_t at = 0; at < view.bytes.size();) {
      const BatchView batch(view.bytes.data() + at);
      if (std::string wrong = TakeBatch(log, batch); !wrong.empty()) return wrong;
      at += static_cast<size_t>(batch.size());
    }
    return CheckWhole(log, view);
  }

 private:
  std::string TakeBatch(PartitionLog& log, const BatchView& batch) {
    const int64_t first = std::max(batch.base_offset(), start_);
    if (const int32_t epoch = log.EpochAt(first); epoch != batch.leader_epoch())
      return fmt::format("epoch at {} is {}, the batch has {}", first, epoch, batch.leader_epoch());
    newest_ms_ = std::max(newest_ms_, batch.max_timestamp());
    if (!batch.has_producer_id()) return {};
    const int64_t producer = batch.producer_id();
    if (!batch.is_control()) {
      sequences_[producer] = batch.last_sequence();
      if (batch.is_transactional()) open_.try_emplace(producer, batch.base_offset());
      return {};
    }
    const auto marker = records::ReadEndMarker(batch);
    if (!marker.has_value()) return "a control batch without a marker";
    const auto open = open_.find(producer);
    if (open == open_.end()) return {};
    if (!marker->commit) aborted_.emplace_back(producer, open->second);
    open_.erase(open);
    return {};
  }

  std::string CheckWhole(PartitionLog& log, const LogView& view) const {
    int64_t stable = view.offsets.durable_end;
    for (const auto& [producer, first] : open_) stable = std::min(stable, first);
    stable = std::max(stable, view.offsets.start);  // which may lie within a batch
    const bool whole = view.offsets.start == 0;     // else a transaction may have begun below
    if (stable < view.offsets.stable || (whole && stable != view.offsets.stable))
      return fmt::format("stable offset is {}, by the batches {}", view.offsets.stable, stable);
    for (const auto& transaction : aborted_) {
      const auto [producer, first] = transaction;
      const bool listed =
          std::any_of(view.aborted.begin(), view.aborted.end(), [&](const auto& entry) {
            // One that began below the log's start is known by where it began.
            return entry.producer_id == transaction.first &&
                   (entry.first_offset == transaction.second || entry.first_offset < start_);
          });
      if (!listed)
        return fmt::format("aborted transaction of {} at {} is missing", producer, first);
    }
    if (whole && aborted_.size() != view.aborted.size())
      return fmt::format("{} aborted transactions, by the batches {}", view.aborted.size(),
                         aborted_.size());
    std::map<int64_t, int32_t> known;
    for (const storage::ProducerInfo& info : log.Producers())
      known[info.producer_id] = info.last_sequence;
    for (const auto& [producer, sequence] : sequences_) {
      const auto found = known.find(producer);
      if (found == known.end() || found->second != sequence) {
        return fmt::format("last sequence of producer {} is {}, by the batches {}", producer,
                           found == known.end() ? -1 : found->second, sequence);
      }
    }
    const auto newest = log.FindMaxTimestamp(view.offsets.durable_end);
    if (!newest.ok()) return newest.status().ToString();
    if (!view.bytes.empty() && newest->timestamp_ms != newest_ms_)
      return fmt::format("newest time is {}, by the batches {}", newest->timestamp_ms, newest_ms_);
    return {};
  }

  std::map<int64_t, int64_t> open_;  // first offset by producer
  std::vector<std::pair<int64_t, int64_t>> aborted_;
  std::map<int64_t, int32_t> sequences_;
  int64_t start_ = 0;
  int64_t newest_ms_ = -1;
};

}  // namespace

std::string CheckSearches(PartitionLog& log, const LogView& view) {
  constexpr size_t kSearches = 4;  // spread over the log; each costs a read
  std::vector<BatchView> batches;
  for (size_t at = 0; at < view.bytes.size(); at += static_cast<size_t>(batches.back().size()))
    batches.emplace_back(view.bytes.data() + at);
  Millis newest_before = -1;
  for (size_t i = 0, asked = 0; i < batches.size(); ++i) {
    const BatchView& batch = batches[i];
    const bool is_first_of_time = batch.max_timestamp() > newest_before;
    newest_before = std::max(newest_before, batch.max_timestamp());
    if (i * kSearches < asked * batches.size()) continue;
    ++asked;
    const int64_t from = std::max(batch.last_offset(), view.offsets.start);
    ReadResult result;
    const Status status = log.Read({.offset = from,
                                    .offset_limit = view.offsets.durable_end,
                                    .max_bytes = 1,
                                    .at_least_one = true},
                                   &result);
    if (!status.ok()) return fmt::format("read at {}: {}", from, status.ToString());
    std::string bytes;
    if (const Status got = AppendBytes(result.data, &bytes); !got.ok()) return got.ToString();
    if (bytes != batch.bytes())
      return fmt::format("a read at {} does not get the batch that holds it", from);
    if (!is_first_of_time || batch.is_control() || batch.base_offset() < view.offsets.start)
      continue;
    const auto found = log.FindByTime(batch.max_timestamp(), view.offsets.durable_end);
    if (!found.ok()) return found.status().ToString();
    if (found->offset < batch.base_offset() || found->offset > batch.last_offset())
      return fmt::format("time {} is found at {}, the batch is [{}, {}]", batch.max_timestamp(),
                         found->offset, batch.base_offset(), batch.last_offset());
  }
  return {};
}

std::string CheckDerived(PartitionLog& log, const LogView& view) {
  return Derived().Check(log, view);
}

}  // namespace odradek::durability
