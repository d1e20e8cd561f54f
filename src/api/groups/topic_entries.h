// TopicEntries: an answer's entries for topics, found by key. A few are looked through, as nearly
// all requests name a few; more of them get an index, so that a request of very many topics costs
// no more than their number says. Owner: one call of a handler. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <type_traits>

#include "base/arena.h"
#include "protocol/errors.h"

namespace odradek::api {

// kKeyOf: a function that tells the key of a Topic.
template <class Topic, auto kKeyOf>
class TopicEntries {
 public:
  static constexpr size_t kScannedMax = 16;

  // Entries that are there already are found, too. Nobody else adds to `topics` meanwhile.
  TopicEntries(Arena& arena, Array<Topic>* topics) : arena_(arena), topics_(*topics) {}
  TopicEntries(const TopicEntries&) = delete;
  TopicEntries& operator=(const TopicEntries&) = delete;

  // The first entry with the key of `wanted`, which is added if there is none. Valid until the
  // next call.
  Topic& For(const Topic& wanted) {
    if (Topic* found = Find(kKeyOf(wanted))) return *found;
    topics_.Add(arena_, wanted);
    return topics_.back();
  }

 private:
  using Key = std::decay_t<std::invoke_result_t<decltype(kKeyOf), const Topic&>>;

  Topic* Find(const Key& key) {
    if (topics_.size() <= kScannedMax) {
      for (Topic& topic : topics_) {
        if (kKeyOf(topic) == key) return &topic;
      }
      return nullptr;
    }
    for (; indexed_ < topics_.size(); ++indexed_)
      index_.emplace(kKeyOf(topics_[indexed_]), indexed_);
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &topics_[found->second];
  }

  Arena& arena_;
  Array<Topic>& topics_;
  std::map<Key, size_t> index_;  // of the first indexed_ entries
  size_t indexed_ = 0;
};

template <class Topic>
void AddResult(Arena& arena, Topic* topic, int32_t partition, ErrorCode error) {
  auto& added = topic->partitions.Add(arena);
  added.partition_index = partition;
  added.error_code = error;
}

}  // namespace odradek::api
