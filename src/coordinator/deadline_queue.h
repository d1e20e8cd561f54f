// DeadlineQueue: which keys are due when; one deadline per key. Not thread-safe.
//
// A shard keeps one per kind of thing that can become due and arms one timer for the earliest.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/env/clock.h"
#include "coordinator/coordinator_shard.h"

namespace odradek::coordinator {

class DeadlineQueue {
 public:
  // Replaces the key's deadline; kNever removes it.
  void Set(const std::string& key, Millis at) {
    auto found = by_key_.find(key);
    if (found != by_key_.end()) {
      if (found->second == at) return;
      by_time_.erase({found->second, key});
      if (at == kNever) {
        by_key_.erase(found);
        return;
      }
      found->second = at;
    } else if (at == kNever) {
      return;
    } else {
      by_key_.emplace(key, at);
    }
    by_time_.emplace(at, key);
  }
  Millis Next() const { return by_time_.empty() ? kNever : by_time_.begin()->first; }
  // Takes out the key that is due longest, if there is one.
  std::optional<std::string> PopDue(Millis now) {
    if (Next() > now) return std::nullopt;
    std::string key = by_time_.begin()->second;
    by_time_.erase(by_time_.begin());
    by_key_.erase(key);
    return key;
  }
  size_t size() const { return by_key_.size(); }

 private:
  std::unordered_map<std::string, Millis> by_key_;
  std::set<std::pair<Millis, std::string>> by_time_;
};

}  // namespace odradek::coordinator
