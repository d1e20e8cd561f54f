#include "broker/background_recovery.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace odradek::broker {

BackgroundRecovery::BackgroundRecovery(Env env, storage::LogStore& store, Opener open,
                                       Known is_known)
    : store_(store),
      open_(std::move(open)),
      is_known_(std::move(is_known)),
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
  if (const auto first = std::exchange(to_do.first, nullptr); first != nullptr) {
    first();
    TellOfStrayTopics(to_do);
  }
  if (FindNext(to_do)) {
    const int32_t partition = to_do.partitions.back();
    to_do.partitions.pop_back();
    open_(*to_do.topics.back(), partition);
  }
  if (!to_do.topics.empty()) return {.more = true};
  if (to_do.strays > kStraysToldMax)
    LOG_WARN("found {} more stray partitions", to_do.strays - kStraysToldMax);
  return {};
}

// One that was deleted since the start still has its files for a moment.
void BackgroundRecovery::TellOfStrayTopics(ToDo& to_do) const {
  const auto is_known = [&](const std::string& name) {
    const auto at =
        std::lower_bound(to_do.topics.begin(), to_do.topics.end(), name,
                         [](const metadata::TopicRef& topic, const std::string& wanted) {
                           return topic->name < wanted;
                         });
    return (at != to_do.topics.end() && (*at)->name == name) || is_known_(name, 0);
  };
  for (const std::string& folder : store_.StrayPartitions(is_known)) TellOfStray(folder, to_do);
}

// Never deleted: it may be the only copy of what somebody has renamed.
void BackgroundRecovery::TellOfStray(const std::string& folder, ToDo& to_do) {
  if (++to_do.strays > kStraysToldMax) return;
  LOG_WARN(
      "found stray partition {}: the metadata does not have it; it is not served and not deleted; "
      "stop the broker and let odradek verify tell whose it is",
      folder);
}

// A topic without files costs a look at one directory.
bool BackgroundRecovery::FindNext(ToDo& to_do) const {
  for (size_t looked_at = 0; !to_do.topics.empty() && looked_at < kTopicsPerStep; ++looked_at) {
    const metadata::TopicInfo& topic = *to_do.topics.back();
    if (!std::exchange(to_do.is_listed, true))
      to_do.partitions = store_.StoredPartitions(topic.name);
    std::erase_if(to_do.partitions, [&](int32_t partition) {
      if (static_cast<size_t>(partition) < topic.partitions.size()) return false;
      if (!is_known_(topic.name, partition))
        TellOfStray(topic.name + "/" + std::to_string(partition), to_do);
      return true;
    });
    if (!to_do.partitions.empty()) return true;
    to_do.topics.pop_back();
    to_do.is_listed = false;
  }
  return false;
}

}  // namespace odradek::broker
