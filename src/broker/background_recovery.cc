#include "broker/background_recovery.h"

#include <utility>

namespace odradek::broker {

BackgroundRecovery::BackgroundRecovery(Env env, storage::LogStore& store, Opener open)
    : store_(store),
      open_(std::move(open)),
      runner_(std::make_shared<PacedRunner>(
          env, [] { return 0.0; }, [] {})) {}

void BackgroundRecovery::Start(std::function<void()> first,
                               std::vector<metadata::TopicRef> topics) {
  const auto to_do = std::make_shared<ToDo>();
  to_do->first = std::move(first);
  to_do->topics = std::move(topics);
  runner_->Run([this, to_do] { return RunStep(*to_do); });
}

PacedRunner::Progress BackgroundRecovery::RunStep(ToDo& to_do) const {
  if (const auto first = std::exchange(to_do.first, nullptr); first != nullptr) first();
  if (FindNext(to_do)) {
    const int32_t partition = to_do.partitions.back();
    to_do.partitions.pop_back();
    open_(*to_do.topics.back(), partition);
  }
  return {.more = !to_do.topics.empty()};
}

// A topic without files costs a look at one directory.
bool BackgroundRecovery::FindNext(ToDo& to_do) const {
  for (size_t looked_at = 0; !to_do.topics.empty() && looked_at < kTopicsPerStep; ++looked_at) {
    const metadata::TopicInfo& topic = *to_do.topics.back();
    if (!std::exchange(to_do.is_listed, true))
      to_do.partitions = store_.StoredPartitions(topic.name);
    std::erase_if(to_do.partitions, [&](int32_t partition) {
      return static_cast<size_t>(partition) >= topic.partitions.size();
    });
    if (!to_do.partitions.empty()) return true;
    to_do.topics.pop_back();
    to_do.is_listed = false;
  }
  return false;
}

}  // namespace odradek::broker
