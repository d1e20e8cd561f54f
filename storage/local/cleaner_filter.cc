#include "storage/local/cleaner_filter.h"

#include <algorithm>
#include <utility>

#include "base/varint.h"
#include "protocol/records/compression.h"
#include "protocol/records/control_record.h"

namespace odradek::storage {
namespace {

using records::BatchView;

// Clients may send any 64-bit timestamp: sums wrap, as they do for who reads them.
int64_t WrappingAdd(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
int64_t WrappingSubtract(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}

std::optional<Millis> HorizonOf(const BatchView& batch) {
  if ((batch.attributes() & records::attribute::kDeleteHorizon) == 0) return std::nullopt;
  return batch.base_timestamp();
}

void AppendUvarint(std::string* out, uint64_t n) {
  char bytes[kVarint64SizeBytesMax];
  out->append(bytes, static_cast<size_t>(PutUvarint(bytes, n) - bytes));
}

// A record as it is but for its timestamp delta.
void AppendWithDelta(std::string* out, std::string_view record, int64_t timestamp_delta) {
  const char* at = record.data();
  const char* const end = at + record.size();
  int32_t body_size = 0;
  int64_t old_delta = 0;
  at = GetVarint32(at, end, &body_size);
  const char attributes = *at;
  const char* const rest = GetVarint64(at + 1, end, &old_delta);
  const auto rest_size = static_cast<size_t>(end - rest);
  const uint64_t delta = ZigZag64(timestamp_delta);
  AppendUvarint(out, ZigZag32(static_cast<int32_t>(1 + UvarintSize(delta) + rest_size)));
  out->push_back(attributes);
  AppendUvarint(out, delta);
  out->append(rest, rest_size);
}

}  // namespace

CleanedTransactions::CleanedTransactions(std::vector<AbortedEntry> aborted)
    : aborted_(std::move(aborted)) {
  std::sort(aborted_.begin(), aborted_.end(), [](const AbortedEntry& a, const AbortedEntry& b) {
    return a.first_offset < b.first_offset;
  });
}

void CleanedTransactions::BeginUpTo(int64_t offset) {
  for (; begun_ < aborted_.size() && aborted_[begun_].first_offset <= offset; ++begun_) {
    ongoing_aborted_[aborted_[begun_].producer_id] = {aborted_[begun_].last_offset};
  }
}

bool CleanedTransactions::OnBatch(const BatchView& batch) {
  BeginUpTo(batch.last_offset());
  if (!batch.is_transactional()) return false;
  const auto aborted = ongoing_aborted_.find(batch.producer_id());
  if (aborted != ongoing_aborted_.end() && batch.base_offset() <= aborted->second.last_offset) {
    aborted->second.met = true;
    return true;
  }
  ongoing_committed_.insert(batch.producer_id());
  return false;
}

void CleanedTransactions::OnRetained(const BatchView& batch) {
  const auto aborted = ongoing_aborted_.find(batch.producer_id());
  if (aborted != ongoing_aborted_.end()) aborted->second.retained = true;
}

bool CleanedTransactions::OnMarker(const BatchView& batch) {
  BeginUpTo(batch.last_offset());
  if (batch.count() == 0) return true;  // what it marked was gone when it was emptied
  const std::optional<records::EndMarker> marker = records::ReadEndMarker(batch);
  if (!marker.has_value()) return false;
  if (marker->commit) return ongoing_committed_.erase(batch.producer_id()) == 0;
  const auto aborted = ongoing_aborted_.find(batch.producer_id());
  if (aborted == ongoing_aborted_.end()) return true;
  const Ongoing ended = aborted->second;
  ongoing_aborted_.erase(aborted);
  if (!ended.retained) vanished_.push_back(ended.last_offset);
  return !ended.met;
}

bool BatchFilter::IsLastOfProducer(const BatchView& batch) const {
  if (!batch.has_producer_id()) return false;
  const auto found = facts_.producers.find(batch.producer_id());
  if (found == facts_.producers.end()) return false;
  const LastOfProducer& last = found->second;
  return last.offset >= 0 ? batch.last_offset() == last.offset
                          : batch.is_control() && batch.producer_epoch() == last.epoch;
}

Result<std::string_view> BatchFilter::Filter(const BatchView& batch) {
  const bool last_of_producer = IsLastOfProducer(batch);
  // Whoever reads up to the end must find an end, and a producer that goes on its last sequence.
  const bool keep_empty = last_of_producer || batch.last_offset() + 1 == facts_.high_watermark;
  if (!batch.is_control()) {
    if (!transactions_.OnBatch(batch)) return FilterRecords(batch, keep_empty);
    if (!keep_empty) return std::string_view();
    transactions_.OnRetained(batch);
    return WithoutRecords(batch);
  }
  if (!transactions_.OnMarker(batch)) return batch.bytes();
  const std::optional<Millis> horizon = HorizonOf(batch);
  if (batch.count() == 0) return keep_empty ? batch.bytes() : std::string_view();
  if (!horizon.has_value()) {
    records::RecordCursor cursor(batch.records());
    records::Record record;
    if (!cursor.Next(&record)) return Corrupt("a control batch cannot be read");
    kept_.assign(1, {batch.records(), record.timestamp_delta});
    return Rewrite(batch, NewHorizon());
  }
  // The marker tells the producer's epoch while that is remembered.
  if (*horizon > facts_.now_ms || last_of_producer) return batch.bytes();
  return keep_empty ? WithoutRecords(batch) : std::string_view();
}

std::optional<Millis> BatchFilter::NewHorizon() const {
  Millis horizon = 0;
  if (__builtin_add_overflow(facts_.now_ms, facts_.tombstone_retention_ms, &horizon))
    horizon = std::numeric_limits<Millis>::max();
  return horizon;
}

bool BatchFilter::Keeps(const BatchView& batch, const records::Record& record) const {
  const int64_t offset = batch.base_offset() + record.offset_delta;
  if (offset >= mapped_end_) return true;
  if (!record.key.has_value()) return false;  // from before the topic was compacted
  if (offset < map_.Find(*record.key)) return false;
  if (record.value.has_value()) return true;
  const std::optional<Millis> horizon = HorizonOf(batch);
  return !horizon.has_value() || facts_.now_ms < *horizon;
}

Result<std::string_view> BatchFilter::FilterRecords(const BatchView& batch, bool keep_empty) {
  if (batch.base_offset() >= mapped_end_) return batch.bytes();
  if (batch.count() == 0) return keep_empty ? batch.bytes() : std::string_view();
  const Result<std::string_view> plain = records::PlainRecords(batch, &plain_);
  if (!plain.ok()) return plain;
  kept_.clear();
  bool has_tombstone = false;
  records::RecordCursor cursor(*plain);
  records::Record record;
  const char* from = plain->data();
  int32_t count = 0;
  for (; cursor.Next(&record); ++count) {
    const char* const to = record.headers.data() + record.headers.size();
    if (Keeps(batch, record)) {
      kept_.push_back({{from, static_cast<size_t>(to - from)}, record.timestamp_delta});
      has_tombstone |= !record.value.has_value();
    }
    from = to;
  }
  if (!cursor.ok() || count != batch.count())
    return Corrupt("the records of a batch cannot be read");
  if (kept_.empty()) return keep_empty ? WithoutRecords(batch) : std::string_view();
  const bool needs_horizon = has_tombstone && !HorizonOf(batch).has_value();
  if (!needs_horizon && kept_.size() == static_cast<size_t>(count)) return batch.bytes();
  return Rewrite(batch, needs_horizon ? NewHorizon() : std::nullopt);
}

std::string_view BatchFilter::WithoutRecords(const BatchView& batch) {
  rewritten_.assign(batch.bytes().substr(0, records::kHeaderSizeBytes));
  char* const at = rewritten_.data();
  constexpr int16_t kKeptBits = records::attribute::kLogAppendTime |
                                records::attribute::kTransactional | records::attribute::kControl;
  StoreBig(at + records::field::kLength,
           static_cast<int32_t>(records::kHeaderSizeBytes - records::kLengthPrefixSizeBytes));
  StoreBig(at + records::field::kAttributes, static_cast<int16_t>(batch.attributes() & kKeptBits));
  StoreBig(at + records::field::kBaseTimestamp, records::kNoTimestamp);
  StoreBig(at + records::field::kCount, int32_t{0});
  records::StampCrc(at);
  return rewritten_;
}

Result<std::string_view> BatchFilter::Rewrite(const BatchView& batch,
                                              std::optional<Millis> horizon) {
  const int64_t old_base = batch.base_timestamp();
  const int64_t new_base = horizon.value_or(old_base);
  int64_t max_timestamp = records::kNoTimestamp;
  records_.clear();
  for (const KeptRecord& record : kept_) {
    const int64_t timestamp = WrappingAdd(old_base, record.timestamp_delta);
    max_timestamp = std::max(max_timestamp, timestamp);
    if (new_base == old_base)
      records_.append(record.bytes);
    else
      AppendWithDelta(&records_, record.bytes, WrappingSubtract(timestamp, new_base));
  }
  rewritten_.assign(batch.bytes().substr(0, records::kHeaderSizeBytes));
  RETURN_IF_ERROR(records::Compress(batch.codec(), records::kDefaultLevel, records_, &rewritten_));
  char* const at = rewritten_.data();
  StoreBig(at + records::field::kLength,
           static_cast<int32_t>(rewritten_.size() - records::kLengthPrefixSizeBytes));
  if (horizon.has_value()) {
    StoreBig(at + records::field::kAttributes,
             static_cast<int16_t>(batch.attributes() | records::attribute::kDeleteHorizon));
  }
  StoreBig(at + records::field::kBaseTimestamp, new_base);
  if (!batch.is_log_append_time()) StoreBig(at + records::field::kMaxTimestamp, max_timestamp);
  StoreBig(at + records::field::kCount, static_cast<int32_t>(kept_.size()));
  records::StampCrc(at);
  return std::string_view(rewritten_);
}

}  // namespace odradek::storage
