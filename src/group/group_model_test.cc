// Many clients join, beat, commit, leave and vanish at random while the log is slow, fails, and the
// coordinator restarts. Whatever happens: no partition has two owners in one generation, commits of
// older generations are refused, restarts bring the same state back, and in the end all settles.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/env/random.h"
#include "group/testing/group_harness.h"

namespace odradek::group {
namespace {

constexpr int kPartitions = 7;
constexpr size_t kClients = 6;
constexpr int kSteps = 500;

// The consumer's side of the protocol, one step at a time.
struct Client {
  enum class Phase { kOut, kJoining, kSyncing, kIn };

  OptionalString instance;
  Phase phase = Phase::kOut;
  TestMember self;
  bool leads = false;
  Answered<JoinAnswer> join;
  Answered<SyncAnswer> sync;
  std::string owned;  // one character per partition
};

class Model {
 public:
  explicit Model(uint64_t seed) : random_(seed), clients_(kClients) {
    for (size_t i = 0; i < kClients; i += 2) clients_[i].instance = "i" + std::to_string(i);
    if (seed % 2 == 0) group_.config().initial_rebalance_delay_ms = 500;
  }

  void Step() {
    Client& client = clients_[random_.Below(kClients)];
    switch (random_.Below(24)) {
      case 0:
        Forget(client);
        break;
      case 1:
        Leave(client);
        break;
      case 2:
        if (client.phase == Client::Phase::kIn) Join(client);
        break;
      case 3:
        group_.log().Hold();
        break;
      case 4:
        group_.log().FailAppends(1, Retriable("chaos"));
        break;
      case 5:
        if (random_.Below(6) == 0) Restart();
        break;
      case 6:
      case 7:
        group_.log().Release();
        break;
      case 8:
      case 9:
      case 10:
        group_.Advance(static_cast<Millis>(random_.Below(3'000)));
        break;
      case 11:
      case 12:
      case 13:
        Commit(client);
        break;
      default:
        GoOn(client);
    }
  }

  // Everybody behaves from now on; a group of healthy members must come to rest.
  void Settle() {
    group_.log().FailAppends(0, Status());
    group_.log().Release();
    for (int second = 0; second < 120; ++second) {
      for (Client& client : clients_) {
        for (int i = 0; i < 3; ++i) GoOn(client);
      }
      group_.Advance(1'000);
    }
    EXPECT_EQ(group_.State(), "Stable");
    std::map<char, int> owners;
    for (const Client& client : clients_) {
      EXPECT_EQ(client.phase, Client::Phase::kIn);
      for (const char partition : client.owned) ++owners[partition];
    }
    EXPECT_EQ(owners.size(), static_cast<size_t>(kPartitions));
    for (const auto& [partition, count] : owners) EXPECT_EQ(count, 1) << partition;
  }

  // What is in the log is what was shown.
  void Restart() {
    group_.log().FailAppends(0, Status());
    group_.log().Release();
    const DescribeAnswer before = group_.Describe();
    const auto offsets = Offsets();
    group_.Restart();
    const DescribeAnswer after = group_.Describe();
    EXPECT_EQ(Offsets(), offsets);
    if (before.state != "Stable" || !all_written_) return;
    ASSERT_EQ(after.state, "Stable");
    ASSERT_EQ(after.members.size(), before.members.size());
    for (size_t i = 0; i < after.members.size(); ++i) {
      EXPECT_EQ(after.members[i].id, before.members[i].id);
      EXPECT_EQ(after.members[i].assignment, before.members[i].assignment);
      EXPECT_EQ(after.members[i].metadata, before.members[i].metadata);
    }
  }

 private:
  void GoOn(Client& client) {
    switch (client.phase) {
      case Client::Phase::kOut:
        Join(client);
        break;
      case Client::Phase::kJoining:
        if (client.join.ready()) OnJoined(client);
        break;
      case Client::Phase::kSyncing:
        if (client.sync.ready()) OnSynced(client);
        break;
      case Client::Phase::kIn:
        Beat(client);
        break;
    }
  }

  void Join(Client& client) {
    client.join = group_.Join({.member = client.self.id,
                               .instance = client.instance,
                               .protocols = {{"range", "all"}},
                               .session_timeout_ms = 10'000,
                               .rebalance_timeout_ms = 15'000,
                               .needs_known_member_id = !client.instance.has_value()});
    client.phase = Client::Phase::kJoining;
    client.owned.clear();
  }

  void OnJoined(Client& client) {
    const JoinAnswer& answer = *client.join;
    if (answer.error == ErrorCode::kMemberIdRequired) {
      client.self.id = answer.member;
      Join(client);
      return;
    }
    if (answer.error != ErrorCode::kNone) return OnError(client, answer.error);
    client.self = {
        .id = answer.member, .generation = answer.generation, .instance = client.instance};
    std::vector<std::pair<std::string, std::string>> assignments;
    const bool assigns = answer.leader == answer.member && !answer.skip_assignment;
    for (size_t i = 0; assigns && i < answer.members.size(); ++i) {
      assignments.emplace_back(answer.members[i].id, "");
    }
    for (int p = 0; assigns && p < kPartitions; ++p) {
      assignments[static_cast<size_t>(p) % assignments.size()].second += static_cast<char>('0' + p);
    }
    client.sync = group_.Sync(client.self, assignments);
    client.phase = Client::Phase::kSyncing;
  }

  void OnSynced(Client& client) {
    const SyncAnswer& answer = *client.sync;
    if (answer.error != ErrorCode::kNone) return OnError(client, answer.error);
    client.phase = Client::Phase::kIn;
    client.owned = answer.assignment;
    generation_ = std::max(generation_, client.self.generation);
    for (const char partition : client.owned) {
      // A static member that is back under a new id is the same owner.
      const std::string owner = client.instance.value_or(client.self.id);
      const auto [known, is_new] = owners_.try_emplace({client.self.generation, partition}, owner);
      EXPECT_EQ(known->second, owner) << "partition " << partition << " has two owners";
    }
  }

  void Beat(Client& client) {
    const ErrorCode error = group_.Heartbeat(client.self);
    if (error != ErrorCode::kNone) OnError(client, error);
  }

  void OnError(Client& client, ErrorCode error) {
    const bool lost = error == ErrorCode::kUnknownMemberId || error == ErrorCode::kFencedInstanceId;
    if (lost) client.self = {};
    Join(client);
  }

  void Commit(Client& client) {
    if (client.phase != Client::Phase::kIn) return;
    const int32_t generation = client.self.generation;
    // Not older than any that was synced, or its owner may be another by now.
    const bool old = generation < generation_;
    const auto answer =
        group_.Commit(client.self, "t", static_cast<int32_t>(random_.Below(kPartitions)),
                      static_cast<int64_t>(random_.Below(1'000)));
    if (old && answer.ready()) {
      EXPECT_NE(answer->error, ErrorCode::kNone);
    }
  }

  void Leave(Client& client) {
    if (client.phase != Client::Phase::kIn) return;
    const auto left = group_.Leave(client.self);
    // An emptied group that is not written comes back with a restart, to time out.
    if (left.ready() && left->error != ErrorCode::kNone) all_written_ = false;
    Forget(client);
  }

  // The process is gone; what it had parked is answered to nobody.
  void Forget(Client& client) {
    const OptionalString instance = client.instance;
    client = Client();
    client.instance = instance;
  }

  std::map<std::pair<std::string, int32_t>, int64_t> Offsets() {
    std::map<std::pair<std::string, int32_t>, int64_t> offsets;
    for (const FetchedTopic& topic : group_.FetchAll("g").topics) {
      for (const FetchedPartition& partition : topic.partitions) {
        offsets[{topic.name, partition.partition}] = partition.offset;
      }
    }
    return offsets;
  }

  SeededRandom random_;
  GroupHarness group_;
  std::vector<Client> clients_;
  std::map<std::pair<int32_t, char>, std::string> owners_;  // by generation and partition
  int32_t generation_ = 0;
  bool all_written_ = true;
};

class GroupModel : public testing::TestWithParam<uint64_t> {};

TEST_P(GroupModel, NeverHasTwoOwnersAndComesToRest) {
  Model model(GetParam());
  for (int step = 0; step < kSteps && !testing::Test::HasFailure(); ++step) model.Step();
  model.Settle();
  model.Restart();
}

INSTANTIATE_TEST_SUITE_P(Seeds, GroupModel, testing::Range<uint64_t>(1, 41));

}  // namespace
}  // namespace odradek::group
