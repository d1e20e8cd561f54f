// The producer snapshot file: version 1 of Kafka's ProducerSnapshot schema, which knows the last
// batch of every producer only. The older batches of the window follow behind it, under the same
// checksum, where Kafka's reader does not look.
#include <algorithm>
#include <optional>

#include "base/crc32c.h"
#include "base/endian.h"
#include "storage/local/producer_state.h"

namespace odradek::storage {
namespace {

constexpr int16_t kVersion = 1;
constexpr size_t kCrcAt = 2;
constexpr size_t kEntriesAt = 6;
constexpr size_t kEntrySizeBytes = 46;
constexpr uint32_t kWindowMagic = 0x4f445232;  // "ODR2"

template <class T>
void Put(std::string* out, T value) {
  char bytes[sizeof(T)];
  StoreBig(bytes, value);
  out->append(bytes, sizeof(bytes));
}

// Reads fixed-size fields; ok() turns false at the end of the input.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}
  template <class T>
  T Take() {
    if (bytes_.size() < sizeof(T)) {
      ok_ = false;
      bytes_ = {};
      return T{};
    }
    const T value = LoadBig<T>(bytes_.data());
    bytes_.remove_prefix(sizeof(T));
    return value;
  }
  bool ok() const { return ok_; }
  size_t left() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

void PutEntry(std::string* out, int64_t id, const ProducerEntry& entry) {
  const ProducerBatch* const last = entry.last_batch();
  Put(out, id);
  Put(out, entry.epoch);
  Put(out, last == nullptr ? records::kNoSequence : last->last_sequence);
  Put(out, last == nullptr ? int64_t{-1} : last->last_offset);
  Put(out, last == nullptr ? int32_t{0} : last->offset_delta);
  Put(out, entry.last_timestamp_ms);
  Put(out, entry.coordinator_epoch);
  Put(out, entry.txn_first_offset);
}

void TakeEntry(Cursor& in, int64_t* id, ProducerEntry* entry) {
  *id = in.Take<int64_t>();
  entry->epoch = in.Take<int16_t>();
  ProducerBatch last;
  last.last_sequence = in.Take<int32_t>();
  last.last_offset = in.Take<int64_t>();
  last.offset_delta = in.Take<int32_t>();
  last.timestamp_ms = entry->last_timestamp_ms = in.Take<int64_t>();
  entry->coordinator_epoch = in.Take<int32_t>();
  entry->txn_first_offset = in.Take<int64_t>();
  if (last.last_offset >= 0) entry->batches[entry->batch_count++] = last;
}

void PutOlderBatches(std::string* out, const ProducerEntry& entry) {
  const size_t older = entry.batch_count == 0 ? 0 : entry.batch_count - 1u;
  Put(out, static_cast<int8_t>(older));
  for (size_t i = 0; i < older; ++i) {
    Put(out, entry.batches[i].last_sequence);
    Put(out, entry.batches[i].offset_delta);
    Put(out, entry.batches[i].last_offset);
    Put(out, entry.batches[i].timestamp_ms);
  }
}

bool TakeOlderBatches(Cursor& in, ProducerEntry* entry) {
  const int8_t older = in.Take<int8_t>();
  if (older < 0 || older >= static_cast<int8_t>(ProducerEntry::kBatchesMax)) return false;
  if (older > 0 && entry->batch_count != 1) return false;
  for (int8_t i = 0; i < older; ++i) {
    ProducerBatch batch;
    batch.last_sequence = in.Take<int32_t>();
    batch.offset_delta = in.Take<int32_t>();
    batch.last_offset = in.Take<int64_t>();
    batch.timestamp_ms = in.Take<int64_t>();
    entry->batches[entry->batch_count] = entry->batches[entry->batch_count - 1u];
    entry->batches[entry->batch_count - 1u] = batch;
    ++entry->batch_count;
  }
  return in.ok();
}

}  // namespace

std::string ProducerState::EncodeSnapshot(uint32_t owner_crc) const {
  std::vector<int64_t> ids;
  ids.reserve(producers_.size());
  for (const auto& [id, entry] : producers_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());

  std::string content;
  Put(&content, kVersion);
  Put(&content, uint32_t{0});
  Put(&content, static_cast<int32_t>(ids.size()));
  for (const int64_t id : ids) PutEntry(&content, id, producers_.at(id));
  Put(&content, kWindowMagic);
  Put(&content, owner_crc);
  for (const int64_t id : ids) PutOlderBatches(&content, producers_.at(id));
  StoreBig(content.data() + kCrcAt, Crc32c(std::string_view(content).substr(kEntriesAt)));
  return content;
}

Result<ProducerSnapshot> ProducerState::DecodeSnapshot(std::string_view content) {
  if (content.size() < kEntriesAt + sizeof(int32_t))
    return Corrupt("a producer snapshot is too short");
  if (LoadBig<int16_t>(content.data()) != kVersion)
    return Corrupt("a producer snapshot of another version");
  if (LoadBig<uint32_t>(content.data() + kCrcAt) != Crc32c(content.substr(kEntriesAt))) {
    return Corrupt("the checksum of a producer snapshot is wrong");
  }
  Cursor in(content.substr(kEntriesAt));
  const int32_t count = in.Take<int32_t>();
  if (count < 0 || static_cast<size_t>(count) > in.left() / kEntrySizeBytes) {
    return Corrupt("a producer snapshot claims more entries than it holds");
  }
  ProducerSnapshot snapshot;
  snapshot.producers.resize(static_cast<size_t>(count));
  for (auto& [id, entry] : snapshot.producers) TakeEntry(in, &id, &entry);
  if (in.left() == 0 || in.Take<uint32_t>() != kWindowMagic) return snapshot;
  snapshot.owner_crc = in.Take<uint32_t>();
  for (auto& [id, entry] : snapshot.producers) {
    if (!TakeOlderBatches(in, &entry))
      return Corrupt("a producer snapshot holds a bad batch window");
  }
  return snapshot;
}

Status ProducerState::LoadSnapshot(std::string_view content, uint32_t owner_crc) {
  ASSIGN_OR_RETURN(const ProducerSnapshot snapshot, DecodeSnapshot(content));
  if (snapshot.owner_crc.value_or(owner_crc) != owner_crc)
    return Corrupt("a producer snapshot of another partition");
  Clear();
  for (const auto& [id, entry] : snapshot.producers) {
    if (entry.txn_first_offset >= 0) open_.emplace(entry.txn_first_offset, id);
    producers_.emplace(id, entry);
  }
  return Status();
}

}  // namespace odradek::storage
