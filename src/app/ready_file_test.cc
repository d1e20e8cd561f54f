#include "app/ready_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "storage/local/testing/store_harness.h"

namespace odradek::app {
namespace {

class ReadyFileTest : public testing::Test {
 protected:
  // Whether a start that is not sure of its place leaves it.
  bool IsLeft(const std::string& text) {
    EXPECT_TRUE(WriteReadyFile(path_, text).ok());
    EXPECT_TRUE(RemoveStaleReadyFile(path_).ok());
    return access(path_.c_str(), F_OK) == 0;
  }
  static std::string TextOf(pid_t pid) { return fmt::format(R"({{"pid":{}}})", pid); }
  static pid_t EndedProcess() {
    const pid_t pid = fork();
    if (pid == 0) _exit(0);
    EXPECT_EQ(waitpid(pid, nullptr, 0), pid);
    return pid;
  }

  storage::TemporaryDirectory directory_;
  const std::string path_ = directory_.path() + "/ready.json";
};

TEST_F(ReadyFileTest, OfABrokerThatRunsIsLeft) { EXPECT_TRUE(IsLeft(TextOf(getppid()))); }

TEST_F(ReadyFileTest, OfABrokerThatIsGoneGoes) { EXPECT_FALSE(IsLeft(TextOf(EndedProcess()))); }

// Whoever had it before: in a container all brokers are process 1.
TEST_F(ReadyFileTest, WithOurProcessIdGoes) { EXPECT_FALSE(IsLeft(TextOf(getpid()))); }

TEST_F(ReadyFileTest, ThatNamesNoProcessGoes) {
  for (const char* text : {"", "{", "[1]", "{}", R"({"pid":"1"})", R"({"pid":0})", R"({"pid":-1})",
                           R"({"pid":1.5})", R"({"pid":99999999999})"})
    EXPECT_FALSE(IsLeft(text)) << text;
}

TEST_F(ReadyFileTest, NeedsItsFolder) {
  EXPECT_EQ(RemoveStaleReadyFile(path_).code(), StatusCode::kOk);
  EXPECT_EQ(RemoveStaleReadyFile(path_ + "/gone/r").code(), StatusCode::kFatal);
}

}  // namespace
}  // namespace odradek::app
