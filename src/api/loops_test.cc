// Requests that come in on one loop and are answered because of what happens on another.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "api/testing/group_fixture.h"
#include "protocol/message/describe_groups.h"

namespace odradek::api {
namespace {

constexpr int kClients = 8;  // spread over the loops one by one

class LoopsTest : public GroupFixture {
 protected:
  void SetUp() override {
    Start({.loops = 4});
    CreateTopic("t");
    for (int i = 0; i < kClients; ++i) {
      peers_.push_back(std::make_unique<WireClient>(broker().port()));
    }
  }
  std::vector<std::unique_ptr<WireClient>> peers_;
};

TEST_F(LoopsTest, OneAppendWakesTheFetchesOfAllLoops) {
  const FetchRequest request = FetchOf("t", 0, 0, 60'000);
  for (const auto& peer : peers_) peer->Send(12, request);
  Produce("t", 0, "x");
  for (const auto& peer : peers_) {
    const auto& answer = Receive<FetchResponse>(*peer, 12);
    EXPECT_GT(Only(Only(answer.responses).partitions).records.size(), 0U);
  }
}

TEST_F(LoopsTest, MembersOnAllLoopsMeetInOneGeneration) {
  const std::string_view leader = JoinAlone("g");
  for (const auto& peer : peers_) peer->Send(3, JoinOf("g"));
  DescribeGroupsRequest describe;
  describe.groups = List<std::string_view>({"g"});
  while (Only(Call(5, describe).groups).members.size() < kClients + 1) {
    ASSERT_FALSE(HasFailure());
  }
  const JoinGroupResponse& joined = Call(3, JoinOf("g", leader));
  EXPECT_EQ(joined.generation_id, 2);
  EXPECT_EQ(joined.members.size(), size_t{kClients + 1});
  for (const auto& peer : peers_) {
    const auto& answer = Receive<JoinGroupResponse>(*peer, 3);
    EXPECT_EQ(answer.error_code, ErrorCode::kNone);
    EXPECT_EQ(answer.generation_id, 2);
    EXPECT_EQ(answer.leader, leader);
  }
}

TEST_F(LoopsTest, ProducersOnAllLoopsGetOffsetsOfTheirOwn) {
  constexpr int kBatches = 50;
  const ProduceRequest request = ProduceOf("t", 0, Batch("x"));
  std::vector<std::vector<int64_t>> offsets(kClients);
  std::vector<std::thread> threads;
  for (size_t c = 0; c < kClients; ++c) {
    threads.emplace_back([&, c] {
      for (int i = 0; i < kBatches; ++i) peers_[c]->Send(9, request);
      for (int i = 0; i < kBatches; ++i) {
        const auto* answer = peers_[c]->Receive<ProduceResponse>(9);
        if (answer == nullptr) return;
        offsets[c].push_back(answer->responses[0].partition_responses[0].base_offset);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<int64_t> all;
  for (const std::vector<int64_t>& of_client : offsets) {
    EXPECT_EQ(of_client.size(), size_t{kBatches});
    EXPECT_TRUE(std::is_sorted(of_client.begin(), of_client.end()));
    all.insert(all.end(), of_client.begin(), of_client.end());
  }
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), size_t{kClients * kBatches});
  for (size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], static_cast<int64_t>(i));
}

}  // namespace
}  // namespace odradek::api
