#include "protocol/records/control_record.h"

#include "base/check.h"
#include "protocol/records/batch_builder.h"

namespace odradek::records {
namespace {

constexpr int16_t kVersion = 0;
constexpr int16_t kAbortType = 0;
constexpr int16_t kCommitType = 1;
constexpr size_t kKeySizeBytes = 4;    // version, type
constexpr size_t kValueSizeBytes = 6;  // version, coordinator epoch

}  // namespace

std::string MakeEndMarkerBatch(int64_t producer_id, int16_t producer_epoch, const EndMarker& marker,
                               int64_t timestamp_ms) {
  char key[kKeySizeBytes];
  StoreBig(key, kVersion);
  StoreBig(key + 2, marker.commit ? kCommitType : kAbortType);
  char value[kValueSizeBytes];
  StoreBig(value, kVersion);
  StoreBig(value + 2, marker.coordinator_epoch);
  BatchBuilder builder({.producer_id = producer_id,
                        .producer_epoch = producer_epoch,
                        .transactional = true,
                        .control = true});
  builder.Add(timestamp_ms, std::string_view(key, sizeof(key)),
              std::string_view(value, sizeof(value)));
  return std::move(builder.Finish()).value();
}

std::optional<EndMarker> ReadEndMarker(const BatchView& batch) {
  RecordCursor cursor(batch.records());
  Record record;
  if (!cursor.Next(&record) || !record.key.has_value() || !record.value.has_value())
    return std::nullopt;
  if (record.key->size() < kKeySizeBytes || record.value->size() < kValueSizeBytes)
    return std::nullopt;
  const int16_t type = LoadBig<int16_t>(record.key->data() + 2);
  if (type != kAbortType && type != kCommitType) return std::nullopt;
  return EndMarker{type == kCommitType, LoadBig<int32_t>(record.value->data() + 2)};
}

}  // namespace odradek::records
