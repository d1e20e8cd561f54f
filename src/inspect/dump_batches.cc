// Segments: batches, and the records in them.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/endian.h"
#include "inspect/dump.h"
#include "protocol/print/printer.h"
#include "protocol/records/compression.h"
#include "protocol/records/control_record.h"
#include "protocol/records/record.h"
#include "protocol/records/record_batch.h"
#include "protocol/wire/utf8.h"
#include "storage/local/header_scan.h"
#include "storage/local/log_tail.h"

namespace odradek::inspect {
namespace {

using records::BatchView;

constexpr std::string_view kControlTypes[] = {"ABORT",           "COMMIT",          "LEADER_CHANGE",
                                              "SNAPSHOT_HEADER", "SNAPSHOT_FOOTER", "KRAFT_VERSION",
                                              "KRAFT_VOTERS"};

std::string_view CodecNameOf(const BatchView& batch) {
  return batch.codec_number() < records::kCodecCount ? records::CodecName(batch.codec())
                                                     : std::string_view("unknown");
}

std::string_view TimestampTypeOf(const BatchView& batch) {
  return batch.is_log_append_time() ? "LogAppendTime" : "CreateTime";
}

Row RowOf(const BatchView& batch, int64_t position, bool is_valid) {
  const bool has_horizon = (batch.attributes() & records::attribute::kDeleteHorizon) != 0;
  Row row("batch");
  row.Int("baseOffset", batch.base_offset())
      .Int("lastOffset", batch.last_offset())
      .Int("count", batch.count())
      .Int("baseSequence", batch.base_sequence())
      .Int("lastSequence", batch.last_sequence())
      .Int("producerId", batch.producer_id())
      .Int("producerEpoch", batch.producer_epoch())
      .Int("partitionLeaderEpoch", batch.leader_epoch())
      .Bool("isTransactional", batch.is_transactional())
      .Bool("isControl", batch.is_control())
      .OptionalInt("deleteHorizonMs",
                   has_horizon ? std::optional(batch.base_timestamp()) : std::nullopt)
      .Int("position", position)
      .Text("timestampType", TimestampTypeOf(batch))
      .Int("maxTimestamp", batch.max_timestamp())
      .Int("size", batch.size())
      .Int("magic", batch.magic())
      .Text("codec", CodecNameOf(batch))
      .Int("crc", batch.crc())
      .Bool("isValid", is_valid);
  return row;
}

class BatchDump {
 public:
  BatchDump(const File& file, int64_t size, const DumpOptions& options, Report& report)
      : file_(file), size_(size), options_(options), report_(report) {}

  Status Run() {
    int64_t position = 0;
    while (position < size_) {
      storage::HeaderScan scan(file_, position, size_);
      while (scan.Next()) {
        position = scan.end_position();
        RETURN_IF_ERROR(PutBatch(scan.position(), scan.batch().size()));
      }
      if (scan.status().ok()) return {};
      if (scan.status().code() != StatusCode::kCorrupt) return scan.status();
      ASSIGN_OR_RETURN(const int64_t skipped, SkipOther(position));
      if (skipped == 0) return {};
      position += skipped;
    }
    return {};
  }

 private:
  Status Read(int64_t position, int64_t size) {
    bytes_.resize(static_cast<size_t>(size));
    ASSIGN_OR_RETURN(const size_t read, file_.ReadAt(position, bytes_));
    bytes_.resize(read);
    return {};
  }

  Status PutBatch(int64_t position, int64_t size) {
    RETURN_IF_ERROR(Read(position, size));
    if (bytes_.size() < static_cast<size_t>(size)) {
      report_.Problem(position, "the file became shorter while it was read");
      return {};
    }
    const BatchView batch(bytes_.data());
    const bool is_valid = batch.IsIntact();
    report_.Put(RowOf(batch, position, is_valid));
    if (!is_valid) {
      report_.Problem(position, "the checksum of the batch is wrong");
    } else if (options_.records) {
      PutRecords(batch, position);
    }
    return {};
  }

  void PutRecords(const BatchView& batch, int64_t position) {
    std::string content;
    const Result<std::string_view> plain = records::PlainRecords(batch, &content);
    if (!plain.ok()) return report_.Problem(position, plain.status().message());
    records::RecordCursor cursor(*plain);
    records::Record record;
    int32_t count = 0;
    for (; cursor.Next(&record); ++count) PutRecord(batch, record);
    if (!cursor.ok()) return report_.Problem(position, "a record of the batch is malformed");
    if (count != batch.count())
      report_.Problem(position, "the batch holds another number of records than it says");
  }

