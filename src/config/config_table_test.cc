#include "config/config_table.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace odradek::config {
namespace {

const ConfigDef& Topic(std::string_view name) { return *FindConfig(Scope::kTopic, name); }
const ConfigDef& Broker(std::string_view name) { return *FindConfig(Scope::kBroker, name); }
const ConfigDef& Group(std::string_view name) { return *FindConfig(Scope::kGroup, name); }

std::string WhyNot(const ConfigDef& def, std::string_view value) {
  return std::string(ParseConfig(def, value).status().message());
}

TEST(ConfigTable, IsSortedByNameWithinEachScope) {
  for (const Scope scope : {Scope::kTopic, Scope::kBroker, Scope::kGroup, Scope::kClientMetrics}) {
    const auto rows = ConfigsOf(scope);
    ASSERT_FALSE(rows.empty());
    for (size_t i = 1; i < rows.size(); ++i) EXPECT_LT(rows[i - 1].name, rows[i].name);
    for (const ConfigDef& row : rows) {
      EXPECT_EQ(row.scope, scope);
      EXPECT_EQ(FindConfig(scope, row.name), &row);
    }
  }
}

TEST(ConfigTable, HasTheConfigsOfKafka43) {
  EXPECT_EQ(ConfigsOf(Scope::kTopic).size(), 33u);
  EXPECT_EQ(ConfigsOf(Scope::kGroup).size(), 17u);
  EXPECT_EQ(ConfigsOf(Scope::kClientMetrics).size(), 3u);
  EXPECT_EQ(FindConfig(Scope::kTopic, "no.such.config"), nullptr);
  EXPECT_EQ(FindConfig(Scope::kTopic, "num.partitions"), nullptr);
}

TEST(ConfigTable, DefaultsAreAllowedAndInKafkasForm) {
  for (const Scope scope : {Scope::kTopic, Scope::kBroker, Scope::kGroup, Scope::kClientMetrics}) {
    for (const ConfigDef& row : ConfigsOf(scope)) {
      if (row.default_value == nullptr) continue;
      const auto parsed = ParseConfig(row, row.default_value);
      ASSERT_TRUE(parsed.ok()) << row.name << ": " << parsed.status().ToString();
      if (row.is_sensitive()) continue;
      EXPECT_EQ(FormatConfig(row, *parsed), row.default_value) << row.name;
    }
  }
}

TEST(ConfigTable, BrokerConfigsThatSupplyDefaultsExistAndAgree) {
  for (const Scope scope : {Scope::kTopic, Scope::kGroup}) {
    for (const ConfigDef& row : ConfigsOf(scope)) {
      if (row.broker_config.empty()) continue;
      const ConfigDef* broker = FindConfig(Scope::kBroker, row.broker_config);
      ASSERT_NE(broker, nullptr) << row.name;
      EXPECT_EQ(broker->type, row.type) << row.name;
      if (broker->default_value == nullptr) continue;
      EXPECT_STREQ(broker->default_value, row.default_value) << row.name;
    }
  }
}

TEST(ConfigTable, DeviationsAreRealOnes) {
  ASSERT_FALSE(DefaultDeviations().empty());
  for (const DefaultDeviation& deviation : DefaultDeviations()) {
    const ConfigDef* row = FindConfig(Scope::kBroker, deviation.name);
    ASSERT_NE(row, nullptr) << deviation.name;
    EXPECT_NE(deviation.kafka_default, row->default_value) << deviation.name;
    EXPECT_TRUE(ParseConfig(*row, deviation.kafka_default).ok()) << deviation.name;
    EXPECT_FALSE(deviation.reason.empty());
  }
}

TEST(ParseConfig, ReadsNumbersAsJavaDoes) {
  EXPECT_EQ(std::get<int64_t>(*ParseConfig(Topic("retention.ms"), " 42 ")), 42);
  EXPECT_EQ(std::get<int64_t>(*ParseConfig(Topic("retention.ms"), "+42")), 42);
  EXPECT_EQ(std::get<int64_t>(*ParseConfig(Topic("retention.ms"), "9223372036854775807")),
            INT64_MAX);
  for (const std::string_view bad :
       {"", "ten", "1 0", "0x10", "1.5", "9223372036854775808", "+-1", "1s"}) {
    EXPECT_EQ(WhyNot(Topic("retention.ms"), bad),
              "Invalid value " + std::string(bad) +
                  " for configuration retention.ms: Not a number of type LONG");
  }
  EXPECT_EQ(
      WhyNot(Topic("max.message.bytes"), "2147483648"),
      "Invalid value 2147483648 for configuration max.message.bytes: Not a number of type INT");
  EXPECT_EQ(WhyNot(Broker("offsets.topic.replication.factor"), "32768"),
            "Invalid value 32768 for configuration offsets.topic.replication.factor: Not a number "
            "of type SHORT");
}

TEST(ParseConfig, ChecksRanges) {
  EXPECT_EQ(
      WhyNot(Topic("segment.bytes"), "1048575"),
      "Invalid value 1048575 for configuration segment.bytes: Value must be at least 1048576");
  EXPECT_TRUE(ParseConfig(Topic("segment.bytes"), "1048576").ok());
  EXPECT_EQ(
      WhyNot(Topic("compression.lz4.level"), "18"),
      "Invalid value 18 for configuration compression.lz4.level: Value must be no more than 17");
  EXPECT_EQ(WhyNot(Topic("compression.gzip.level"), "0"),
            "Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and "
            "9 or equal to -1");
  EXPECT_TRUE(ParseConfig(Topic("compression.gzip.level"), "-1").ok());
  EXPECT_EQ(WhyNot(Topic("min.cleanable.dirty.ratio"), "1.5"),
            "Invalid value 1.5 for configuration min.cleanable.dirty.ratio: Value must be no more "
            "than 1");
}

TEST(ParseConfig, ReadsBooleansInAnyCase) {
  EXPECT_TRUE(std::get<bool>(*ParseConfig(Topic("preallocate"), "TRUE")));
  EXPECT_FALSE(std::get<bool>(*ParseConfig(Topic("preallocate"), " false")));
  EXPECT_EQ(
      WhyNot(Topic("preallocate"), "1"),
      "Invalid value 1 for configuration preallocate: Expected value to be either true or false");
}

TEST(ParseConfig, ChecksTextAgainstItsChoices) {
  EXPECT_EQ(WhyNot(Topic("compression.type"), "lzma"),
            "Invalid value lzma for configuration compression.type: String must be one of: "
            "uncompressed, zstd, lz4, "
            "snappy, gzip, producer");
  EXPECT_FALSE(ParseConfig(Topic("message.timestamp.type"), "createtime").ok());
  EXPECT_TRUE(ParseConfig(Broker("group.consumer.migration.policy"), "Bidirectional").ok());
}

TEST(ParseConfig, ReadsLists) {
  using List = std::vector<std::string>;
  EXPECT_EQ(std::get<List>(*ParseConfig(Topic("cleanup.policy"), " delete , compact ")),
            (List{"delete", "compact"}));
  EXPECT_EQ(std::get<List>(*ParseConfig(Topic("cleanup.policy"), "")), List{});
  EXPECT_EQ(WhyNot(Topic("cleanup.policy"), "delete,delete"),
            "Configuration 'cleanup.policy' values must not be duplicated.");
  EXPECT_EQ(WhyNot(Topic("cleanup.policy"), "delete,"),
            "Configuration 'cleanup.policy' values must not be empty.");
  EXPECT_EQ(WhyNot(Topic("cleanup.policy"), "shred"),
            "Invalid value shred for configuration cleanup.policy: String must be one of: compact, "
            "delete");
}

TEST(ParseConfig, ReadsThrottledReplicas) {
  const ConfigDef& def = Topic("leader.replication.throttled.replicas");
  for (const std::string_view good : {"", "*", "0:1", "0:1,12:3"})
    EXPECT_TRUE(ParseConfig(def, good).ok()) << good;
  for (const std::string_view bad : {"0", "0:", ":1", "a:1", "0:1,*", "0:1:2"}) {
    EXPECT_FALSE(ParseConfig(def, bad).ok()) << bad;
  }
}

TEST(ParseConfig, ReadsWhereShareGroupsStart) {
  const ConfigDef& def = Group("share.auto.offset.reset");
  for (const std::string_view good :
       {"latest", "earliest", "by_duration:PT1H", "by_duration:P1D", "by_duration:P2DT3H4M5.5S"}) {
    EXPECT_TRUE(ParseConfig(def, good).ok()) << good;
  }
  for (const std::string_view bad :
       {"", "none", "by_duration:", "by_duration:1H", "by_duration:PT", "by_duration:P1H",
        "by_duration:PT1M1H", "by_duration:PT1.5H", "by_duration:-PT1H"}) {
    EXPECT_FALSE(ParseConfig(def, bad).ok()) << bad;
  }
}

TEST(ParseConfig, NeverShowsPasswords) {
  const ConfigDef& def = Broker("ssl.key.password");
  EXPECT_EQ(FormatConfig(def, *ParseConfig(def, "secret")), "[hidden]");
}

TEST(CanonicalConfig, HasKafkasForm) {
  EXPECT_EQ(CanonicalConfig(Topic("preallocate"), "True"), "true");
  EXPECT_EQ(CanonicalConfig(Topic("cleanup.policy"), "delete, compact"), "delete,compact");
  EXPECT_EQ(CanonicalConfig(Topic("min.cleanable.dirty.ratio"), "1"), "1.0");
  EXPECT_EQ(CanonicalConfig(Topic("min.cleanable.dirty.ratio"), ".25"), "0.25");
  EXPECT_EQ(CanonicalConfig(Topic("min.cleanable.dirty.ratio"), "0.00001"), "1.0E-5");
}

TEST(BrokerSynonyms, PutsTheFinerUnitFirst) {
  using Names = std::vector<std::string_view>;
  EXPECT_EQ(BrokerSynonyms("log.retention.hours"),
            (Names{"log.retention.ms", "log.retention.minutes", "log.retention.hours"}));
  EXPECT_EQ(BrokerSynonyms("log.retention.bytes"), (Names{"log.retention.bytes"}));
  EXPECT_EQ(BrokerSynonyms("log.roll.jitter.ms"),
            (Names{"log.roll.jitter.ms", "log.roll.jitter.hours"}));
  EXPECT_EQ(BrokerSynonyms("listener.name.internal.ssl.key.password"),
            (Names{"listener.name.internal.ssl.key.password", "ssl.key.password"}));
}

TEST(ConvertSynonym, TurnsHoursAndMinutesIntoMilliseconds) {
  EXPECT_EQ(ConvertSynonym("log.retention.hours", "log.retention.ms", "168"), "604800000");
  EXPECT_EQ(ConvertSynonym("log.retention.minutes", "log.retention.ms", "2"), "120000");
  EXPECT_EQ(ConvertSynonym("log.retention.hours", "log.retention.ms", "-1"), "-1");
  EXPECT_EQ(ConvertSynonym("log.retention.ms", "log.retention.ms", "5"), "5");
}

TEST(DescribeAllowed, SaysItInWords) {
  EXPECT_EQ(DescribeAllowed(Topic("retention.ms")), "a whole number of at least -1");
  EXPECT_EQ(DescribeAllowed(Topic("compression.lz4.level")), "a whole number from 1 to 17");
  EXPECT_EQ(DescribeAllowed(Topic("cleanup.policy")),
            "a list separated by commas, of compact, delete");
}

}  // namespace
}  // namespace odradek::config
