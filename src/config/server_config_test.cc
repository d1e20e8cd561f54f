#include "config/server_config.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace odradek::config {
namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

TEST(ServerConfig, GivesDefaults) {
  const ServerConfig config;
  EXPECT_EQ(config.GetInt("num.partitions"), 1);
  EXPECT_TRUE(config.GetBool("auto.create.topics.enable"));
  EXPECT_EQ(config.GetInt("log.retention.ms"), -1);
  EXPECT_EQ(config.GetInt("log.retention.ms", ServerConfig::kAllNodes, 7), 7);
  EXPECT_EQ(config.GetString("broker.rack"), "");
  EXPECT_EQ(config.GetList("process.roles"), (std::vector<std::string>{"broker", "controller"}));
  EXPECT_EQ(config.GetInt("group.initial.rebalance.delay.ms"), 0);
}

TEST(ServerConfig, StrongerLayersWinWhateverTheirOrder) {
  ServerConfig::Builder builder;
  ASSERT_TRUE(builder.Set("num.partitions=4").ok());
  ASSERT_TRUE(builder
                  .AddEnvironment(
                      Variables{{"KAFKA_NUM_PARTITIONS", "3"}, {"KAFKA_MESSAGE_MAX_BYTES", "3000"}})
                  .ok());
  ASSERT_TRUE(
      builder
          .AddProperties("num.partitions=2\nmessage.max.bytes=2000\nlog.segment.bytes=2000000", "f")
          .ok());
  const ServerConfig config = builder.Build().value();
  EXPECT_EQ(config.GetInt("num.partitions"), 4);
  EXPECT_EQ(config.GetInt("message.max.bytes"), 3000);
  EXPECT_EQ(config.GetInt("log.segment.bytes"), 2'000'000);
  EXPECT_TRUE(config.warnings().empty());
}

TEST(ServerConfig, SettingsOfANodeHoldForItAlone) {
  ServerConfig::Builder builder;
  ASSERT_TRUE(builder.Set("2:broker.rack=east").ok());
  ASSERT_TRUE(builder.Set("broker.rack=west").ok());
  const ServerConfig config = builder.Build().value();
  EXPECT_EQ(config.GetString("broker.rack", 1), "west");
  EXPECT_EQ(config.GetString("broker.rack", 2), "east");
  EXPECT_EQ(config.GetString("broker.rack"), "west");
  EXPECT_EQ(config.StaticConfigs(2), (PropertyMap{{"broker.rack", "east"}}));
  EXPECT_TRUE(config.HasNodeSettings(2));
  EXPECT_FALSE(config.HasNodeSettings(1));
}

TEST(ServerConfig, ReadsVariablesAsTheImageSpellsThem) {
  ServerConfig::Builder builder;
  ASSERT_TRUE(builder
                  .AddEnvironment(Variables{{"KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS", "5"},
                                            {"KAFKA_LISTENER_NAME_A___B_SASL__X", "v"},
                                            {"KAFKA_HEAP_OPTS", "-Xmx1g"},
                                            {"KAFKA_BOOTSTRAP_SERVERS", "localhost:1"},
                                            {"KAFKA_", "x"},
                                            {"PATH", "/bin"}})
                  .ok());
  const ServerConfig config = builder.Build().value();
  EXPECT_EQ(config.GetInt("offsets.topic.num.partitions"), 5);
  EXPECT_EQ(config.StaticConfigs(), (PropertyMap{{"listener.name.a-b.sasl_x", "v"},
                                                 {"offsets.topic.num.partitions", "5"}}));
}

TEST(ServerConfig, NamesWhereABadValueStands) {
  ServerConfig::Builder file;
  ASSERT_TRUE(file.AddProperties("# comment\n\nnum.partitions=zero\n", "server.properties").ok());
  EXPECT_EQ(file.Build().status().message(),
            "server.properties line 3: num.partitions: Invalid value zero for configuration "
            "num.partitions: Not a "
            "number of type INT (allowed: a whole number of at least 1)");
  ServerConfig::Builder environment;
  ASSERT_TRUE(environment.AddEnvironment(Variables{{"KAFKA_NUM_PARTITIONS", "0"}}).ok());
  EXPECT_EQ(environment.Build().status().message(),
            "KAFKA_NUM_PARTITIONS: Invalid value 0 for configuration num.partitions: Value must be "
            "at least 1 "
            "(allowed: a whole number of at least 1)");
  ServerConfig::Builder choice;
  ASSERT_TRUE(choice.Set("odradek.durability=zz").ok());
  EXPECT_EQ(choice.Build().status().message(),
            "--set odradek.durability: Invalid value zz for configuration odradek.durability: "
            "String must be one of: power, process, none");
  ServerConfig::Builder line;
  ASSERT_TRUE(line.Set("2:num.partitions=0").ok());
  EXPECT_FALSE(line.Build().ok());
}

