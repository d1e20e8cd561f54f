// Cleaner: one pass of compaction over the sealed segments of a log, in steps of one buffer.
//
// First it reads what was never cleaned and notes the last offset of every key, as many as the map
// takes. Then it reads the log from its beginning and copies what is kept into new segments,
// several old ones into one while they fit; each new one is handed out to take its predecessors'
// place. It reads and writes files only: it knows nothing of the log but what it was told at its
// beginning.
//
//   kMapping --(map full, or all read)--> kCleaning --(a segment is complete)--> kSwapping
//      kSwapping --Swapped()--> kCleaning ... --(none left)--> kDone
//
// Invariants: 1. sources are read once each in either phase, front to back; 2. an output stands for
// whole sources that follow one another; 3. an output is on the device before it is handed out.
//
// Owner: LocalCompaction. Not thread-safe. Errors: kCorrupt if a source cannot be read as batches;
// those of the files. Source: Cleaner of Apache Kafka.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/unique_function.h"
#include "storage/compaction.h"
#include "storage/local/cleaner_filter.h"
#include "storage/local/cleaner_swap.h"
#include "storage/local/offset_map.h"
#include "storage/local/segment.h"
#include "storage/local/store_context.h"

namespace odradek::storage {

struct CleanerJob {
  std::string directory;
  std::vector<CleanerSource> sources;  // all from the log's first segment that can be cleaned
  int64_t dirty_from = 0;              // offset
  int64_t segment_size_bytes_max = 0;
  CleanerFacts facts;
  CompactionLimits limits;
};

class Cleaner {
 public:
  enum class Phase : unsigned char { kMapping, kCleaning, kSwapping, kDone };
  // An output is synced about every so many bytes, so that no sync takes long.
  static constexpr int64_t kSyncEverySizeBytes = 16 << 20;

  // `make_segment` makes an empty segment with this base offset, as the log would.
  using MakeSegment = UniqueFunction<std::unique_ptr<Segment>(int64_t base_offset)>;
  Cleaner(StoreContext& context, CleanerJob job, MakeSegment make_segment);
  ~Cleaner();

  // Requires: the phase is kMapping or kCleaning. After an error the pass is over.
  Status Run();
  Phase phase() const { return phase_; }
  size_t TakeIoSize() { return std::exchange(io_size_bytes_, 0); }
  // Requires: kSwapping. It stays the cleaner's until Swapped().
  CleanedSegment& cleaned() { return *cleaned_; }
  void Swapped();
  // The first offset that is still dirty. Requires: kDone.
  int64_t cleaned_to() const { return mapped_end_; }
  // Removes the file that is being written.
  void Discard();

 private:
  // A source that is being read.
  struct Reading {
    Ref<odradek::File> file;
    int64_t position = 0;
    int64_t next_offset = 0;  // no batch begins before it
  };

  const CleanerSource& source() const { return job_.sources[at_]; }
  Status OpenSource();
  Result<std::string_view> ReadBatches();
  Status CheckBatch(const records::BatchView& batch);
  Status MapChunk();
  // False if the map is full.
  Result<bool> MapBatch(const records::BatchView& batch);
  void BeginCleaning();
  Status CleanChunk();
  Status Write();
  Status BeginOutput();
  bool FitsInOutput(const CleanerSource& next) const;
  Status FinishOutput();

  StoreContext& context_;
  const CleanerJob job_;
  MakeSegment make_segment_;
  Phase phase_ = Phase::kMapping;
  size_t at_ = 0;  // of the sources
  Reading reading_;
  std::string buffer_;
  OffsetMap map_;
  std::string plain_;
  int64_t mapped_end_;  // all dirty records before it are in the map
  CleanedTransactions mapped_transactions_;
  std::optional<BatchFilter> filter_;
  Ref<odradek::File> output_;
  int64_t unsynced_bytes_ = 0;
  bool changed_ = false;  // the output differs from what it stands for
  std::string to_write_;
  std::unique_ptr<CleanedSegment> cleaned_;
  size_t io_size_bytes_ = 0;
};

}  // namespace odradek::storage
