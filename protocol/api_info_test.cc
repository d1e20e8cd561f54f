#include "protocol/api_info.h"

#include <gtest/gtest.h>

#include "protocol/errors.h"

namespace odradek {
namespace {

TEST(ApiInfo, FindsByKeyAndByName) {
  ASSERT_NE(FindApi(12), nullptr);
  EXPECT_EQ(FindApi(12)->name, "Heartbeat");
  EXPECT_EQ(FindApi("Fetch")->key, 1);
  EXPECT_EQ(FindApi(-1), nullptr);
  EXPECT_EQ(FindApi(INT16_MAX), nullptr);
  EXPECT_EQ(FindApi("fetch"), nullptr);
}

TEST(ApiInfo, KeysRiseSoThatTheSearchHolds) {
  int16_t last = -1;
  for (const ApiInfo& api : AllApis()) {
    EXPECT_GT(api.key, last);
    last = api.key;
    EXPECT_EQ(FindApi(api.key), &api);
    EXPECT_LE(api.min_version, api.max_version);
  }
  EXPECT_GE(AllApis().size(), 95u);
}

TEST(ApiInfo, RemovedApisAreAcceptedInNoVersion) {
  const ApiInfo& removed = *FindApi("LeaderAndIsr");
  EXPECT_GT(removed.accepted_min, removed.accepted_max);
  const ApiInfo& fetch = *FindApi("Fetch");
  EXPECT_EQ(fetch.accepted_min, 4);
  EXPECT_EQ(fetch.min_version, 0);
}

TEST(ApiInfo, KnowsWhatAReleaseServed) {
  const ApiInfo& fetch = *FindApi("Fetch");
  EXPECT_EQ(HighestVersionIn(fetch, "0.8.0"), 0);
  EXPECT_EQ(HighestVersionIn(fetch, "0.10.2"), 3);
  EXPECT_EQ(HighestVersionIn(fetch, "2.8.2"), 12);
  EXPECT_EQ(HighestVersionIn(fetch, "4.3"), 18);
  EXPECT_EQ(HighestVersionIn(*FindApi("ConsumerGroupHeartbeat"), "2.8"), std::nullopt);
  EXPECT_EQ(HighestVersionIn(fetch, ""), std::nullopt);
  EXPECT_EQ(HighestVersionIn(fetch, "x"), std::nullopt);
  EXPECT_EQ(HighestVersionIn(fetch, "4.3.1.2"), std::nullopt);
}

TEST(Errors, NamesAndKinds) {
  EXPECT_EQ(ErrorName(ErrorCode::kNone), "NONE");
  EXPECT_EQ(ErrorMessage(ErrorCode::kNonEmptyGroup), "The group still has members.");
  EXPECT_EQ(ErrorName(ErrorCode::kUnknownServerError), "UNKNOWN_SERVER_ERROR");
  EXPECT_EQ(ErrorName(ErrorCode::kRebalanceInProgress), "REBALANCE_IN_PROGRESS");
  EXPECT_EQ(static_cast<int16_t>(ErrorCode::kRebalanceInProgress), 27);
  EXPECT_EQ(ErrorName(static_cast<ErrorCode>(-2)), "UNKNOWN_ERROR_CODE");
  EXPECT_EQ(ErrorName(static_cast<ErrorCode>(INT16_MAX)), "UNKNOWN_ERROR_CODE");
  EXPECT_EQ(ErrorFromName("FENCED_INSTANCE_ID"), ErrorCode::kFencedInstanceId);
  EXPECT_EQ(ErrorFromName("fenced"), std::nullopt);
  EXPECT_TRUE(IsRetriable(ErrorCode::kNotLeaderOrFollower));
  EXPECT_TRUE(IsRetriable(ErrorCode::kRequestTimedOut));
  EXPECT_FALSE(IsRetriable(ErrorCode::kNone));
  EXPECT_FALSE(IsRetriable(ErrorCode::kUnknownMemberId));
}

}  // namespace
}  // namespace odradek
