#include "inspect/dump.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "metadata/records.h"
#include "protocol/records/batch_builder.h"
#include "protocol/records/control_record.h"
#include "storage/journal/frame.h"
#include "storage/journal/journal.h"
#include "storage/local/log_checkpoint.h"

namespace odradek::inspect {
namespace {

using records::BatchBuilder;

constexpr int64_t kTimeMs = 1'700'000'000'000;
const std::string kSegment = "t/0/00000000000000000010.log";

class DumpTest : public testing::Test {
 protected:
  void Write(const std::string& path, std::string_view content) {
    ASSERT_TRUE(files_->MakeDirs(path.substr(0, path.rfind('/'))).ok());
    ASSERT_TRUE(files_->WriteAtomically(path, content).ok());
  }
  // Rows as text, without the line that names the file.
  std::string RowsOf(const std::string& path, const DumpOptions& options = {},
                     Form form = Form::kText) {
    std::string out;
    Report report(form, [&](std::string_view text) { out += text; });
    status_ = Dump(*files_, path, "", options, report);
    problems_ = report.problems();
    return form == Form::kJson ? out : out.substr(out.find('\n') + 1);
  }

  static std::string Batch(int64_t offset, records::Codec codec = records::Codec::kNone) {
    BatchBuilder builder({.base_offset = offset, .leader_epoch = 3, .codec = codec});
    const records::Header header{"h", std::string_view("\xff")};
    builder.Add(kTimeMs, "key", "a \"value\"", std::span(&header, 1));
    builder.Add(kTimeMs + 5, std::nullopt, std::nullopt);
    return std::move(builder.Finish()).value();
  }

