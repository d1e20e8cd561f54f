#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "metadata/metadata_store.h"
#include "metadata/testing/store_harness.h"

namespace odradek::metadata {
namespace {

ConfigChange Set(std::string_view name, std::string_view value) { return {name, 0, value}; }
ConfigChange Delete(std::string_view name) { return {name, 1, std::nullopt}; }
ConfigChange Append(std::string_view name, std::string_view value) { return {name, 2, value}; }
ConfigChange Subtract(std::string_view name, std::string_view value) { return {name, 3, value}; }

class ConfigCommands : public testing::Test {
 protected:
  ConfigCommands() { EXPECT_TRUE(harness_.Create("t").outcome.ok()); }

  Outcome Alter(std::vector<ConfigChange> changes) {
    return harness_.Alter(ResourceType::kTopic, "t", std::move(changes));
  }
  Outcome AlterBroker(std::string_view id, std::vector<ConfigChange> changes) {
    return harness_.Alter(ResourceType::kBroker, id, std::move(changes));
  }
  Outcome Replace(std::vector<ConfigChange> changes, bool validate_only = false) {
    const ConfigAlteration resource{static_cast<int8_t>(ResourceType::kTopic), "t",
                                    std::move(changes)};
    return harness_.store().ReplaceConfigs({&resource, 1}, validate_only)[0];
  }
  ConfigMap Configs() { return harness_.image()->FindTopic("t")->configs; }

