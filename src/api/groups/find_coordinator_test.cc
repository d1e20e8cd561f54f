#include "protocol/message/find_coordinator.h"

#include <gtest/gtest.h>

#include <set>

#include "api/testing/broker_fixture.h"

namespace odradek::api {
namespace {

constexpr int8_t kGroup = 0;
constexpr int8_t kTransaction = 1;
constexpr int8_t kShare = 2;

class FindCoordinatorTest : public BrokerFixture {
 protected:
  // For every version: the key as the single one and in the list.
  FindCoordinatorRequest Of(int8_t type, std::initializer_list<std::string_view> keys) {
    FindCoordinatorRequest request;
    request.key_type = type;
    request.coordinator_keys = List(keys);
    if (keys.size() > 0) request.key = *keys.begin();
    return request;
  }
};

TEST_F(FindCoordinatorTest, FindsTheBrokerOfASingleKey) {
  for (int16_t version = 0; version <= 3; ++version) {
    SCOPED_TRACE(version);
    const FindCoordinatorResponse& found = Call(version, Of(kGroup, {"g"}));
    EXPECT_EQ(found.error_code, ErrorCode::kNone);
    EXPECT_EQ(found.error_message, version < 1 ? "" : "NONE");
    EXPECT_EQ(found.node_id, 1);
    EXPECT_EQ(found.host, "127.0.0.1");
    EXPECT_EQ(found.port, broker().port());
  }
}

TEST_F(FindCoordinatorTest, FindsTheBrokersOfSeveralKeysFromV4On) {
  for (int16_t version = 4; version <= 6; ++version) {
    SCOPED_TRACE(version);
    const FindCoordinatorResponse& response = Call(version, Of(kGroup, {"g", "h"}));
    ASSERT_EQ(response.coordinators.size(), 2U);
    EXPECT_EQ(response.coordinators[0].key, "g");
    EXPECT_EQ(response.coordinators[1].key, "h");
    for (const auto& found : response.coordinators) {
      EXPECT_EQ(found.error_code, ErrorCode::kNone);
      EXPECT_EQ(found.error_message, "");
      EXPECT_EQ(found.node_id, 1);
      EXPECT_EQ(found.port, broker().port());
    }
    EXPECT_TRUE(Call(version, Of(kGroup, {})).coordinators.empty());
  }
}

TEST_F(FindCoordinatorTest, AllBrokersAgreeAndShareTheWork) {
  Start({.nodes = 3});
  std::set<int32_t> coordinators;
  for (int i = 0; i < 20; ++i) {
    const std::string_view group = arena().Copy("group" + std::to_string(i));
    const int32_t node = Call(3, Of(kGroup, {group}), 0).node_id;
    EXPECT_EQ(Call(3, Of(kGroup, {group}), 1).node_id, node);
    EXPECT_EQ(Call(3, Of(kGroup, {group}), 2).port, broker().port(static_cast<size_t>(node) - 1));
    coordinators.insert(node);
  }
  EXPECT_EQ(coordinators, (std::set<int32_t>{1, 2, 3}));
}

TEST_F(FindCoordinatorTest, ACoordinatorThatTheClientCannotReachIsNotAvailable) {
  Start({.nodes = 2, .hidden_nodes = 1});
  int hidden = 0;
  for (int i = 0; i < 20; ++i) {
    const std::string_view group = arena().Copy("group" + std::to_string(i));
    const FindCoordinatorResponse& found = Call(3, Of(kGroup, {group}));
    if (found.error_code == ErrorCode::kNone) {
      EXPECT_EQ(found.node_id, 1);
      continue;
    }
    EXPECT_EQ(found.error_code, ErrorCode::kCoordinatorNotAvailable);
    EXPECT_EQ(found.node_id, -1);
    EXPECT_EQ(found.port, -1);
    ++hidden;
  }
  EXPECT_GT(hidden, 0);
}

TEST_F(FindCoordinatorTest, RefusesOtherKeyTypes) {
  const auto error_of = [this](int8_t type) {
    const auto& coordinator = Only(Call(6, Of(type, {"k"})).coordinators);
    EXPECT_EQ(coordinator.node_id, -1);
    const FindCoordinatorResponse& single = Call(3, Of(type, {"k"}));
    EXPECT_EQ(single.error_code, coordinator.error_code);
    EXPECT_EQ(single.node_id, -1);
    return coordinator.error_code;
  };
  EXPECT_EQ(error_of(kShare), ErrorCode::kInvalidRequest);
  EXPECT_EQ(error_of(5), ErrorCode::kInvalidRequest);
  EXPECT_EQ(error_of(kTransaction), ErrorCode::kTransactionalIdAuthorizationFailed)
      << "until transactions are served";
}

}  // namespace
}  // namespace odradek::api
