#include "app/node_plan.h"

#include <gtest/gtest.h>

namespace odradek::app {
namespace {

Result<std::vector<broker::Node>> Plan(ServeOptions options,
                                       const std::vector<std::string>& settings = {}) {
  config::ServerConfig::Builder builder;
  for (const std::string& setting : settings) RETURN_IF_ERROR(builder.Set(setting));
  ASSIGN_OR_RETURN(const config::ServerConfig config, builder.Build());
  return PlanNodes(options, config);
}

std::string FailureOf(const std::vector<std::string>& settings) {
  const auto plan = Plan({}, settings);
  return plan.ok() ? "no failure" : std::string(plan.status().message());
}

TEST(NodePlan, DefaultsToOneNodeOnLocalhost9092) {
  const auto nodes = Plan({});
  ASSERT_TRUE(nodes.ok());
  ASSERT_EQ(nodes->size(), 1u);
  EXPECT_EQ(nodes->front().id(), 0);
  EXPECT_EQ(nodes->front().listeners()[0].bind_host, "localhost");
  EXPECT_EQ(nodes->front().listeners()[0].port, 9092);
}

TEST(NodePlan, CountsIdsUpFromNodeIdAndPortsUpFromTheFirst) {
  const auto nodes = Plan({.port = 7000, .brokers = 3}, {"node.id=5"});
  ASSERT_TRUE(nodes.ok());
  EXPECT_EQ((*nodes)[2].id(), 7);
  EXPECT_EQ((*nodes)[2].listeners()[0].port, 7002);
}

TEST(NodePlan, TakesTheIdFromBrokerIdUnlessNodeIdIsSet) {
  EXPECT_EQ(Plan({}, {"broker.id=3"})->front().id(), 3);
  EXPECT_EQ(Plan({}, {"broker.id=3", "node.id=4"})->front().id(), 4);
}

TEST(NodePlan, TakesFreePortsForAllNodesIfTheFirstIsZero) {
  const auto nodes = Plan({.port = 0, .brokers = 2});
  ASSERT_TRUE(nodes.ok());
  EXPECT_EQ((*nodes)[1].listeners()[0].port, 0);
}

TEST(NodePlan, GivesEachNodeItsOwnRack) {
  const auto nodes = Plan({.brokers = 2}, {"0:broker.rack=r1", "1:broker.rack=r2"});
  ASSERT_TRUE(nodes.ok());
  EXPECT_EQ((*nodes)[0].rack(), "r1");
  EXPECT_EQ((*nodes)[1].rack(), "r2");
}

TEST(NodePlan, BindsEverywhereForAnEmptyHost) {
  const auto nodes = Plan({}, {"listeners=PLAINTEXT://:9192"});
  ASSERT_TRUE(nodes.ok());
  EXPECT_EQ((*nodes)[0].listeners()[0].bind_host, "");
  EXPECT_EQ((*nodes)[0].listeners()[0].port, 9192);
}

TEST(NodePlan, AdvertisesWhatAdvertisedListenersSays) {
  const auto nodes =
      Plan({}, {"listeners=PLAINTEXT://:9092", "advertised.listeners=PLAINTEXT://kafka:29092"});
  ASSERT_TRUE(nodes.ok());
  EXPECT_EQ((*nodes)[0].listeners()[0].advertised_host, "kafka");
  EXPECT_EQ((*nodes)[0].listeners()[0].advertised_port, 29092);
}

TEST(NodePlan, LeavesTheControllersListenerOut) {
  const auto nodes = Plan({}, {"listeners=PLAINTEXT://:9092,CONTROLLER://:9093",
                               "controller.listener.names=CONTROLLER"});
  ASSERT_TRUE(nodes.ok()) << nodes.status().message();
  EXPECT_EQ((*nodes)[0].listeners().size(), 1u);
}

TEST(NodePlan, RefusesWhatItCannotServeWithAReason) {
  EXPECT_NE(FailureOf({"listeners=9092"}).find("NAME://host:port"), std::string::npos);
  EXPECT_NE(FailureOf({"listeners=SSL://:9093"}).find("use PLAINTEXT"), std::string::npos);
  EXPECT_NE(FailureOf({"listeners=INSIDE://:9093"}).find("listener.security.protocol.map"),
            std::string::npos);
  EXPECT_NE(FailureOf({"listeners=PLAINTEXT://a:1,PLAINTEXT://b:2"}).find("twice"),
            std::string::npos);
  EXPECT_NE(FailureOf({"listeners=PLAINTEXT://:99999"}).find("not a listener"), std::string::npos);
}

TEST(NodePlan, NeverAdvertisesTheWildcardAddress) {
  EXPECT_NE(
      FailureOf({"listeners=PLAINTEXT://:9092", "advertised.listeners=PLAINTEXT://0.0.0.0:9092"})
          .find("name a host"),
      std::string::npos);
}

}  // namespace
}  // namespace odradek::app
