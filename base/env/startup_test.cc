#include "base/env/startup.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace odradek {
namespace {

// A pipe that holds `content`, with its writing end closed.
class FullPipe {
 public:
  explicit FullPipe(std::string_view content) {
    EXPECT_EQ(pipe(ends_.data()), 0);
    EXPECT_EQ(write(ends_[1], content.data(), content.size()),
              static_cast<ssize_t>(content.size()));
    close(ends_[1]);
  }
  ~FullPipe() { close(ends_[0]); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(ends_[0]); }

 private:
  std::array<int, 2> ends_{};
};

TEST(ReadNamedFile, ReadsAPipeToItsEnd) {
  const FullPipe pipe("num.partitions=3\n");
  EXPECT_EQ(ReadNamedFile(pipe.path(), 100).value(), "num.partitions=3\n");
}

TEST(ReadNamedFile, ReadsAFileUpToItsLimit) {
  const std::string path = testing::TempDir() + "/startup_test." + std::to_string(getpid());
  const std::string content(40'000, 'x');
  std::ofstream(path) << content;
  EXPECT_TRUE(ReadNamedFile(path, 40'000).value() == content);
  const Status refused = ReadNamedFile(path, 39'999).status();
  EXPECT_EQ(refused.code(), StatusCode::kInvalid);
  EXPECT_EQ(refused.message(), "'" + path + "' has more than the 39999 bytes that are allowed");
  std::filesystem::remove(path);
}

TEST(ReadNamedFile, SaysWhatCannotBeRead) {
  EXPECT_EQ(ReadNamedFile("/nowhere/at/all", 9).status().message(),
            "open of '/nowhere/at/all': No such file or directory");
  EXPECT_EQ(ReadNamedFile("/", 9).status().message(), "read of '/': Is a directory");
}

TEST(ReadBootId, StaysTheSameAndHasNoLineEnd) {
  const std::string id = ReadBootId();
  EXPECT_EQ(id, ReadBootId());
  EXPECT_EQ(id.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace odradek
