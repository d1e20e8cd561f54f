// The examples in docs/formats: what stands below each of them is what dump-log says of it.
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "inspect/dump.h"
#include "storage/local/file_names.h"

namespace odradek::inspect {
namespace {

struct Example {
  std::string page;
  std::string path;
  std::string content;
  std::string rows;
};

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Pairs of digits up to the end or to two spaces, behind which a comment stands.
std::string BytesOf(const std::string& line) {
  std::string bytes;
  for (size_t at = 0; at + 1 < line.size(); at += 3) {
    const int high = HexDigit(line[at]);
    const int low = HexDigit(line[at + 1]);
    EXPECT_TRUE(high >= 0 && low >= 0) << line;
    bytes.push_back(static_cast<char>(high * 16 + low));
    if (line.substr(at + 2, 2) == "  ") break;
  }
  return bytes;
}

// Takes the lines of a block off the stream, up to the closing fence.
std::string TakeBlock(std::istream& lines, bool is_hex) {
  std::string content;
  for (std::string line; std::getline(lines, line) && line != "```";)
    content += is_hex ? BytesOf(line) : line + "\n";
  return content;
}

void Collect(const std::string& page, const std::string& text, std::vector<Example>* out) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const bool is_hex = line.starts_with("```hex ");
    if (is_hex || line.starts_with("```text ")) {
      const std::string path = line.substr(line.find(' ') + 1);
      out->push_back({page, path, TakeBlock(lines, is_hex), ""});
    } else if (line == "```dump") {
      ASSERT_FALSE(out->empty()) << page;
      out->back().rows = TakeBlock(lines, false);
    } else if (line.starts_with("```")) {
      TakeBlock(lines, false);
    }
  }
}

std::vector<Example> Examples() {
  const std::unique_ptr<Files> pages = MakePosixFiles("docs/formats");
  std::vector<Example> examples;
  const auto entries = pages->List("");
  EXPECT_TRUE(entries.ok()) << "run from the top of the tree";
  if (!entries.ok()) return examples;
  for (const DirEntry& entry : *entries) {
    const auto text = pages->ReadAll(entry.name);
    EXPECT_TRUE(text.ok()) << entry.name;
    if (text.ok()) Collect(entry.name, *text, &examples);
  }
  return examples;
}

TEST(Formats, EveryExampleIsWhatThePageSays) {
  for (const Example& example : Examples()) {
    const std::unique_ptr<Files> files = MakeMemoryFiles();
    const size_t folder_size = example.path.size() - storage::BaseName(example.path).size();
    ASSERT_TRUE(files->MakeDirs(example.path.substr(0, folder_size)).ok());
    ASSERT_TRUE(files->WriteAtomically(example.path, example.content).ok());
    std::string rows;
    Report report(Form::kText, [&](std::string_view text) { rows += text; });
    const Status status = Dump(*files, example.path, "", {.records = true}, report);
    EXPECT_TRUE(status.ok()) << status.ToString();
    EXPECT_EQ(report.problems(), 0);
    EXPECT_EQ(rows, "Dumping " + example.path + "\n" + example.rows) << example.page;
  }
}

TEST(Formats, EveryKindOfFileHasAnExample) {
  std::set<FileKind> kinds;
  std::set<std::string> snapshots;
  for (const Example& example : Examples()) {
    kinds.insert(ParseFileName(example.path).kind);
    if (example.path.ends_with(".snapshot")) snapshots.insert(example.page);
  }
  for (const FileKind kind :
       {FileKind::kLog, FileKind::kOffsetIndex, FileKind::kTimeIndex, FileKind::kTxnIndex,
        FileKind::kFooter, FileKind::kSnapshot, FileKind::kJournal, FileKind::kJournalMark,
        FileKind::kEpochs, FileKind::kLogCheckpoint, FileKind::kProperties}) {
    EXPECT_TRUE(kinds.contains(kind)) << static_cast<int>(kind);
  }
  EXPECT_EQ(snapshots, (std::set<std::string>{"journal.md", "producers.md"}));
}

}  // namespace
}  // namespace odradek::inspect
