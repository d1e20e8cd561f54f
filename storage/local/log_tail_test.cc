#include "storage/local/log_tail.h"

#include <gtest/gtest.h>

#include <string>

#include "base/testing/simulated_disk.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::storage {
namespace {

class LogTail : public testing::Test {
 protected:
  void Write(const std::string& content) {
    file_ = *disk_.Open("0.log", OpenMode::kCreate);
    ASSERT_TRUE(file_->Truncate(0).ok());
    ASSERT_TRUE(file_->WriteAt(0, content).ok());
    size_ = static_cast<int64_t>(content.size());
  }
  std::string BatchAt(int64_t offset) {
    std::string batch = BatchOf(clock_, {"value"});
    records::SetBaseOffset(batch.data(), offset);
    return batch;
  }

  HeldClock clock_;
  SimulatedDisk disk_;
  Ref<odradek::File> file_;
  int64_t size_ = 0;
};

TEST_F(LogTail, OneByteThatIsNotZeroIsFoundAnywhere) {
  constexpr size_t kPieceSizeBytes = 1 << 20;
  constexpr size_t kSizeBytes = 2 * kPieceSizeBytes + 10;
  for (const size_t at : {size_t{0}, kPieceSizeBytes - 1, kPieceSizeBytes, kSizeBytes - 1}) {
    std::string content(kSizeBytes, '\0');
    content[at] = 'x';
    Write(content);
    const auto place = static_cast<int64_t>(at);
    EXPECT_FALSE(*IsZero(*file_, 0, size_)) << at;
    EXPECT_FALSE(*IsZero(*file_, place, size_)) << at;
    EXPECT_TRUE(*IsZero(*file_, place + 1, size_)) << at;
    EXPECT_TRUE(*IsZero(*file_, 0, place)) << at;
  }
}

TEST_F(LogTail, TheFrontOfABatchIsCutShort) {
  const std::string batch = BatchAt(5);
  for (size_t size = 1; size <= batch.size(); ++size) {
    Write(batch.substr(0, size));
    EXPECT_EQ(*IsCutShort(*file_, 0, size_), size < batch.size()) << size;
  }
  Write(std::string(batch.size() - 1, 'x'));
  EXPECT_FALSE(*IsCutShort(*file_, 0, size_));
}

TEST_F(LogTail, GoesOnWithTheNextBatchOnly) {
  Write(BatchAt(5) + "torn");
  EXPECT_TRUE(*GoesOn(*file_, 0, size_, 5));
  EXPECT_FALSE(*GoesOn(*file_, 0, size_, 4));
  Write("x" + BatchAt(5));
  EXPECT_FALSE(*GoesOn(*file_, 0, size_, 5));
}

}  // namespace
}  // namespace odradek::storage
