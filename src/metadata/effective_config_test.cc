#include "metadata/effective_config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "metadata/testing/store_harness.h"

namespace odradek::metadata {
namespace {

DescribedConfig Find(const std::vector<DescribedConfig>& all, std::string_view name) {
  const auto at = std::find_if(all.begin(), all.end(),
                               [&](const DescribedConfig& c) { return c.name == name; });
  EXPECT_NE(at, all.end()) << name;
  return *at;
}

std::string Synonyms(const DescribedConfig& config) {
  std::string text;
  for (const ConfigSynonym& synonym : config.synonyms) {
    text += synonym.name + "=" + synonym.value.value_or("null") + "@" +
            std::to_string(static_cast<int>(synonym.source)) + " ";
  }
  return text;
}

TEST(EffectiveConfig, TellsEveryLayerOfATopicConfig) {
  StoreHarness harness(1, {"message.max.bytes=3000"});
  ASSERT_TRUE(harness.Set(ResourceType::kBroker, "", "message.max.bytes", "4000").ok());
  ASSERT_TRUE(harness.Set(ResourceType::kBroker, "1", "message.max.bytes", "5000").ok());
  const ImageRef image = harness.image();
  const EffectiveConfig effective(*image, harness.server(), 1);
  const auto all = effective.DescribeTopic({{"max.message.bytes", "6000"}});
  const DescribedConfig own = Find(all, "max.message.bytes");
  EXPECT_EQ(own.value, "6000");
  EXPECT_EQ(own.source, ConfigSource::kTopic);
  EXPECT_EQ(own.type, 3);
  EXPECT_EQ(Synonyms(own),
            "max.message.bytes=6000@1 message.max.bytes=5000@2 message.max.bytes=4000@3 "
            "message.max.bytes=3000@4 message.max.bytes=1048588@5 ");
  const DescribedConfig inherited = Find(effective.DescribeTopic({}), "max.message.bytes");
  EXPECT_EQ(inherited.value, "5000");
  EXPECT_EQ(inherited.source, ConfigSource::kDynamicBroker);
  // Another broker does not see what is broker 1's.
  EXPECT_EQ(
      Find(EffectiveConfig(*image, harness.server(), 2).DescribeTopic({}), "max.message.bytes")
          .value,
      "4000");
}

TEST(EffectiveConfig, TellsAllTopicConfigs) {
  StoreHarness harness;
  const ImageRef image = harness.image();
  const auto all = EffectiveConfig(*image, harness.server(), 1).DescribeTopic({});
  EXPECT_EQ(all.size(), 33u);
  for (const DescribedConfig& config : all) {
    EXPECT_EQ(config.source, ConfigSource::kDefault) << config.name;
    EXPECT_FALSE(config.is_read_only) << config.name;
    EXPECT_TRUE(config.value.has_value()) << config.name;
    EXPECT_NE(config.type, 0) << config.name;
    EXPECT_FALSE(config.documentation.empty()) << config.name;
  }
  EXPECT_EQ(Find(all, "segment.ms").value, "604800000");
  EXPECT_EQ(Synonyms(Find(all, "segment.ms")), "");  // Kafka tells nothing of log.roll.hours
}

TEST(EffectiveConfig, AHourSettingSuppliesTheValueButNotTheSource) {
  StoreHarness harness(1, {"log.retention.hours=1"});
  const ImageRef image = harness.image();
  const EffectiveConfig effective(*image, harness.server(), 1);
  EXPECT_EQ(Find(effective.DescribeTopic({}), "retention.ms").value, "3600000");
  EXPECT_EQ(effective.BrokerInt("log.retention.ms"), 3'600'000);
}

TEST(EffectiveConfig, TellsTheBrokersOwnConfigs) {
  StoreHarness harness(1, {"num.partitions=3", "custom.thing=x", "ssl.key.password=secret"});
  harness.RestartWith({{.id = 1, .rack = "east"}});
  ASSERT_TRUE(harness.Set(ResourceType::kBroker, "1", "log.retention.ms", "900").ok());
  const ImageRef image = harness.image();
  const auto all = EffectiveConfig(*image, harness.server(), 1).DescribeBroker();

  EXPECT_EQ(Find(all, "node.id").value, "1");
  EXPECT_EQ(Find(all, "node.id").source, ConfigSource::kStaticBroker);
  EXPECT_TRUE(Find(all, "node.id").is_read_only);
  EXPECT_EQ(Find(all, "broker.rack").value, "east");
  EXPECT_EQ(Find(all, "num.partitions").source, ConfigSource::kStaticBroker);
  EXPECT_EQ(Find(all, "log.retention.ms").value, "900");
  EXPECT_EQ(Find(all, "log.retention.ms").source, ConfigSource::kDynamicBroker);
  EXPECT_EQ(Synonyms(Find(all, "log.retention.ms")),
            "log.retention.ms=900@2 log.retention.hours=168@5 ");
  EXPECT_EQ(Find(all, "log.retention.hours").value, "168");
  EXPECT_EQ(Find(all, "log.retention.hours").source, ConfigSource::kDefault);
  EXPECT_EQ(Find(all, "log.retention.minutes").value, std::nullopt);

  EXPECT_TRUE(Find(all, "ssl.key.password").is_sensitive);
  EXPECT_EQ(Find(all, "ssl.key.password").value, std::nullopt);
  EXPECT_EQ(Synonyms(Find(all, "ssl.key.password")), "ssl.key.password=null@4 ");
  EXPECT_TRUE(Find(all, "custom.thing").is_sensitive);
  EXPECT_EQ(Find(all, "custom.thing").value, std::nullopt);
  EXPECT_EQ(Find(all, "custom.thing").type, 0);
}

TEST(EffectiveConfig, TellsTheDynamicDefaultsOfAllBrokers) {
  StoreHarness harness(1, {"message.max.bytes=3000"});
  const auto describe = [&] {
    const ImageRef image = harness.image();
    return EffectiveConfig(*image, harness.server(), 1).DescribeAllBrokers();
  };
  EXPECT_TRUE(describe().empty());
  ASSERT_TRUE(harness.Set(ResourceType::kBroker, "", "message.max.bytes", "4000").ok());
  ASSERT_EQ(describe().size(), 1u);
  EXPECT_EQ(Synonyms(describe()[0]), "message.max.bytes=4000@3 ");
}

TEST(EffectiveConfig, GroupsFollowTheBroker) {
  StoreHarness harness(1, {"group.consumer.session.timeout.ms=50000"});
  const ImageRef image = harness.image();
  const EffectiveConfig effective(*image, harness.server(), 1);
  const auto inherited = effective.DescribeGroup({});
  EXPECT_EQ(inherited.size(), 17u);
  EXPECT_EQ(Find(inherited, "consumer.session.timeout.ms").value, "50000");
  EXPECT_EQ(Find(inherited, "consumer.session.timeout.ms").source, ConfigSource::kStaticBroker);
  EXPECT_EQ(Synonyms(Find(inherited, "share.auto.offset.reset")),
            "share.auto.offset.reset=latest@5 ");
  const auto own = effective.DescribeGroup({{"consumer.session.timeout.ms", "55000"}});
  EXPECT_EQ(Find(own, "consumer.session.timeout.ms").source, ConfigSource::kGroup);
}

}  // namespace
}  // namespace odradek::metadata
