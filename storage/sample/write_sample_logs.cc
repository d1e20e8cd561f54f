// write-sample-logs DIRECTORY: fills a data directory with logs that use every part of the format:
// all codecs, several segments, idempotent and transactional producers, aborted transactions,
// epochs, both timestamp types; one log is left as a crash would leave it. The dump-log lane reads
// them with Apache Kafka's own tool.
#include <memory>
#include <string>
#include <vector>

#include "base/env/clock.h"
#include "base/env/env.h"
#include "base/log.h"
#include "protocol/records/batch_builder.h"
#include "protocol/records/control_record.h"
#include "storage/local/local_store.h"

namespace odradek::storage {
namespace {

constexpr int kRounds = 120;
constexpr int kRecordsPerBatch = 7;
constexpr int64_t kSegmentSizeBytes = 64 * 1024;

class Sample {
 public:
  explicit Sample(std::string root) : files_(MakePosixFiles(std::move(root))) {
    env_.clock = &clock_;
    env_.random = &random_;
    env_.files = files_.get();
  }

  int Run() {
    const Status made = files_->MakeDirs("");
    if (!made.ok()) return Fail(made);
    StoreOptions options;
    options.index_interval_bytes = 4096;
    for (const char* topic : {"clean", "crashed", "stamped"}) {
      const std::unique_ptr<LogStore> store = MakeLocalStore(env_, options);
      LogConfig config;
      config.segment_bytes = kSegmentSizeBytes;
      config.log_append_time = std::string_view(topic) == "stamped";
      Result<std::shared_ptr<PartitionLog>> log =
          store->Open({topic, random_.NewUuid(), 0}, config);
      Status status = log.ok() ? Fill(**log) : log.status();
      if (status.ok() && std::string_view(topic) != "crashed") status = store->Close();
      if (!status.ok()) return Fail(status);
    }
    return 0;
  }

 private:
  static int Fail(const Status& status) {
    LOG_ERROR("{}", status.ToString());
    return 1;
  }

  Status Append(PartitionLog& log, std::string bytes, int32_t epoch, AppendRequest::Origin origin) {
    AppendRequest request;
    request.owner.leader_epoch = epoch;
    request.batches = bytes;
    request.origin = origin;
    const AppendResult result = log.Append(request);
    return result.error == AppendError::kNone ? Status() : result.status;
  }

  Status AppendData(PartitionLog& log, const records::BatchOptions& options, int round) {
    records::BatchBuilder builder(options);
    for (int i = 0; i < kRecordsPerBatch; ++i) {
      const std::string key = "key " + std::to_string(random_.Below(100));
      const std::string value(random_.Below(900), static_cast<char>('a' + round % 26));
      const records::Header header{"header", std::string_view("value")};
      // Timestamps go back and forth, as those of producers do.
      builder.Add(clock_.WallMs() + static_cast<int64_t>(random_.Below(1000)), key, value,
                  std::span(&header, 1));
    }
    Result<std::string> batch = builder.Finish();
    if (!batch.ok()) return batch.status();
    return Append(log, std::move(*batch), round / 40, AppendRequest::Origin::kClient);
  }

  Status Fill(PartitionLog& log) {
    for (int round = 0; round < kRounds; ++round) {
      records::BatchOptions options;
      options.codec = static_cast<records::Codec>(round % records::kCodecCount);
      RETURN_IF_ERROR(AppendData(log, options, round));
      options.producer_id = 1;
      options.producer_epoch = 0;
      options.base_sequence = round * kRecordsPerBatch;
      RETURN_IF_ERROR(AppendData(log, options, round));
      options.producer_id = 2 + round % 3;
      options.base_sequence = round / 3 * kRecordsPerBatch;
      options.transactional = true;
      RETURN_IF_ERROR(AppendData(log, options, round));
      if (round % 4 == 3) continue;
      RETURN_IF_ERROR(Append(
          log,
          records::MakeEndMarkerBatch(options.producer_id, 0, {round % 2 == 0, 5}, clock_.WallMs()),
          round / 40, AppendRequest::Origin::kCoordinator));
    }
    return Status();
  }

  SystemClock clock_;
  SeededRandom random_{1};
  const std::unique_ptr<Files> files_;
  Env env_;
};

}  // namespace
}  // namespace odradek::storage

int main(int argc, char** argv) {
  if (argc != 2) {
    LOG_ERROR("usage: write-sample-logs DIRECTORY");
    return 2;
  }
  return odradek::storage::Sample(argv[1]).Run();
}
