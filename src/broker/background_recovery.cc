#include "broker/background_recovery.h"

#include <utility>

#include "base/log.h"

namespace odradek::broker {

BackgroundRecovery::BackgroundRecovery(Env env, storage::LogStore& store, Opener open)
    : env_(env), store_(store), open_(std::move(open)) {}

void BackgroundRecovery::Start(std::function<void()> first,
                               std::vector<metadata::TopicRef> topics) {
  if (env_.workers == nullptr) return;
  {
    MutexLock lock(mutex_);
    first_ = std::move(first);
    topics_ = std::move(topics);
  }
  PostStep();
}

void BackgroundRecovery::Stop() {
  stopped_ = true;
  MutexLock lock(mutex_);
  topics_.clear();
}

void BackgroundRecovery::PostStep() {
  env_.workers->Post(Workers::Lane::kBackground, [self = shared_from_this()] { self->RunStep(); });
}

void BackgroundRecovery::RunStep() {
  {
    MutexLock lock(mutex_);
    if (stopped_) return;
    if (const auto first = std::exchange(first_, nullptr); first != nullptr) first();
    if (!FindNext()) return;
    const int32_t partition = partitions_.back();
    partitions_.pop_back();
    open_(*topics_.back(), partition);
  }
  PostStep();
}

// A topic without files costs a look at one directory.
bool BackgroundRecovery::FindNext() {
  for (; !topics_.empty() && !stopped_; topics_.pop_back(), is_listed_ = false) {
    const metadata::TopicInfo& topic = *topics_.back();
    if (!std::exchange(is_listed_, true)) partitions_ = store_.StoredPartitions(topic.name);
    std::erase_if(partitions_, [&](int32_t partition) {
      return static_cast<size_t>(partition) >= topic.partitions.size();
    });
    if (!partitions_.empty()) return true;
  }
  return false;
}

}  // namespace odradek::broker
