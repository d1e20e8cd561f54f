// A closed log of several segments with what a data directory has around it, and what verify tells
// of it.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "inspect/verify.h"
#include "metadata/records.h"
#include "storage/journal/journal.h"
#include "storage/local/file_names.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::inspect {

inline const std::string kFirst = "topic/3/00000000000000000000.log";

class VerifyFixture : public testing::Test {
 protected:
  // Two dozen records in several segments, closed.
  VerifyFixture() {
    storage::LogConfig config;
    config.segment_bytes = 1000;
    store_.Configure(config);
    for (int i = 0; i < 24; ++i)
      store_.Append({std::string(200, 'v')}, {.id = 7, .epoch = 0, .sequence = i});
    EXPECT_TRUE(store_.store().Close().ok());
    for (const std::string& name : store_.FileNames())
      if (name.ends_with(storage::kLogSuffix)) logs_.push_back("topic/3/" + name);
    Write("meta.properties", "cluster.id=c\nnode.id=0\nversion=1\n");
    WriteTopics({"topic", "empty"});
  }

  // The first has the id of the store's topic, and four partitions as the others.
  void WriteTopics(const std::vector<std::string>& names) {
    ASSERT_TRUE(files().RemoveTree("metadata").ok());
    auto journal =
        storage::Journal::Open(files(), "metadata", [](std::string_view) { return Status(); });
    ASSERT_TRUE(journal.ok());
    for (const std::string& name : names) {
      auto topic = std::make_shared<metadata::TopicInfo>();
      topic->name = name;
      topic->id = name == names.front() ? store_.id().topic_id : random_.NewUuid();
      topic->partitions.resize(4);
      ASSERT_TRUE((*journal)->Append(metadata::EncodeRecords({metadata::TopicRecord{topic}})).ok());
    }
  }

  Files& files() { return store_.files(); }
  std::string Read(const std::string& path) { return *files().ReadAll(path); }
  void Write(const std::string& path, std::string_view content) {
    ASSERT_TRUE(files().WriteAtomically(path, content).ok());
  }
  std::string FileWith(std::string_view suffix) {
    for (const std::string& name : store_.FileNames())
      if (name.ends_with(suffix)) return "topic/3/" + name;
    return "none";
  }
  // The files of the partition.
  std::map<std::string, std::string> Image() {
    std::map<std::string, std::string> image;
    for (const std::string& name : store_.FileNames())
      image["topic/3/" + name] = Read("topic/3/" + name);
    return image;
  }
  void Restore(const std::map<std::string, std::string>& image) {
    ASSERT_TRUE(files().RemoveTree("topic/3").ok());
    ASSERT_TRUE(files().MakeDirs("topic/3").ok());
    for (const auto& [path, content] : image) Write(path, content);
  }
  // Reads to the end, past what is damaged.
  void ReadThrough() {
    for (int64_t at = store_.log().offsets().start; at < store_.log().offsets().end;) {
      storage::ReadResult read;
      (void)store_.log().Read(
          {.offset = at, .offset_limit = INT64_MAX, .max_bytes = 1 << 20, .at_least_one = true},
          &read);
      ASSERT_GT(read.next_offset, at);
      at = read.next_offset;
    }
  }
  // The rows about everything, as text.
  std::string Run() {
    std::string rows;
    Report report(Form::kText, [&](std::string_view text) { rows += text; });
    Findings findings(report);
    const auto totals = Verify(files(), {}, findings);
    EXPECT_TRUE(totals.ok()) << totals.status().ToString();
    if (totals.ok()) totals_ = *totals;
    damage_ = findings.damage();
    harmless_ = findings.harmless();
    return rows;
  }
  void ExpectDamage(std::string_view row) {
    const std::string rows = Run();
    EXPECT_NE(rows.find(row), std::string::npos) << rows;
    EXPECT_GT(damage_, 0);
  }
  void ExpectHarmless(std::string_view row) {
    const std::string rows = Run();
    EXPECT_NE(rows.find(row), std::string::npos) << rows;
    EXPECT_EQ(damage_, 0) << rows;
    EXPECT_GT(harmless_, 0);
  }

  storage::StoreHarness store_{storage::Layer::kProcess};
  SeededRandom random_{3};
  std::vector<std::string> logs_;
  VerifyTotals totals_;
  int64_t damage_ = 0;
  int64_t harmless_ = 0;
};

}  // namespace odradek::inspect
