#include "app/option_checks.h"

#include <gtest/gtest.h>

#include "app/node_plan.h"

namespace odradek::app {
namespace {

config::ServerConfig ConfigOf(const std::vector<std::string>& settings) {
  config::ServerConfig::Builder builder;
  for (const std::string& setting : settings) EXPECT_TRUE(builder.Set(setting).ok());
  return builder.Build().value();
}

Status Check(const ServeOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<broker::Node> nodes,
                   PlanNodes(options, ConfigOf(options.settings)));
  return CheckNodeSettings(options, nodes);
}

std::vector<std::string> Warnings(const ServeOptions& options) {
  return OptionWarnings(options, ConfigOf(options.settings));
}

TEST(OptionChecks, RefusesSettingsOfNodesThatDoNotExist) {
  const Status refused =
      Check({.brokers = 2, .settings = {"node.id=3", "4:broker.rack=a", "5:broker.rack=b"}});
  EXPECT_EQ(refused.code(), StatusCode::kInvalid);
  EXPECT_EQ(refused.message(), "--node-set 5:broker.rack=b: there is no node 5; the ids are 3, 4");
}

TEST(OptionChecks, AcceptsSettingsOfAllNodesAndOfEach) {
  EXPECT_TRUE(Check({.brokers = 2, .settings = {"0:broker.rack=a", "1:broker.rack=b"}}).ok());
  EXPECT_TRUE(Check({.settings = {"num.partitions=7", "listeners=PLAINTEXT://:9092"}}).ok());
}

TEST(OptionChecks, WarnsOfLogDirsOnce) {
  const std::string in_memory = " is not used: data is kept in memory; --data-dir DIR keeps it";
  EXPECT_EQ(Warnings({.settings = {"log.dirs=/a"}}),
            std::vector<std::string>{"log.dirs" + in_memory});
  EXPECT_EQ(Warnings({.settings = {"log.dir=/a"}}),
            std::vector<std::string>{"log.dir" + in_memory});
  EXPECT_EQ(Warnings({.settings = {"log.dir=/a", "log.dirs=/b"}}).size(), 1u);
  EXPECT_EQ(Warnings({.data_dir = "/c", .settings = {"log.dirs=/a"}}),
            std::vector<std::string>{"log.dirs is not used; --data-dir says where data is kept"});
  EXPECT_TRUE(Warnings({.settings = {"num.partitions=7"}}).empty());
}

TEST(OptionWarnings, TellWhenAPortReplacesTheOneOfListeners) {
  const std::vector<std::string> listeners = {"controller.listener.names=CONTROLLER",
                                              "listeners=CONTROLLER://:9093,PLAINTEXT://:9092"};
  EXPECT_EQ(Warnings({.port = 9093, .settings = listeners}),
            std::vector<std::string>{"port 9092 of listeners is not used: --port says 9093"});
  EXPECT_TRUE(Warnings({.port = 9092, .settings = listeners}).empty());
  EXPECT_TRUE(Warnings({.settings = listeners}).empty());
  EXPECT_TRUE(Warnings({.port = 9093}).empty());
}

TEST(ResolveDurability, IsTheStrongestThatThePlaceGives) {
  EXPECT_EQ(ResolveDurability("", true).value(), "power");
  EXPECT_EQ(ResolveDurability("", false).value(), "none");
  EXPECT_EQ(ResolveDurability("process", true).value(), "process");
}

TEST(ResolveDurability, RefusesWhatThePlaceCannotGive) {
  EXPECT_EQ(ResolveDurability("power", false).status().message(),
            "odradek.durability=power needs --data-dir: data in memory survives nothing");
  EXPECT_EQ(
      ResolveDurability("none", true).status().message(),
      "odradek.durability=none is for data in memory; with --data-dir it is power or process");
}

}  // namespace
}  // namespace odradek::app
