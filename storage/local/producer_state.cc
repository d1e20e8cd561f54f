#include "storage/local/producer_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "protocol/records/control_record.h"

namespace odradek::storage {
namespace {

using records::BatchView;
using records::kNoProducerEpoch;
using records::kNoSequence;

ProducerState::Verdict Refuse(AppendError error, std::string message) {
  return {error, std::move(message), std::nullopt};
}

bool Follows(int32_t last_sequence, int32_t first_sequence) {
  return int64_t{first_sequence} == int64_t{last_sequence} + 1 ||
         (first_sequence == 0 && last_sequence == std::numeric_limits<int32_t>::max());
}

const ProducerBatch* FindDuplicate(const ProducerEntry& entry, const BatchView& batch) {
  if (batch.producer_epoch() != entry.epoch) return nullptr;
  for (size_t i = 0; i < entry.batch_count; ++i) {
    const ProducerBatch& known = entry.batches[i];
    if (known.first_sequence() == batch.base_sequence() &&
        known.last_sequence == batch.last_sequence()) {
      return &known;
    }
  }
  return nullptr;
}

}  // namespace

int32_t ProducerBatch::first_sequence() const {
  if (last_sequence == kNoSequence) return kNoSequence;
  const int64_t first = int64_t{last_sequence} - offset_delta;
  return static_cast<int32_t>(first >= 0 ? first : first + std::numeric_limits<int32_t>::max() + 1);
}

void ProducerEntry::SetEpoch(int16_t new_epoch) {
  if (epoch != new_epoch) batch_count = 0;
  epoch = new_epoch;
}

void ProducerEntry::AddBatch(int16_t batch_epoch, const ProducerBatch& batch) {
  SetEpoch(batch_epoch);
  if (batch_count == kBatchesMax) {
    std::move(batches.begin() + 1, batches.end(), batches.begin());
    --batch_count;
  }
  batches[batch_count++] = batch;
  last_timestamp_ms = batch.timestamp_ms;
}

ProducerState::Verdict ProducerState::Check(const BatchView& batch, Origin origin,
                                            int64_t base_offset, std::string_view topic,
                                            int32_t partition) const {
  if (!batch.has_producer_id()) return {};
  const auto found = producers_.find(batch.producer_id());
  const ProducerEntry* const entry = found == producers_.end() ? nullptr : &found->second;
  if (origin == Origin::kClient && entry != nullptr) {
    if (const ProducerBatch* duplicate = FindDuplicate(*entry, batch)) {
      return {AppendError::kNone, {}, *duplicate};
    }
  }
  if (batch.is_control()) return CheckMarker(entry, batch, base_offset, topic, partition);
  return CheckData(entry, batch, origin, base_offset, topic, partition);
}

ProducerState::Verdict ProducerState::CheckData(const ProducerEntry* entry, const BatchView& batch,
                                                Origin origin, int64_t base_offset,
                                                std::string_view topic, int32_t partition) const {
  if (entry == nullptr) return {};  // any first sequence is welcome
  if (batch.producer_epoch() < entry->epoch) {
    return Refuse(
        AppendError::kInvalidProducerEpoch,
        fmt::format(
            "Epoch of producer {} at offset {} in {}-{} is {}, which is smaller than the last "
            "seen epoch {}",
            batch.producer_id(), base_offset, topic, partition, batch.producer_epoch(),
            entry->epoch));
  }
  const int32_t sequence = batch.base_sequence();
  if (origin == Origin::kClient && batch.producer_epoch() != entry->epoch) {
    if (sequence != 0 && entry->epoch != kNoProducerEpoch) {
      return Refuse(
          AppendError::kOutOfOrderSequence,
          fmt::format(
              "Invalid sequence number for new epoch of producer {} at offset {} in partition "
              "{}-{}: {} (request epoch), {} (seq. number), {} (current producer epoch)",
              batch.producer_id(), base_offset, topic, partition, batch.producer_epoch(), sequence,
              entry->epoch));
    }
  } else if (origin == Origin::kClient && entry->epoch != kNoProducerEpoch) {
    const ProducerBatch* const last = entry->last_batch();
    const int32_t last_sequence = last == nullptr ? kNoSequence : last->last_sequence;
    if (!Follows(last_sequence, sequence)) {
      return Refuse(
          AppendError::kOutOfOrderSequence,
          fmt::format(
              "Out of order sequence number for producer {} at offset {} in partition {}-{}: {} "
              "(incoming seq. number), {} (current end sequence number)",
              batch.producer_id(), base_offset, topic, partition, sequence, last_sequence));
    }
  }
  if (entry->txn_first_offset >= 0 && !batch.is_transactional()) {
    return Refuse(
        AppendError::kInvalidTxnState,
        fmt::format("Expected transactional write from producer {} at offset {} in partition {}-{}",
                    batch.producer_id(), base_offset, topic, partition));
  }
  return {};
}

ProducerState::Verdict ProducerState::CheckMarker(const ProducerEntry* entry,
                                                  const BatchView& batch, int64_t base_offset,
                                                  std::string_view topic, int32_t partition) const {
  const std::optional<records::EndMarker> marker = records::ReadEndMarker(batch);
  if (!marker.has_value() || entry == nullptr) return {};
  if (batch.producer_epoch() < entry->epoch) {
    return Refuse(
        AppendError::kInvalidProducerEpoch,
        fmt::format(
            "Epoch of producer {} at offset {} in {}-{} is {}, which is < the last seen epoch {}",
            batch.producer_id(), base_offset, topic, partition, batch.producer_epoch(),
            entry->epoch));
  }
  if (marker->coordinator_epoch < entry->coordinator_epoch) {
    return Refuse(
        AppendError::kFenced,
        fmt::format(
            "Invalid coordinator epoch for producerId {} at offset {} in partition {}-{}: {} "
            "(zombie), {} (current)",
            batch.producer_id(), base_offset, topic, partition, marker->coordinator_epoch,
            entry->coordinator_epoch));
  }
  return {};
}

std::optional<AbortedEntry> ProducerState::Apply(const BatchView& batch) {
  if (!batch.has_producer_id()) return std::nullopt;
  if (batch.is_control()) return ApplyMarker(batch);
  ProducerEntry& entry = producers_[batch.producer_id()];
  entry.AddBatch(batch.producer_epoch(), {batch.last_sequence(), batch.last_offset_delta(),
                                          batch.last_offset(), batch.max_timestamp()});
  if (batch.is_transactional() && entry.txn_first_offset < 0) {
    entry.txn_first_offset = batch.base_offset();
    open_.emplace(batch.base_offset(), batch.producer_id());
  }
  return std::nullopt;
}

std::optional<AbortedEntry> ProducerState::ApplyMarker(const BatchView& batch) {
  const std::optional<records::EndMarker> marker = records::ReadEndMarker(batch);
  if (!marker.has_value()) return std::nullopt;
  ProducerEntry& entry = producers_[batch.producer_id()];
  const int64_t first_offset = entry.txn_first_offset;
  entry.SetEpoch(batch.producer_epoch());
  entry.coordinator_epoch = marker->coordinator_epoch;
  entry.last_timestamp_ms = batch.max_timestamp();
  entry.txn_first_offset = -1;
  if (first_offset < 0) return std::nullopt;  // a marker without data moves nothing
  open_.erase(first_offset);
  if (marker->commit) return std::nullopt;
  const int64_t stable = open_.empty() ? batch.base_offset() + 1 : open_.begin()->first;
  return AbortedEntry{batch.producer_id(), first_offset, batch.base_offset(), stable};
}

void ProducerState::Expire(Millis now_ms, Millis expiration_ms) {
  std::erase_if(producers_, [&](const auto& item) {
    return item.second.txn_first_offset < 0 &&
           now_ms - item.second.last_timestamp_ms >= expiration_ms;
  });
}

void ProducerState::Clear() {
  producers_.clear();
  open_.clear();
}

std::vector<ProducerInfo> ProducerState::List() const {
  std::vector<ProducerInfo> list;
  list.reserve(producers_.size());
  for (const auto& [id, entry] : producers_) {
    const ProducerBatch* const last = entry.last_batch();
    list.push_back({id, entry.epoch, last == nullptr ? kNoSequence : last->last_sequence,
                    entry.last_timestamp_ms, entry.coordinator_epoch, entry.txn_first_offset});
  }
  std::sort(list.begin(), list.end(), [](const ProducerInfo& a, const ProducerInfo& b) {
    return a.producer_id < b.producer_id;
  });
  return list;
}

std::unordered_map<int64_t, LastOfProducer> ProducerState::LastBatches() const {
  std::unordered_map<int64_t, LastOfProducer> last;
  for (const auto& [id, entry] : producers_) {
    const ProducerBatch* const batch = entry.last_batch();
    last[id] = {batch == nullptr ? -1 : batch->last_offset, entry.epoch};
  }
  return last;
}

}  // namespace odradek::storage
