#include "broker/fetch_session.h"

#include <functional>

namespace odradek::broker {

size_t FetchSession::KeyHash::operator()(const Key& key) const {
  const size_t name = std::hash<std::string_view>()(key.topic) ^ UuidHash()(key.topic_id);
  return name * 31 + static_cast<size_t>(key.partition);
}

ErrorCode FetchSession::Advance(int32_t epoch, bool uses_topic_ids) {
  MutexLock lock(mutex_);
  if (epoch != next_epoch_) return ErrorCode::kInvalidFetchSessionEpoch;
  if (uses_topic_ids != uses_topic_ids_) return ErrorCode::kFetchSessionTopicIdError;
  next_epoch_ = next_epoch_ == INT32_MAX ? 1 : next_epoch_ + 1;
  return ErrorCode::kNone;
}

void FetchSession::Put(const FetchTarget& target) {
  MutexLock lock(mutex_);
  const auto found = index_.find(KeyOf(target));
  if (found != index_.end()) {
    Entry& entry = *found->second;
    entry.target = target;
    entry.target.topic = entry.topic;
    return;
  }
  Entry& entry = order_.emplace_back(Entry{std::string(target.topic), target, -1, -1});
  entry.target.topic = entry.topic;
  index_.emplace(KeyOf(entry.target), std::prev(order_.end()));
}

void FetchSession::Forget(const FetchTarget& target) {
  MutexLock lock(mutex_);
  const auto found = index_.find(KeyOf(target));
  if (found == index_.end()) return;
  const auto entry = found->second;
  index_.erase(found);  // before the entry: the key points into it
  order_.erase(entry);
}

void FetchSession::List(Arena& arena, std::vector<FetchTarget>* out) {
  MutexLock lock(mutex_);
  std::string_view copied;  // neighbours mostly share their topic
  for (const Entry& entry : order_) {
    FetchTarget target = entry.target;
    if (target.topic != copied) copied = arena.Copy(target.topic);
    target.topic = copied;
    out->push_back(target);
  }
}

bool FetchSession::Note(const FetchAnswer& answer, bool incremental) {
  MutexLock lock(mutex_);
  const auto found = index_.find(KeyOf(answer.target));
  if (found == index_.end())
    return true;  // forgotten while this fetch waited: it asked, so it is told
  Entry& entry = *found->second;
  const bool changed = entry.high_watermark != answer.high_watermark ||
                       entry.log_start_offset != answer.log_start_offset;
  // After an error the recovered state must be told again.
  entry.high_watermark = answer.failed ? -1 : answer.high_watermark;
  entry.log_start_offset = answer.log_start_offset;
  if (incremental && answer.has_records) order_.splice(order_.end(), order_, found->second);
  return answer.has_records || answer.is_exceptional || changed;
}

size_t FetchSession::size() const {
  MutexLock lock(mutex_);
  return order_.size();
}

FetchSessionRef FetchSessionCache::Find(int32_t id) {
  MutexLock lock(mutex_);
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return nullptr;
  found->second->last_used_ms_ = clock_.MonotonicMs();
  return found->second;
}

void FetchSessionCache::Remove(int32_t id) {
  MutexLock lock(mutex_);
  sessions_.erase(id);
}

FetchSessionRef FetchSessionCache::Create(size_t partitions, bool uses_topic_ids) {
  MutexLock lock(mutex_);
  const Millis now = clock_.MonotonicMs();
  if (sessions_.size() >= slots_ && !MakeRoom(partitions, now)) return nullptr;
  int32_t id = 0;
  do {
    id = static_cast<int32_t>(random_.Below(INT32_MAX - 1)) + 1;
  } while (sessions_.contains(id));
  auto session = std::make_shared<FetchSession>(id, uses_topic_ids, now);
  session->last_used_ms_ = now;
  sessions_.emplace(id, session);
  return session;
}

bool FetchSessionCache::MakeRoom(size_t partitions, Millis now) {
  auto oldest = sessions_.end();
  auto smallest = sessions_.end();
  for (auto at = sessions_.begin(); at != sessions_.end(); ++at) {
    if (oldest == sessions_.end() || at->second->last_used_ms_ < oldest->second->last_used_ms_)
      oldest = at;
    if (now - at->second->created_ms_ <= kEvictionMs) continue;
    if (smallest == sessions_.end() || at->second->size() < smallest->second->size()) smallest = at;
  }
  if (oldest != sessions_.end() && now - oldest->second->last_used_ms_ > kEvictionMs) {
    sessions_.erase(oldest);
    return true;
  }
  if (smallest != sessions_.end() && smallest->second->size() < partitions) {
    sessions_.erase(smallest);
    return true;
  }
  return false;
}

size_t FetchSessionCache::size() const {
  MutexLock lock(mutex_);
  return sessions_.size();
}

}  // namespace odradek::broker
