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
  if (const auto line = failures_.OnFailure(now_ms)) {
    LOG_ERROR("{}-{} cannot be written: {}{}; {}", topic, partition, why.ToString(), *line,
              Advice(why.code(), needs_restart));
  }
}

void WriteTrouble::OnSuccess(const std::string& topic, int32_t partition) {
  if (failures_.OnSuccess()) LOG_INFO("{}-{} can be written again", topic, partition);
}

}  // namespace odradek::storage
