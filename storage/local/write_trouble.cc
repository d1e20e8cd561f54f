#include "storage/local/write_trouble.h"

#include <string_view>

#include "base/log.h"

namespace odradek::storage {
namespace {

std::string_view Advice(StatusCode why, bool needs_restart) {
  if (needs_restart) {
    return "look after the device that holds the data, then restart: until then the partition "
           "takes no records";
  }
  if (why == StatusCode::kFull) {
    return "make room on the device that holds the data, or shorten retention: writing goes on by "
           "itself";
  }
  return "look after the device that holds the data: each produce request tries again";
}

}  // namespace

void WriteTrouble::OnFailure(const std::string& topic, int32_t partition, const Status& why,
                             bool needs_restart, Millis now_ms) {
  lasts_ = true;
  if (now_ms < next_line_ms_) {
    ++untold_;
    return;
  }
  LOG_ERROR("{}-{} cannot be written: {} ({} more failures since the last line); {}", topic,
            partition, why.ToString(), untold_, Advice(why.code(), needs_restart));
  told_ = true;
  untold_ = 0;
  next_line_ms_ = now_ms + kPeriodMs;
}

void WriteTrouble::OnSuccess(const std::string& topic, int32_t partition) {
  if (told_) LOG_INFO("{}-{} can be written again", topic, partition);
  lasts_ = false;
  told_ = false;
}

}  // namespace odradek::storage
