// Fetch sessions (KIP-227): the broker remembers which partitions a consumer fetches, so that its
// requests and our answers carry only what changed.
//
// Epochs: 0 opens a session, n > 0 continues it and must be the expected one, -1 closes it. After
// INT32_MAX comes 1. Source: FetchManager, FetchContext, FetchSession of Apache Kafka.
// Owner: Cluster. Thread: the cache and every session have a mutex; lock order cache, then session.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/env/clock.h"
#include "base/env/random.h"
#include "base/mutex.h"
#include "base/uuid.h"
#include "protocol/errors.h"

namespace odradek::broker {

// What a consumer asks of one partition. `topic` is empty where it asks by id, and the other way
// round.
struct FetchTarget {
  std::string_view topic;
  Uuid topic_id{};
  int32_t partition = 0;
  int32_t current_leader_epoch = -1;
  int64_t fetch_offset = 0;
  int32_t last_fetched_epoch = -1;
  int32_t max_bytes = 0;
  bool is_refused = false;  // the client may not read it; judged anew with each request
};

// What was answered for one partition, as far as a session must remember it.
struct FetchAnswer {
  FetchTarget target;
  bool has_records = false;
  // Error, diverging epoch or a redirect to another replica: always told.
  bool is_exceptional = false;
  bool failed = false;
  int64_t high_watermark = -1;
  int64_t log_start_offset = -1;
};

class FetchSession {
 public:
  FetchSession(int32_t id, bool uses_topic_ids, Millis now)
      : id_(id), uses_topic_ids_(uses_topic_ids), created_ms_(now) {}

  int32_t id() const { return id_; }

  // Checks that the request is the expected next one and steps the epoch.
  ErrorCode Advance(int32_t epoch, bool uses_topic_ids) EXCLUDES(mutex_);
  void Put(const FetchTarget& target) EXCLUDES(mutex_);
  void Forget(const FetchTarget& target) EXCLUDES(mutex_);
  // The partitions in the order in which they are to be read. The views are valid until `arena`
  // resets.
  void List(Arena& arena, std::vector<FetchTarget>* out) EXCLUDES(mutex_);
  // Notes what goes out and tells whether this partition must be part of an incremental answer.
  // With `incremental`, a partition that returned records moves to the end of the order.
  bool Note(const FetchAnswer& answer, bool incremental) EXCLUDES(mutex_);
  size_t size() const EXCLUDES(mutex_);

 private:
  friend class FetchSessionCache;

  struct Entry {
    std::string topic;
    FetchTarget target;  // its topic is a view of the line above
    int64_t high_watermark = -1;
    int64_t log_start_offset = -1;
  };
  struct Key {
    std::string_view topic;  // of the entry
    Uuid topic_id;
    int32_t partition;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };
  static Key KeyOf(const FetchTarget& target) {
    return {target.topic, target.topic_id, target.partition};
  }

  const int32_t id_;
  const bool uses_topic_ids_;
  const Millis created_ms_;
  Millis last_used_ms_ = 0;  // guarded by the cache's mutex

  mutable Mutex mutex_;
  int32_t next_epoch_ GUARDED_BY(mutex_) = 1;
  std::list<Entry> order_ GUARDED_BY(mutex_);
  std::unordered_map<Key, std::list<Entry>::iterator, KeyHash> index_ GUARDED_BY(mutex_);
};
using FetchSessionRef = std::shared_ptr<FetchSession>;

class FetchSessionCache {
 public:
  static constexpr Millis kEvictionMs = 120'000;  // a session idle or alive so long may make room

  // `slots`: max.incremental.fetch.session.cache.slots.
  FetchSessionCache(Clock& clock, Random& random, size_t slots)
      : clock_(clock), random_(random), slots_(slots) {}

  // Null if the id is unknown. Counts as use.
  FetchSessionRef Find(int32_t id) EXCLUDES(mutex_);
  void Remove(int32_t id) EXCLUDES(mutex_);
  // A new session for `partitions` partitions; null if the cache is full and nothing may go.
  FetchSessionRef Create(size_t partitions, bool uses_topic_ids) EXCLUDES(mutex_);
  size_t size() const EXCLUDES(mutex_);

 private:
  bool MakeRoom(size_t partitions, Millis now) REQUIRES(mutex_);

  Clock& clock_;
  Random& random_;
  const size_t slots_;
  mutable Mutex mutex_;
  std::unordered_map<int32_t, FetchSessionRef> sessions_ GUARDED_BY(mutex_);
};

}  // namespace odradek::broker
