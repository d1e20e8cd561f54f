#include "protocol/message/describe_cluster.h"

#include <gtest/gtest.h>

#include "api/testing/broker_fixture.h"

namespace odradek::api {
namespace {

class DescribeClusterTest : public BrokerFixture {
 protected:
  ErrorCode ErrorFor(int16_t version, int8_t endpoint_type) {
    DescribeClusterRequest request;
    request.endpoint_type = endpoint_type;
    const DescribeClusterResponse& response = Call(version, request);
    EXPECT_TRUE(response.brokers.empty());
    EXPECT_TRUE(response.error_message.has_value());
    return response.error_code;
  }
};

TEST_F(DescribeClusterTest, NamesTheBrokersInEveryVersion) {
  Start({.nodes = 2, .racks = true});
  for (int16_t version = 0; version <= 2; ++version) {
    SCOPED_TRACE(version);
    const DescribeClusterResponse& response = Call(version, DescribeClusterRequest());
    EXPECT_EQ(response.error_code, ErrorCode::kNone);
    EXPECT_EQ(response.endpoint_type, 1);
    EXPECT_EQ(response.cluster_id, broker().cluster().metadata().image()->cluster_id());
    EXPECT_EQ(response.controller_id, 1);
    ASSERT_EQ(response.brokers.size(), 2U);
    EXPECT_EQ(response.brokers[1].broker_id, 2);
    EXPECT_EQ(response.brokers[1].host, "127.0.0.1");
    EXPECT_EQ(response.brokers[1].port, broker().port(1));
    EXPECT_EQ(response.brokers[1].rack, "rack2");
    EXPECT_FALSE(response.brokers[1].is_fenced);
  }
}

TEST_F(DescribeClusterTest, HasNoRackWhereNoneIsSet) {
  EXPECT_EQ(Only(Call(0, DescribeClusterRequest()).brokers).rack, std::nullopt);
}

TEST_F(DescribeClusterTest, GivesAnAddressThatTheClientCanDial) {
  WireClient by_ipv6(broker().port(), "test", "::1");
  const auto* response = by_ipv6.Call(0, DescribeClusterRequest());
  ASSERT_NE(response, nullptr);
  EXPECT_EQ(Only(response->brokers).host, "localhost");
}

TEST_F(DescribeClusterTest, TellsOperationsIfAsked) {
  DescribeClusterRequest request;
  EXPECT_EQ(Call(0, request).cluster_authorized_operations, INT32_MIN);
  request.include_cluster_authorized_operations = true;
  EXPECT_EQ(Call(2, request).cluster_authorized_operations, 8096);
}

TEST_F(DescribeClusterTest, DoesNotSpeakForControllers) {
  EXPECT_EQ(ErrorFor(1, 2), ErrorCode::kMismatchedEndpointType);
  EXPECT_EQ(ErrorFor(2, 7), ErrorCode::kUnsupportedEndpointType);
}

}  // namespace
}  // namespace odradek::api
