// Group: what the shard knows of any group, whatever its protocol.
//
// A group id has one type at a time. The shard dispatches by it; only the folder of a type knows
// the rest. Owner: GroupShard. Thread: under the shard's mutex.
#pragma once

#include <string>

#include "base/result.h"
#include "coordinator/coordinator_shard.h"
#include "protocol/errors.h"

namespace odradek::group {

enum class GroupType { kClassic };

inline const char* GroupTypeName(GroupType type) {
  switch (type) {
    case GroupType::kClassic:
      return "classic";
  }
  UNREACHABLE();
}

class Group {
 public:
  Group(std::string id, GroupType type) : id_(std::move(id)), type_(type) {}
  virtual ~Group() = default;
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  const std::string& id() const { return id_; }
  GroupType type() const { return type_; }
  // Monotonic; may be earlier than what is really due, never later.
  virtual Millis NextDeadline() const = 0;
  virtual void OnTimer(coordinator::Turn& turn) = 0;
  virtual void OnUnload(coordinator::Turn& turn) = 0;

  // The deadline under which the shard has queued this group.
  Millis queued_deadline_ms = coordinator::kNever;

 private:
  const std::string id_;
  const GroupType type_;
};

// What clients are told when the log did not take a record. Source:
// CoordinatorOperationExceptionHelper of Apache Kafka.
inline ErrorCode WriteError(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
      return ErrorCode::kNone;
    case StatusCode::kInvalid:
      return ErrorCode::kUnknownServerError;  // too large for the topic; the same would fail again
    case StatusCode::kRetriable:
    case StatusCode::kUnknown:
      return ErrorCode::kCoordinatorNotAvailable;
    case StatusCode::kExists:
    case StatusCode::kNotFound:
    case StatusCode::kFull:
    case StatusCode::kCorrupt:
    case StatusCode::kFatal:
      return ErrorCode::kNotCoordinator;
  }
  UNREACHABLE();
}

}  // namespace odradek::group