TEST(ServerConfig, RefusesWhatTopicsWouldNotTakeAsTheirDefault) {
  for (const std::string setting :
       {"log.flush.interval.ms=-1", "log.roll.ms=0", "log.roll.jitter.ms=-1"}) {
    ServerConfig::Builder builder;
    ASSERT_TRUE(builder.Set(setting).ok());
    const auto built = builder.Build();
    EXPECT_EQ(built.status().code(), StatusCode::kInvalid) << setting;
    EXPECT_NE(built.status().message().find(setting.substr(0, setting.find('='))),
              std::string_view::npos)
        << built.status().ToString();
  }
  ServerConfig::Builder builder;
  ASSERT_TRUE(builder.Set("log.flush.interval.ms=0").ok());
  EXPECT_TRUE(builder.Build().ok());
}

TEST(ServerConfig, RefusesMalformedSettings) {
  ServerConfig::Builder builder;
  EXPECT_EQ(builder.Set("num.partitions").message(),
            "--set num.partitions: give name=value, or 2:name=value for node 2");
  EXPECT_FALSE(builder.Set("=1").ok());
  EXPECT_FALSE(builder.Set("a b=1").ok());
  EXPECT_EQ(builder.Set("x:num.partitions=1").message(),
            "--set x:num.partitions=1: \"x\" is not a node id");
  EXPECT_FALSE(builder.Set("-1:num.partitions=1").ok());
}

TEST(ServerConfig, WarnsOnceOfWhatNobodyReads) {
  ServerConfig::Builder builder;
  ASSERT_TRUE(
      builder.AddProperties("zookeeper.connect=z\nretention.ms=5\nlistener.name.x.foo=1\n", "f")
          .ok());
  const ServerConfig config = builder.Build().value();
  EXPECT_EQ(config.warnings(),
            (std::vector<std::string>{
                "f line 2: retention.ms is a config of topics; brokers call it log.retention.ms",
                "f line 1: zookeeper.connect is not a known property and changes nothing"}));
  EXPECT_EQ(*config.FindStatic("zookeeper.connect"), "z");
}

TEST(ServerConfig, CountsWhatItDoesNotWarnOf) {
  const auto warnings_of = [](size_t count) {
    ServerConfig::Builder builder;
    for (size_t i = 0; i < count; ++i) EXPECT_TRUE(builder.Set("x" + std::to_string(i), "1").ok());
    return builder.Build().value().warnings();
  };
  EXPECT_EQ(warnings_of(ServerConfig::kWarningsMax).size(), ServerConfig::kWarningsMax);
  const std::vector<std::string> many = warnings_of(5000);
  ASSERT_EQ(many.size(), ServerConfig::kWarningsMax + 1);
  EXPECT_EQ(many.back(), "and 4980 more properties that nobody reads");
}

TEST(ServerConfig, KnowsWhatTheAuthorizerReads) {
  ServerConfig::Builder builder;
  ASSERT_TRUE(builder.Set("super.users=User:admin").ok());
  ASSERT_TRUE(builder.Set("allow.everyone.if.no.acl.found=true").ok());
  const ServerConfig config = builder.Build().value();
  EXPECT_TRUE(config.warnings().empty());
  EXPECT_EQ(*config.FindStatic("super.users"), "User:admin");
}

TEST(ServerConfig, KeepsPasswordsOutOfMessages) {
  ServerConfig::Builder builder;
  ASSERT_TRUE(builder.Set("ssl.key.password=secret").ok());
  const ServerConfig config = builder.Build().value();
  EXPECT_EQ(config.GetString("ssl.key.password"), "secret");
}

}  // namespace
}  // namespace odradek::config