  void PutRecord(const BatchView& batch, const records::Record& record) {
    const int32_t sequence =
        batch.base_sequence() == records::kNoSequence
            ? records::kNoSequence
            : records::AddToSequence(batch.base_sequence(), record.offset_delta);
    const auto size_of = [](const std::optional<std::string_view>& bytes) {
      return bytes.has_value() ? static_cast<int64_t>(bytes->size()) : -1;
    };
    Row row("record");
    row.Indent()
        .Int("offset", batch.base_offset() + record.offset_delta)
        .Text("timestampType", TimestampTypeOf(batch))
        .Int("timestamp", batch.is_log_append_time()
                              ? batch.max_timestamp()
                              : batch.base_timestamp() + record.timestamp_delta)
        .Int("keySize", size_of(record.key))
        .Int("valueSize", size_of(record.value))
        .Int("sequence", sequence);
    if (batch.is_control()) {
      AddControl(batch, record, &row);
    } else {
      AddHeaders(record, &row);
      AddContent(record, &row);
    }
    report_.Put(row);
  }

  static void AddControl(const BatchView& batch, const records::Record& record, Row* row) {
    constexpr size_t kKeySizeBytes = 4;
    const bool has_type = record.key.has_value() && record.key->size() >= kKeySizeBytes;
    const int type = has_type ? LoadBig<int16_t>(record.key->data() + 2) : -1;
    const bool is_known = type >= 0 && static_cast<size_t>(type) < std::size(kControlTypes);
    row->Text("controlType", is_known ? kControlTypes[type] : "UNKNOWN");
    if (batch.codec() != records::Codec::kNone) return;  // markers never are compressed
    if (const std::optional<records::EndMarker> marker = records::ReadEndMarker(batch))
      row->Int("coordinatorEpoch", marker->coordinator_epoch);
  }

  static void AddHeaders(const records::Record& record, Row* row) {
    std::string json;
    print::Printer printer(&json);
    printer.BeginArray();
    std::string_view left = record.headers;
    records::Header header;
    for (int32_t i = 0; i < record.header_count && records::NextHeader(&left, &header); ++i) {
      printer.BeginArray();
      printer.String(header.key);
      PrintBytes(header.value, &printer);
      printer.EndArray();
    }
    printer.EndArray();
    if (record.header_count > 0) row->Json("headers", std::move(json));
  }

  static void PrintBytes(const std::optional<std::string_view>& bytes, print::Printer* printer) {
    if (!bytes.has_value()) return printer->Null();
    if (wire::IsUtf8(*bytes)) return printer->String(*bytes);
    printer->BeginObject();
    printer->Key("base64");
    printer->Bytes(*bytes);
    printer->EndObject();
  }

  void AddContent(const records::Record& record, Row* row) const {
    if (record.key.has_value()) {
      const Decoding decoding = options_.decoding.value_or(Decoding::kNone);
      if (auto decoded = DecodeInternal(decoding, *record.key, record.value)) {
        row->Json("key", std::move(decoded->key)).Json("payload", std::move(decoded->value));
        return;
      }
    }
    row->Bytes("key", record.key).Bytes("payload", record.value);
  }

  // What stands where no batch of today's format does. Returns its size if what follows can be read
  // on, else 0.
  Result<int64_t> SkipOther(int64_t position) {
    RETURN_IF_ERROR(Read(position, std::min<int64_t>(size_ - position, kLookAheadSizeBytes)));
    const bool is_zero = bytes_.find_first_not_of('\0') == std::string::npos;
    if (is_zero) {
      ASSIGN_OR_RETURN(const bool to_the_end, storage::IsZero(file_, position, size_));
      if (to_the_end) {
        report_.Put(Row("padding").Int("position", position).Int("size", size_ - position));
        return 0;
      }
    }
    if (bytes_.size() > records::field::kMagic) {
      const BatchView entry(bytes_.data());
      const bool is_legacy = entry.magic() >= 0 && entry.magic() < records::kMagic &&
                             entry.length() >= records::kLengthMin &&
                             position + entry.size() <= size_;
      if (is_legacy) {
        report_.Put(Row("legacy")
                        .Int("offset", entry.base_offset())
                        .Int("position", position)
                        .Int("size", entry.size())
                        .Int("magic", entry.magic()));
        return entry.size();
      }
    }
    report_.Problem(position, "no batch begins here; " + std::to_string(size_ - position) +
                                  " bytes to the end of the file cannot be read");
    return 0;
  }

  static constexpr int64_t kLookAheadSizeBytes = 64 * 1024;

  const File& file_;
  const int64_t size_;
  const DumpOptions& options_;
  Report& report_;
  std::string bytes_;
};

}  // namespace

Status DumpBatches(Files& files, const std::string& path, const DumpOptions& options,
                   Report& report) {
  ASSIGN_OR_RETURN(const Ref<File> file, files.Open(path, OpenMode::kRead));
  ASSIGN_OR_RETURN(const int64_t size, file->Size());
  return BatchDump(*file, size, options, report).Run();
}

}  // namespace odradek::inspect
