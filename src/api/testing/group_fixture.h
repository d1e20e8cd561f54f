// GroupFixture: the base of the tests of group handlers: a broker that coordinates groups, and the
// calls that bring a group into the state that a test begins with.
//
// Owner: the test. Thread: one.
#pragma once

#include <string_view>

#include "api/testing/broker_fixture.h"
#include "protocol/message/join_group.h"
#include "protocol/message/offset_commit.h"
#include "protocol/message/offset_fetch.h"
#include "protocol/message/sync_group.h"

namespace odradek::api {

class GroupFixture : public BrokerFixture {
 protected:
  void SetUp() override { Start({}); }
  // As a client does, asks for a coordinator first: from then on there is one.
  void Start(const RunningBrokerOptions& options);

  JoinGroupRequest JoinOf(std::string_view group, std::string_view member = "",
                          std::string_view metadata = "x");
  // Up to v3: admitted at once, as the only member. The member's id.
  std::string_view JoinAlone(std::string_view group);
  SyncGroupRequest SyncOf(std::string_view group, std::string_view member, int32_t generation,
                          const Settings& assignments = {});
  // A group of one member in generation 1, which was assigned "mine". The member's id.
  std::string_view MakeStable(std::string_view group);
  struct Pair {
    std::string_view leader;
    std::string_view follower;
  };
  // Makes a group of two members in generation 2, which waits for the leader's SyncGroup. The
  // follower speaks through `other`.
  Pair JoinBoth(std::string_view group, WireClient& other);
  // Of two nodes the one that does not coordinate the group.
  size_t StrangerTo(std::string_view group);
  ErrorCode Beat(std::string_view group, std::string_view member, int32_t generation);
  void Leave(std::string_view group, std::string_view member);

  OffsetCommitRequest CommitOf(std::string_view group, std::string_view topic, int32_t partition,
                               int64_t offset);
  void Commit(std::string_view group, std::string_view topic, int32_t partition, int64_t offset);
  // Of one group and partition, for versions up to 7.
  OffsetFetchRequest OffsetFetchOf(std::string_view group, std::string_view topic,
                                   int32_t partition);
  int64_t Committed(std::string_view group, std::string_view topic, int32_t partition);
};

}  // namespace odradek::api
