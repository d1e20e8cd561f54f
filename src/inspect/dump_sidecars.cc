// What stands beside the segments: indexes, producer snapshots, checkpoints.
#include <cstdint>
#include <optional>
#include <string>

#include "base/endian.h"
#include "base/text.h"
#include "inspect/dump.h"
#include "inspect/kafka_log_dir.h"
#include "storage/local/aborted_index.h"
#include "storage/local/leader_epochs.h"
#include "storage/local/log_checkpoint.h"
#include "storage/local/producer_state.h"
#include "storage/local/segment_footer.h"

namespace odradek::inspect {
namespace {

constexpr size_t kOffsetEntrySizeBytes = 8;
constexpr size_t kTimeEntrySizeBytes = 12;

// Cuts off what Kafka reserves ahead: entries of nothing but zeros, which no index has behind its
// first entry. Says so in a row.
std::string_view WithoutPadding(std::string_view content, size_t entry_size, Report& report) {
  if (content.size() % entry_size != 0) {
    const size_t whole = content.size() / entry_size * entry_size;
    report.Problem(static_cast<int64_t>(whole), "the file ends inside an entry");
    content = content.substr(0, whole);
  }
  const size_t last = content.find_last_not_of('\0');
  const size_t used = last == std::string_view::npos ? 0 : (last / entry_size + 1) * entry_size;
  if (used < content.size()) {
    report.Put(Row("padding")
                   .Int("position", static_cast<int64_t>(used))
                   .Int("size", static_cast<int64_t>(content.size() - used)));
  }
  return content.substr(0, used);
}

}  // namespace

void DumpOffsetIndex(std::string_view content, int64_t base_offset, Report& report) {
  content = WithoutPadding(content, kOffsetEntrySizeBytes, report);
  for (size_t at = 0; at < content.size(); at += kOffsetEntrySizeBytes) {
    report.Put(Row("offset")
                   .Int("offset", base_offset + LoadBig<uint32_t>(content.data() + at))
                   .Int("position", LoadBig<uint32_t>(content.data() + at + 4)));
  }
}

void DumpTimeIndex(std::string_view content, int64_t base_offset, Report& report) {
  content = WithoutPadding(content, kTimeEntrySizeBytes, report);
  for (size_t at = 0; at < content.size(); at += kTimeEntrySizeBytes) {
    report.Put(Row("timestamp")
                   .Int("timestamp", LoadBig<int64_t>(content.data() + at))
                   .Int("offset", base_offset + LoadBig<uint32_t>(content.data() + at + 8)));
  }
}

void DumpTxnIndex(std::string_view content, Report& report) {
  const auto entries = storage::AbortedIndex::Decode(content, 0, INT64_MAX);
  if (!entries.has_value()) return report.Problem(0, "not a transaction index");
  for (const storage::AbortedEntry& entry : *entries) {
    report.Put(Row("aborted")
                   .Int("producerId", entry.producer_id)
                   .Int("firstOffset", entry.first_offset)
                   .Int("lastOffset", entry.last_offset)
                   .Int("lastStableOffset", entry.stable_offset));
  }
}

Row DamageRow(int64_t segment, const storage::DamagedRange& range) {
  Row row("damage");
  row.Int("segment", segment)
      .Int("fromByte", range.from_position)
      .Int("toByte", range.to_position)
      .Int("fromOffset", range.from_offset)
      .Int("toOffset", range.to_offset);
  return row;
}

void DumpFooter(std::string_view content, Report& report) {
  const auto footer = storage::SegmentFooter::Decode(content);
  if (!footer.has_value()) return report.Problem(0, "not a footer, or its checksum is wrong");
  report.Put(Row("footer")
                 .Int("baseOffset", footer->base_offset)
                 .Int("nextOffset", footer->next_offset)
                 .Int("size", footer->size_bytes)
                 .Int("records", footer->record_count)
                 .Int("firstTimestamp", footer->first_timestamp_ms)
                 .Int("firstCrc", footer->first_crc)
                 .Int("contentSeed", footer->content_seed)
                 .Int("contentCrc", footer->content_crc));
  for (const storage::SegmentFooter::Block& block : footer->blocks)
    report.Put(Row("block").Int("position", block.position).Int("contentCrc", block.content_crc));
  for (const storage::DamagedRange& range : footer->damage)
    report.Put(DamageRow(footer->base_offset, range));
}

void DumpProducers(std::string_view content, Report& report) {
  const auto producers = storage::ProducerState::DecodeSnapshot(content);
  if (!producers.ok()) return report.Problem(0, producers.status().message());
  for (const auto& [id, entry] : producers->producers) {
    const storage::ProducerBatch nothing;
    const storage::ProducerBatch& last =
        entry.last_batch() == nullptr ? nothing : *entry.last_batch();
    report.Put(Row("producer")
                   .Int("producerId", id)
                   .Int("producerEpoch", entry.epoch)
                   .Int("coordinatorEpoch", entry.coordinator_epoch)
                   .Int("currentTxnFirstOffset", entry.txn_first_offset)
                   .Int("lastTimestamp", entry.last_timestamp_ms)
                   .Int("lastSequence", last.last_sequence)
                   .Int("lastOffset", last.last_offset)
                   .Int("offsetDelta", last.offset_delta));
    for (size_t i = 0; i + 1 < entry.batch_count; ++i) {
      report.Put(Row("olderBatch")
                     .Indent()
                     .Int("lastSequence", entry.batches[i].last_sequence)
                     .Int("lastOffset", entry.batches[i].last_offset)
                     .Int("offsetDelta", entry.batches[i].offset_delta)
                     .Int("timestamp", entry.batches[i].timestamp_ms));
    }
  }
}

void DumpEpochs(std::string_view content, Report& report) {
  const auto epochs = storage::LeaderEpochs::Decode(content);
  if (!epochs.has_value()) return report.Problem(0, "not a leader epoch checkpoint");
  for (const auto& [epoch, start_offset] : epochs->entries())
    report.Put(Row("epoch").Int("epoch", epoch).Int("startOffset", start_offset));
}

void DumpLogCheckpoint(std::string_view content, Report& report) {
  const auto checkpoint = storage::LogCheckpoint::Decode(content);
  if (!checkpoint.has_value())
    return report.Problem(0, "not a log checkpoint, or its checksum is wrong");
  Row row("checkpoint");
  row.Text("topicId", checkpoint->topic_id.ToString());
  if (int32_t number = 0; ParseWhole(checkpoint->partition, &number))
    row.Int("partition", number);
  else
    row.Text("partition", checkpoint->partition);
  report.Put(row.Bool("clean", checkpoint->clean)
                 .Bool("power", checkpoint->power)
                 .Int("startOffset", checkpoint->start_offset)
                 .Int("syncedSegment", checkpoint->synced_segment)
                 .Int("syncedPosition", checkpoint->synced_position)
                 .Int("cleanedTo", checkpoint->cleaned_to)
                 .Int("swappedTo", checkpoint->swapped_to)
                 .Text("bootId", checkpoint->boot_id));
  for (const auto& [epoch, start_offset] : checkpoint->epochs)
    report.Put(Row("epoch").Int("epoch", epoch).Int("startOffset", start_offset));
  for (const storage::SegmentSummary& segment : checkpoint->segments) {
    report.Put(Row("segment")
                   .Int("baseOffset", segment.base_offset)
                   .Int("nextOffset", segment.next_offset)
                   .Int("size", segment.size_bytes)
                   .Int("maxTimestamp", segment.max_timestamp_ms)
                   .Int("maxTimestampOffset", segment.max_timestamp_offset)
                   .Int("firstTimestamp", segment.first_timestamp_ms)
                   .Int("firstCrc", segment.first_crc)
                   .Int("records", segment.record_count)
                   .Int("contentCrc", segment.content_crc)
                   .Int("indexCrc", segment.index_crc)
                   .Int("txnIndexCrc", segment.txn_index_crc));
  }
  for (const auto& [base, range] : checkpoint->damage) {
    report.Put(DamageRow(base, range));
  }
}

void DumpOffsets(std::string_view content, Report& report) {
  const auto offsets = ParseOffsetCheckpoint(content);
  if (!offsets.has_value()) return report.Problem(0, "not a checkpoint of offsets");
  for (const PartitionOffset& entry : *offsets) {
    report.Put(Row("partitionOffset")
                   .Text("topic", entry.topic)
                   .Int("partition", entry.partition)
                   .Int("offset", entry.offset));
  }
}

// "name=value" or "name: value" a line; "#" begins a comment.
void DumpProperties(std::string_view content, Report& report) {
  while (!content.empty()) {
    const std::string_view line = NextLine(&content);
    const size_t separator = line.find_first_of("=:");
    if (line.empty() || line.front() == '#') continue;
    if (separator == std::string_view::npos) {
      report.Problem(0, "a line without a name and a value");
      continue;
    }
    std::string_view value = line.substr(separator + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    report.Put(Row("property").Text("name", line.substr(0, separator)).Text("value", value));
  }
}

// Lines of JSON, as they are.
void DumpReports(std::string_view content, Report& report) {
  const size_t size = content.size();
  while (!content.empty()) {
    const auto position = static_cast<int64_t>(size - content.size());
    const std::string_view line = NextLine(&content);
    if (line.starts_with('{') && line.ends_with('}'))
      report.Put(Row("report").Json("report", std::string(line)));
    else
      report.Problem(position, "a line that is no report");
  }
}

}  // namespace odradek::inspect