  StoreHarness harness_;
};

TEST_F(ConfigCommands, SetsAndDeletesSingleConfigs) {
  EXPECT_TRUE(Alter({Set("retention.ms", "1000"), Set("segment.ms", "5")}).ok());
  EXPECT_EQ(Configs(), (ConfigMap{{"retention.ms", "1000"}, {"segment.ms", "5"}}));
  EXPECT_TRUE(Alter({Delete("segment.ms"), Delete("flush.ms")}).ok());
  EXPECT_EQ(Configs(), (ConfigMap{{"retention.ms", "1000"}}));
}

TEST_F(ConfigCommands, AppendsToTheDefaultAndSubtracts) {
  EXPECT_TRUE(Alter({Append("cleanup.policy", "compact")}).ok());
  EXPECT_EQ(Configs().at("cleanup.policy"), "delete,compact");
  EXPECT_TRUE(Alter({Append("cleanup.policy", "compact")}).ok());
  EXPECT_EQ(Configs().at("cleanup.policy"), "delete,compact");
  EXPECT_TRUE(Alter({Subtract("cleanup.policy", "delete")}).ok());
  EXPECT_EQ(Configs().at("cleanup.policy"), "compact");
  const Outcome number = Alter({Append("retention.ms", "5")});
  EXPECT_EQ(number.error, ErrorCode::kInvalidConfig);
  EXPECT_EQ(number.message, "Can't APPEND to key retention.ms because its type is not LIST.");
  EXPECT_EQ(Alter({Append("no.such", "5")}).error, ErrorCode::kInvalidConfig);
}

TEST_F(ConfigCommands, MakesAllChangesOfAResourceOrNone) {
  EXPECT_EQ(Alter({Set("segment.ms", "5"), Set("retention.ms", "soon")}).error,
            ErrorCode::kInvalidConfig);
  EXPECT_TRUE(Configs().empty());
}

TEST_F(ConfigCommands, RefusesMalformedRequests) {
  EXPECT_EQ(Alter({Set("retention.ms", "1"), Delete("retention.ms")}).message,
            "Error due to duplicate config keys");
  const Outcome null = Alter({{"retention.ms", 0, std::nullopt}, {"segment.ms", 2, std::nullopt}});
  EXPECT_EQ(null.error, ErrorCode::kInvalidRequest);
  EXPECT_EQ(null.message, "Null value not supported for : retention.ms, segment.ms");
  EXPECT_EQ(Alter({{"retention.ms", 9, "1"}}).error, ErrorCode::kUnknownServerError);
  EXPECT_EQ(AlterBroker("", {{"log.retention.ms", 9, "1"}}).error, ErrorCode::kInvalidRequest);
  EXPECT_EQ(harness_.Set(static_cast<ResourceType>(9), "t", "a", "b").message,
            "Unknown resource type 9");
  EXPECT_EQ(harness_.Set(ResourceType::kTopic, "", "a", "b").error, ErrorCode::kInvalidRequest);
  EXPECT_EQ(harness_.Set(ResourceType::kTopic, "a b", "retention.ms", "1").error,
            ErrorCode::kInvalidTopicException);
  const Outcome absent = harness_.Set(ResourceType::kTopic, "absent", "retention.ms", "1");
  EXPECT_EQ(absent.error, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(absent.message, "The topic 'absent' does not exist.");
  EXPECT_EQ(harness_.Set(ResourceType::kTopic, "absent", "nonsense", "1").error,
            ErrorCode::kInvalidConfig);
}

TEST_F(ConfigCommands, RefusesValuesThatAreTooLong) {
  const std::string longest(32767, 'x');
  EXPECT_TRUE(AlterBroker("1", {Set("custom.thing", longest)}).ok());
  EXPECT_EQ(AlterBroker("1", {Set("custom.thing", longest + "x")}).error,
            ErrorCode::kInvalidConfig);
}

TEST_F(ConfigCommands, RefusesAResourceThatAppearsTwice) {
  const std::vector<ConfigAlteration> resources = {{2, "t", {Set("retention.ms", "1")}},
                                                   {2, "t", {Set("segment.ms", "1")}}};
  for (const Outcome& outcome : harness_.store().IncrementalAlterConfigs(resources, false)) {
    EXPECT_EQ(outcome.error, ErrorCode::kInvalidRequest);
    EXPECT_EQ(outcome.message, "Each resource must appear at most once.");
  }
  EXPECT_TRUE(Configs().empty());
}

TEST_F(ConfigCommands, OnlyValidatesWhenAskedTo) {
  const ConfigAlteration good{2, "t", {Set("retention.ms", "1")}};
  const ConfigAlteration bad{2, "t", {Set("retention.ms", "soon")}};
  EXPECT_TRUE(harness_.store().IncrementalAlterConfigs({&good, 1}, true)[0].ok());
  EXPECT_EQ(harness_.store().IncrementalAlterConfigs({&bad, 1}, true)[0].error,
            ErrorCode::kInvalidConfig);
  EXPECT_TRUE(Configs().empty());
}

TEST_F(ConfigCommands, ReplacesTheWholeSet) {
  ASSERT_TRUE(Alter({Set("segment.ms", "5")}).ok());
  EXPECT_TRUE(Replace({Set("retention.ms", "7")}).ok());
  EXPECT_EQ(Configs(), (ConfigMap{{"retention.ms", "7"}}));
  EXPECT_TRUE(Replace({}, true).ok());
  EXPECT_EQ(Configs().size(), 1u);
  EXPECT_TRUE(Replace({}).ok());
  EXPECT_TRUE(Configs().empty());
  EXPECT_EQ(Replace({{"retention.ms", 0, std::nullopt}}).error, ErrorCode::kInvalidRequest);
  EXPECT_EQ(Replace({{"", 0, std::nullopt}}).error, ErrorCode::kInvalidRequest);
}

TEST_F(ConfigCommands, ChecksBrokerConfigs) {
  EXPECT_EQ(AlterBroker("1", {Set("node.id", "5")}).message,
            "Cannot update these configs dynamically: [node.id]");
  EXPECT_EQ(AlterBroker("1", {Set("log.retention.ms", "soon")}).error, ErrorCode::kInvalidRequest);
  EXPECT_EQ(AlterBroker("", {Set("ssl.keystore.location", "x")}).message,
            "Cannot update these configs at default cluster level, broker id must be specified: "
            "[ssl.keystore.location]");
  EXPECT_EQ(AlterBroker("one", {Set("log.retention.ms", "1")}).error, ErrorCode::kInvalidRequest);
  EXPECT_EQ(AlterBroker("7", {Set("log.retention.ms", "1")}).error,
            ErrorCode::kBrokerIdNotRegistered);
  EXPECT_TRUE(AlterBroker("1", {Set("log.retention.ms", "1")}).ok());
  EXPECT_TRUE(AlterBroker("", {Set("message.max.bytes", "2000")}).ok());
  EXPECT_EQ(harness_.image()->BrokerConfigs(1), (ConfigMap{{"log.retention.ms", "1"}}));
  EXPECT_EQ(harness_.image()->DefaultBrokerConfigs(), (ConfigMap{{"message.max.bytes", "2000"}}));
}

TEST_F(ConfigCommands, ChecksGroupConfigsAgainstTheBrokersBounds) {
  const auto set = [&](std::string_view key, std::string_view value) {
    return harness_.Set(ResourceType::kGroup, "g", key, value);
  };
  EXPECT_EQ(set("consumer.session.timeout.ms", "1000").message,
            "consumer.session.timeout.ms must be greater than or equal to "
            "group.consumer.min.session.timeout.ms");
  EXPECT_EQ(set("consumer.heartbeat.interval.ms", "20000").message,
            "consumer.heartbeat.interval.ms must be less than or equal to "
            "group.consumer.max.heartbeat.interval.ms");
  EXPECT_EQ(set("retention.ms", "1").message, "Unknown group config name: retention.ms");
  EXPECT_EQ(harness_.Set(ResourceType::kGroup, "", "consumer.session.timeout.ms", "50000").error,
            ErrorCode::kInvalidRequest);
  EXPECT_TRUE(set("consumer.session.timeout.ms", "50000").ok());
  EXPECT_EQ(harness_.image()->GroupConfigs("g"),
            (ConfigMap{{"consumer.session.timeout.ms", "50000"}}));
  EXPECT_TRUE(
      harness_.Alter(ResourceType::kGroup, "g", {Delete("consumer.session.timeout.ms")}).ok());
  EXPECT_TRUE(harness_.image()->AllGroupConfigs().empty());
}

TEST_F(ConfigCommands, StoresClientMetrics) {
  EXPECT_TRUE(harness_.Set(ResourceType::kClientMetrics, "s", "interval.ms", "100").ok());
  EXPECT_EQ(harness_.Set(ResourceType::kClientMetrics, "s", "interval.ms", "99").error,
            ErrorCode::kInvalidConfig);
  EXPECT_EQ(harness_.Set(ResourceType::kClientMetrics, "", "interval.ms", "100").error,
            ErrorCode::kInvalidRequest);
  EXPECT_EQ(harness_.image()->ClientMetricsConfigs("s"), (ConfigMap{{"interval.ms", "100"}}));
}

TEST_F(ConfigCommands, LogSettingsFollowEveryLayer) {
  const auto settings = [&] {
    return harness_.store().ResolveLogConfig(*harness_.image()->FindTopic("t"));
  };
  EXPECT_EQ(settings().retention_ms, 604'800'000);
  EXPECT_EQ(settings().compression_type, -1);
  ASSERT_TRUE(
      AlterBroker("", {Set("message.max.bytes", "2000"), Set("log.retention.ms", "5")}).ok());
  EXPECT_EQ(settings().max_message_bytes, 2000);
  EXPECT_EQ(settings().retention_ms, 5);
  ASSERT_TRUE(AlterBroker("1", {Set("message.max.bytes", "3000")}).ok());
  EXPECT_EQ(settings().max_message_bytes, 3000);
  ASSERT_TRUE(
      Alter({Set("max.message.bytes", "4000"), Set("cleanup.policy", "compact"),
             Set("compression.type", "zstd"), Set("message.timestamp.type", "LogAppendTime")})
          .ok());
  const storage::LogConfig own = settings();
  EXPECT_EQ(own.max_message_bytes, 4000);
  EXPECT_TRUE(own.compact);
  EXPECT_FALSE(own.delete_retention);
  EXPECT_EQ(own.compression_type, 4);
  EXPECT_EQ(own.compression_level, 3);
  EXPECT_TRUE(own.log_append_time);
  EXPECT_EQ(own.retention_ms, 5);
}

TEST(LogSettings, UnderstandHours) {
  StoreHarness harness(1, {"log.retention.hours=2", "log.roll.hours=3"});
  ASSERT_TRUE(harness.Create("t").outcome.ok());
  const storage::LogConfig settings =
      harness.store().ResolveLogConfig(*harness.image()->FindTopic("t"));
  EXPECT_EQ(settings.retention_ms, 7'200'000);
  EXPECT_EQ(settings.segment_ms, 10'800'000);
}

}  // namespace
}  // namespace odradek::metadata
