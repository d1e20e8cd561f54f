// ClassicMember: one member of a classic group, with the requests it has parked.
// Owner: ClassicGroup. Not thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "coordinator/coordinator_shard.h"
#include "group/group_commands.h"

namespace odradek::group {

// A way to assign partitions that the member knows, with what it has to say about it.
struct Protocol {
  std::string name;
  std::string metadata;

  bool operator==(const Protocol&) const = default;
};

struct ClassicMember {
  std::string id;
  OptionalString instance;
  std::string client_id;
  std::string client_host;
  Millis session_timeout_ms = 0;
  Millis rebalance_timeout_ms = 0;
  std::vector<Protocol> protocols;  // most preferred first, names are unique
  std::string assignment;

  // It has not been told its generation yet, so it cannot send heartbeats.
  bool is_new = false;
  // It has been told the generation and has not sent its SyncGroup yet.
  bool awaits_sync = false;
  Millis deadline_ms = coordinator::kNever;  // of the session; see expires_at()
  JoinDone join;                             // parked JoinGroup
  SyncDone sync;                             // parked SyncGroup
  bool takes_skip_assignment = false;        // the parked JoinGroup does

  bool is_static() const { return instance.has_value(); }
  bool has_joined() const { return static_cast<bool>(join); }
  // A member that waits for an answer is alive, unless it has never had one: its client may have
  // gone and come back under another id.
  Millis expires_at() const {
    return !is_new && (join || sync) ? coordinator::kNever : deadline_ms;
  }
  bool Knows(std::string_view protocol) const {
    for (const Protocol& known : protocols) {
      if (known.name == protocol) return true;
    }
    return false;
  }
  // Empty for a protocol that the member does not know.
  std::string_view Metadata(std::string_view protocol) const {
    for (const Protocol& known : protocols) {
      if (known.name == protocol) return known.metadata;
    }
    return {};
  }
};

}  // namespace odradek::group
