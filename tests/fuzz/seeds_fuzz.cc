// Writes the seeds of the fuzz targets: fuzz_seeds FOLDER. Messages come from the goldens (bytes of
// foreign codecs), batches from our own builder in every codec. Nothing of it is kept in the tree.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "base/check.h"
#include "protocol/records/batch_builder.h"
#include "protocol/testing/golden_files.h"
#include "protocol/testing/messages.h"
#include "protocol/wire/header_codec.h"

namespace odradek {
namespace {

class SeedFolder {
 public:
  explicit SeedFolder(std::filesystem::path path) : path_(std::move(path)) {
    std::filesystem::create_directories(path_);
  }
  void Add(std::string_view bytes) {
    std::ofstream file(path_ / std::to_string(count_++), std::ios::binary);
    file << bytes;
    CHECK(file.good());
  }
  int count() const { return count_; }

 private:
  const std::filesystem::path path_;
  int count_ = 0;
};

std::string MessageSeed(size_t index, const AnyMessage& type, const GoldenInstance& golden) {
  std::string seed = {static_cast<char>(index >> 8), static_cast<char>(index),
                      static_cast<char>(golden.version - type.min_version)};
  return seed + golden.bytes;
}

std::string FrameSeed(const AnyMessage& type, const GoldenInstance& golden) {
  RequestHeader header;
  header.request_api_key = type.api_key;
  header.request_api_version = golden.version;
  header.correlation_id = 1;
  header.client_id = "seed";
  const int16_t version = wire::RequestHeaderVersion(*FindApi(type.api_key), golden.version);
  return Flatten(wire::EncodeToChain(version, header)) + golden.bytes;
}

void WriteMessages(SeedFolder& messages, SeedFolder& frames) {
  for (size_t index = 0; index < AllMessages().size(); ++index) {
    const AnyMessage& type = AllMessages()[index];
    for (const GoldenInstance& golden : LoadGoldens("kmsg", type.name)) {
      messages.Add(MessageSeed(index, type, golden));
      if (type.is_request) frames.Add(FrameSeed(type, golden));
    }
    for (const GoldenInstance& golden : LoadGoldens("kafka-clients", type.name)) {
      messages.Add(MessageSeed(index, type, golden));
    }
  }
}

void WriteBatches(SeedFolder& batches) {
  for (int codec = 0; codec < records::kCodecCount; ++codec) {
    for (const bool idempotent : {false, true}) {
      records::BatchOptions options;
      options.codec = static_cast<records::Codec>(codec);
      if (idempotent) {
        options.producer_id = 7;
        options.producer_epoch = 0;
        options.base_sequence = 3;
      }
      records::BatchBuilder builder(options);
      const records::Header headers[] = {{"name", "value"}, {"empty", std::nullopt}};
      builder.Add(1'700'000'000'000, "key", "value", headers);
      builder.Add(1'700'000'000'001, std::nullopt, std::string(300, 'x'));
      builder.Add(1'700'000'000'000, "", std::nullopt);
      Result<std::string> batch = builder.Finish();
      CHECK(batch.ok());
      for (const char policy : {'\0', '\x03', '\x04', '\x38'}) batches.Add(policy + *batch);
    }
  }
}

}  // namespace
}  // namespace odradek

int main(int argc, char** argv) {
  CHECK_EQ(argc, 2);
  const std::filesystem::path folder = argv[1];
  odradek::SeedFolder messages(folder / "fuzz_message");
  odradek::SeedFolder frames(folder / "fuzz_frame");
  odradek::SeedFolder batches(folder / "fuzz_record_batch");
  odradek::WriteMessages(messages, frames);
  odradek::WriteBatches(batches);
  return messages.count() > 0 && frames.count() > 0 ? 0 : 1;
}
