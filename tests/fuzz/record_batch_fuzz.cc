// Record batches as a producer sends them: what stands in front, the verdict, and the walk over the
// records of a batch that passed. The first byte picks the policy; the checksum is corrected, so
// that what lies behind it is reached.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "protocol/records/batch_rebuild.h"
#include "protocol/records/batch_validator.h"
#include "protocol/records/compression.h"
#include "protocol/records/record.h"
#include "protocol/records/record_batch.h"

namespace odradek::records {
namespace {

constexpr int64_t kNowMs = 1'700'000'000'000;
constexpr size_t kContentSizeBytesMax = 1 << 20;

ValidationPolicy PickPolicy(uint8_t pick) {
  ValidationPolicy policy;
  policy.topic = "t";
  policy.max_batch_size_bytes = 1 << 20;
  policy.compacted = (pick & 1) != 0;
  policy.log_append_time = (pick & 2) != 0;
  policy.timestamp_before_max_ms = INT64_MAX;
  policy.timestamp_after_max_ms = (pick & 4) != 0 ? 3'600'000 : INT64_MAX;
  if ((pick & 8) != 0) policy.target_codec = static_cast<Codec>(pick >> 4 & 3);
  return policy;
}

// Every record that the validator counted is there, and its headers can be read.
void WalkRecords(const BatchView& batch) {
  std::string content;
  if (!Decompress(batch.codec(), batch.records(), kContentSizeBytesMax, &content).ok()) return;
  RecordCursor cursor(content);
  Record record;
  int32_t count = 0;
  while (cursor.Next(&record)) {
    ++count;
    Header header;
    while (NextHeader(&record.headers, &header)) CHECK_LE(header.key.size(), content.size());
  }
  if (cursor.ok()) CHECK_EQ(count, batch.count());
}

void FuzzBatch(std::string_view input) {
  if (input.empty()) return;
  const ValidationPolicy policy = PickPolicy(static_cast<uint8_t>(input[0]));
  std::string bytes(input.substr(1));
  if (LookAtFront(bytes) == Front::kBatch &&
      BatchView(bytes.data()).size() >= static_cast<int64_t>(kHeaderSizeBytes)) {
    StampCrc(bytes.data());
  }
  Decompressor decompressor;
  const BatchVerdict verdict = ValidateProduced(bytes, policy, kNowMs, decompressor);
  if (verdict.error != BatchError::kNone) return;
  CHECK_LE(verdict.size_bytes, bytes.size());
  const BatchView batch(bytes.data());
  CHECK(batch.IsIntact());
  WalkRecords(batch);
  if (!verdict.rebuild) return;
  decompressor.Start(batch.codec(), batch.records());
  const Result<std::string> rebuilt = RebuildBatch(batch, policy, verdict, kNowMs, decompressor);
  CHECK(rebuilt.ok() || rebuilt.status().code() == StatusCode::kFull);
  if (!rebuilt.ok()) return;
  CHECK(BatchView(rebuilt->data()).IsIntact());
}

}  // namespace
}  // namespace odradek::records

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  odradek::records::FuzzBatch({reinterpret_cast<const char*>(data), size});
  return 0;
}
