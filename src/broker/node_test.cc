#include "broker/node.h"

#include <gtest/gtest.h>

namespace odradek::broker {
namespace {

Node MakeNode(NodeListener listener) { return Node(1, "", {std::move(listener)}); }

wire::ConnectionInfo Dialled(std::string host, std::string listener = "PLAINTEXT") {
  wire::ConnectionInfo connection;
  connection.local_host = std::move(host);
  connection.listener = std::move(listener);
  return connection;
}

TEST(NodeAdvertisedAddress, IsWhatTheClientDialledAtTheNodesPort) {
  const Node node = MakeNode({.name = "PLAINTEXT", .bind_host = "", .port = 9094});
  const auto endpoint = node.AdvertisedFor(Dialled("192.168.7.7"));
  ASSERT_TRUE(endpoint.has_value());
  EXPECT_EQ(endpoint->host, "192.168.7.7");
  EXPECT_EQ(endpoint->port, 9094);
}

TEST(NodeAdvertisedAddress, NamesTheIpv6LoopbackSoThatHostAndPortCanBeJoined) {
  const Node node = MakeNode({.name = "PLAINTEXT", .bind_host = "localhost", .port = 9092});
  EXPECT_EQ(node.AdvertisedFor(Dialled("::1"))->host, "localhost");
}

TEST(NodeAdvertisedAddress, IsTheConfiguredOneWhereThereIsOne) {
  const Node node = MakeNode({.name = "PLAINTEXT",
                              .bind_host = "",
                              .port = 9092,
                              .advertised_host = "kafka.example",
                              .advertised_port = 19092});
  const auto endpoint = node.AdvertisedFor(Dialled("10.0.0.1"));
  EXPECT_EQ(endpoint->host, "kafka.example");
  EXPECT_EQ(endpoint->port, 19092);
}

TEST(NodeAdvertisedAddress, IsMissingForAListenerThatTheNodeDoesNotHave) {
  const Node node = MakeNode({.name = "INSIDE", .bind_host = "", .port = 9092});
  EXPECT_FALSE(node.AdvertisedFor(Dialled("10.0.0.1", "OUTSIDE")).has_value());
}

TEST(NodeView, TellsLeadersFromFollowersAndStrangers) {
  const Node node = MakeNode({.name = "PLAINTEXT", .bind_host = "", .port = 1});
  EXPECT_TRUE(node.Leads({.leader = 1, .leader_epoch = 0, .replicas = {1, 2}, .isr = {1, 2}}));
  EXPECT_TRUE(node.Follows({.leader = 2, .leader_epoch = 0, .replicas = {1, 2}, .isr = {1, 2}}));
  EXPECT_FALSE(node.Follows({.leader = 2, .leader_epoch = 0, .replicas = {2, 3}, .isr = {2, 3}}));
}

}  // namespace
}  // namespace odradek::broker