  std::unique_ptr<Files> files_ = MakeMemoryFiles();
  Status status_;
  int64_t problems_ = 0;
};

TEST_F(DumpTest, TellsTheFieldsOfABatch) {
  Write(kSegment, Batch(10));
  EXPECT_EQ(RowsOf(kSegment),
            "batch baseOffset: 10 lastOffset: 11 count: 2 baseSequence: -1 lastSequence: -1 "
            "producerId: -1 producerEpoch: -1 partitionLeaderEpoch: 3 isTransactional: false "
            "isControl: false deleteHorizonMs: none position: 0 timestampType: CreateTime "
            "maxTimestamp: 1700000000005 size: " +
                std::to_string(Batch(10).size()) + " magic: 2 codec: none crc: " +
                std::to_string(records::BatchView(Batch(10).data()).crc()) + " isValid: true\n");
  EXPECT_EQ(problems_, 0);
}

TEST_F(DumpTest, TellsRecordsOfEveryCodec) {
  for (int codec = 0; codec < records::kCodecCount; ++codec) {
    Write(kSegment, Batch(10, static_cast<records::Codec>(codec)));
    const std::string rows = RowsOf(kSegment, {.records = true});
    EXPECT_EQ(rows.substr(rows.find('\n') + 1),
              "| record offset: 10 timestampType: CreateTime timestamp: 1700000000000 keySize: 3 "
              "valueSize: 9 sequence: -1 headers: [[\"h\",{\"base64\":\"/w==\"}]] key: \"key\" "
              "payload: \"a \\\"value\\\"\"\n"
              "| record offset: 11 timestampType: CreateTime timestamp: 1700000000005 keySize: -1 "
              "valueSize: -1 sequence: -1 key: null payload: null\n");
  }
}

TEST_F(DumpTest, JsonNamesTheFileInEveryRow) {
  Write(kSegment, Batch(10));
  const std::string rows = RowsOf(kSegment, {.records = true}, Form::kJson);
  EXPECT_TRUE(rows.starts_with("{\"file\":\"t/0/00000000000000000010.log\",\"kind\":\"batch\","))
      << rows;
  EXPECT_NE(rows.find("\n{\"file\":\"t/0/00000000000000000010.log\",\"kind\":\"record\","),
            std::string::npos);
}

TEST_F(DumpTest, TellsTransactionMarkers) {
  Write(kSegment,
        records::MakeEndMarkerBatch(7, 1, {.commit = false, .coordinator_epoch = 4}, kTimeMs));
  const std::string rows = RowsOf(kSegment, {.records = true});
  EXPECT_NE(rows.find("controlType: ABORT coordinatorEpoch: 4\n"), std::string::npos) << rows;
}

TEST_F(DumpTest, AWrongChecksumIsAProblemAndTheRestIsRead) {
  std::string bytes = Batch(10);
  bytes.back() = 'x';
  const size_t second = bytes.size();
  Write(kSegment, bytes + Batch(12));
  const std::string rows = RowsOf(kSegment);
  EXPECT_NE(rows.find("isValid: false\nproblem position: 0 "), std::string::npos) << rows;
  EXPECT_NE(rows.find("position: " + std::to_string(second)), std::string::npos);
  EXPECT_EQ(problems_, 1);
}

TEST_F(DumpTest, ReservedZerosAreNoProblemAndGarbageIs) {
  const std::string batch = Batch(10);
  Write(kSegment, batch + std::string(200'000, '\0'));
  EXPECT_NE(RowsOf(kSegment).find("padding position: " + std::to_string(batch.size()) +
                                  " size: 200000\n"),
            std::string::npos);
  EXPECT_EQ(problems_, 0);
  Write(kSegment, batch + std::string(200'000, '\0') + "x");
  EXPECT_NE(RowsOf(kSegment).find("problem position: " + std::to_string(batch.size())),
            std::string::npos);
  EXPECT_EQ(problems_, 1);
}

TEST_F(DumpTest, StepsOverEntriesOfOldFormats) {
  std::string legacy(34, '\0');
  legacy[7] = 9;    // offset
  legacy[11] = 22;  // bytes that follow
  legacy[16] = 1;   // magic
  Write(kSegment, legacy + Batch(10));
  const std::string rows = RowsOf(kSegment);
  EXPECT_TRUE(rows.starts_with("legacy offset: 9 position: 0 size: 34 magic: 1\nbatch ")) << rows;
}

TEST_F(DumpTest, DecodesInternalTopicsByTheirName) {
  using std::string_literals::operator""s;
  const std::string key = "\0\1\0\1g\0\1t\0\0\0\3"s;
  const std::string value = "\0\3\0\0\0\0\0\0\0\x2a\xff\xff\xff\xff\0\1m\0\0\0\0\0\0\0\7"s;
  BatchBuilder builder;
  builder.Add(kTimeMs, key, value);
  builder.Add(kTimeMs, key, std::nullopt);
  const std::string batch = std::move(builder.Finish()).value();
  const std::string decoded_key =
      R"(key: {"type":1,"name":"OffsetCommitKey","data":{"group":"g","topic":"t","partition":3}} )";
  for (const std::string folder : {"__consumer_offsets/5", "__consumer_offsets-5"}) {
    const std::string path = folder + "/00000000000000000000.log";
    Write(path, batch);
    const std::string rows = RowsOf(path, {.records = true});
    EXPECT_NE(
        rows.find(decoded_key + R"(payload: {"version":3,"data":{"offset":42,"leaderEpoch":-1,)"
                                R"("metadata":"m","commitTimestamp":7}})"),
        std::string::npos)
        << rows;
    EXPECT_NE(rows.find(decoded_key + "payload: null\n"), std::string::npos) << rows;
    EXPECT_EQ(RowsOf(path, {.records = true, .decoding = Decoding::kNone}).find("OffsetCommitKey"),
              std::string::npos);
  }
}

TEST_F(DumpTest, TellsIndexesWithoutWhatIsReservedBehindThem) {
  using std::string_literals::operator""s;
  Write("t-0/00000000000000000010.index", "\0\0\0\5\0\0\1\0"s + std::string(80, '\0'));
  EXPECT_EQ(RowsOf("t-0/00000000000000000010.index"),
            "padding position: 8 size: 80\noffset offset: 15 position: 256\n");
  Write("t-0/00000000000000000010.timeindex", "\0\0\0\0\0\0\1\0\0\0\0\7"s);
  EXPECT_EQ(RowsOf("t-0/00000000000000000010.timeindex"), "timestamp timestamp: 256 offset: 17\n");
  Write("t-0/00000000000000000010.timeindex", "\0\0\0\0\0\0\1\0\0\0\0\7\1"s);
  RowsOf("t-0/00000000000000000010.timeindex");
  EXPECT_EQ(problems_, 1);
}

TEST_F(DumpTest, TellsCheckpointsAndProperties) {
  Write("t/0/leader-epoch-checkpoint", "0\n2\n0 0\n4 17\n");
  EXPECT_EQ(RowsOf("t/0/leader-epoch-checkpoint"),
            "epoch epoch: 0 startOffset: 0\nepoch epoch: 4 startOffset: 17\n");
  Write("t/0/partition.metadata", "version: 0\ntopic_id: abc");
  EXPECT_EQ(RowsOf("t/0/partition.metadata"),
            "property name: version value: 0\nproperty name: topic_id value: abc\n");
  Write("d/log-start-offset-checkpoint", "0\n1\nmy-topic 3 40\n");
  EXPECT_EQ(RowsOf("d/log-start-offset-checkpoint"),
            "partitionOffset topic: my-topic partition: 3 offset: 40\n");
  storage::LogCheckpoint checkpoint;
  checkpoint.partition = "0";
  checkpoint.segments.push_back({.base_offset = 10, .next_offset = 12, .size_bytes = 99});
  Write("t/0/log.checkpoint", checkpoint.Encode());
  EXPECT_NE(RowsOf("t/0/log.checkpoint").find("segment baseOffset: 10 nextOffset: 12 size: 99"),
            std::string::npos);
  Write("t/0/log.checkpoint", "odradek-log 1\ncrc32c 00000000\n");
  RowsOf("t/0/log.checkpoint");
  EXPECT_EQ(problems_, 1);
}

TEST_F(DumpTest, TellsTheMetadataJournalAndItsSnapshots) {
  const std::string entry =
      metadata::EncodeRecords({metadata::ClusterRecord{"c"}, metadata::ProducerIdsRecord{1000}});
  const std::string records =
      "| metadata type: cluster clusterId: c\n| metadata type: producerIds limit: 1000\n";
  const auto ignore = [](std::string_view) { return Status(); };
  auto journal = storage::Journal::Open(*files_, "metadata", ignore);
  ASSERT_TRUE(journal.ok());
  ASSERT_TRUE((*journal)->Append(entry).ok());
  EXPECT_EQ(
      RowsOf("metadata/00000000000000000000.journal"),
      "entry sequence: 0 position: 12 size: " + std::to_string(entry.size()) + "\n" + records);
  ASSERT_TRUE((*journal)->WriteSnapshot({entry}).ok());
  const std::string snapshot = RowsOf("metadata/00000000000000000001.snapshot");
  EXPECT_NE(snapshot.find(records + "end sequence: 1 "), std::string::npos) << snapshot;
  EXPECT_EQ(problems_, 0);
  const auto whole = files_->ReadAll("metadata/00000000000000000001.snapshot");
  ASSERT_TRUE(whole.ok());
  Write("metadata/00000000000000000001.snapshot", whole->substr(0, whole->size() - 1));
  RowsOf("metadata/00000000000000000001.snapshot");
  EXPECT_EQ(problems_, 1);
}

TEST_F(DumpTest, TellsWhatWasCutOffAJournal) {
  const std::string path = "metadata/00000000000000000000.journal.65.cut";
  const std::string entry = metadata::EncodeRecords({metadata::ProducerIdsRecord{1000}});
  const std::string head = "entry sequence: 7 position: 0 size: " + std::to_string(entry.size());
  const std::string frame = storage::EncodeFrame(7, entry);
  Write(path, frame.substr(0, frame.size() - 1));
  EXPECT_EQ(RowsOf(path), head + "\nproblem position: 0 reason: an incomplete entry: " +
                              std::to_string(entry.size() - 1) + " bytes of it are here\n");
  std::string garbled = frame;
  garbled[4] ^= 1;
  Write(path, garbled);
  EXPECT_EQ(RowsOf(path), head + "\n| metadata type: producerIds limit: 1000\n" +
                              "problem position: 0 reason: the entry does not check out: the "
                              "above may not be what was written\n");
  Write(path, garbled + std::string(3, '\0'));
  EXPECT_NE(RowsOf(path).find("3 bytes are behind it"), std::string::npos);
  Write(path, storage::EncodeFrame(7, "no records"));
  EXPECT_EQ(RowsOf(path).find("the above"), std::string::npos);
  Write(path, "torn");
  EXPECT_EQ(RowsOf(path),
            "problem position: 0 reason: too short to tell which entry it was to be\n");
  Write(path, std::string(99, '\0'));
  EXPECT_NE(RowsOf(path).find("zeros"), std::string::npos);
}

TEST_F(DumpTest, WalksDirectoriesInOrderAndPassesOverOtherFiles) {
  Write("b/0/00000000000000000000.log", Batch(0));
  Write("a/0/00000000000000000000.log.deleted", Batch(0));
  Write("a/0/README", "x");
  std::string out;
  Report report(Form::kText, [&](std::string_view text) { out += text; });
  ASSERT_TRUE(Dump(*files_, "", "D", {}, report).ok());
  EXPECT_TRUE(out.starts_with("Dumping D/a/0/00000000000000000000.log.deleted\nbatch")) << out;
  EXPECT_NE(out.find("\nDumping D/b/0/00000000000000000000.log\nbatch"), std::string::npos);
  EXPECT_EQ(out.find("README"), std::string::npos);
}

// What recovery cut off, and copies that people make.
TEST_F(DumpTest, TellsBatchesUnderOtherNames) {
  const std::string rows = (Write(kSegment, Batch(10)), RowsOf(kSegment));
  for (const std::string& path :
       {kSegment + ".cut", kSegment + ".4711.cut", std::string("t/0/my-copy")}) {
    Write(path, Batch(10));
    EXPECT_EQ(RowsOf(path), rows) << path;
    EXPECT_TRUE(status_.ok());
  }
}

TEST_F(DumpTest, TellsReportsOfDamageAsTheyAre) {
  const std::string path = "d/@damage-reports.jsonl";
  const std::string line = R"({"file":"f","acked_loss":"no"})";
  Write(path, line + "\n" + line + "\n");
  EXPECT_EQ(RowsOf(path), "report report: " + line + "\nreport report: " + line + "\n");
  EXPECT_NE(RowsOf(path, {}, Form::kJson).find(",\"report\":" + line + "}\n"), std::string::npos);
  EXPECT_EQ(problems_, 0);
  Write(path, line + "\n{\"torn");
  EXPECT_NE(RowsOf(path).find("problem position: " + std::to_string(line.size() + 1)),
            std::string::npos);
}

TEST_F(DumpTest, JsonHasNumbersAndTruthsAsWhatTheyAre) {
  storage::LogCheckpoint checkpoint;
  checkpoint.partition = "7";
  checkpoint.clean = true;
  Write("t/7/log.checkpoint", checkpoint.Encode());
  EXPECT_NE(RowsOf("t/7/log.checkpoint", {}, Form::kJson)
                .find(R"("partition":7,"clean":true,"power":false,)"),
            std::string::npos);
}

TEST_F(DumpTest, RefusesWhatHoldsNoFileOfAKnownName) {
  Write("a/README", "x");
  for (const char* path : {"a/README", "a", ""}) {
    RowsOf(path);
    EXPECT_EQ(status_.code(), StatusCode::kInvalid) << path;
  }
}

}  // namespace
}  // namespace odradek::inspect
