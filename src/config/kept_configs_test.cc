#include "config/kept_configs.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

#include "config/config_table.h"

namespace odradek::config {
namespace {

// Of topics, and of brokers what is about logs or supplies the default of a topic's config.
std::set<std::string_view> NamesOfLogConfigs(bool acting) {
  std::set<std::string_view> names;
  std::set<std::string_view> suppliers;
  const auto take = [&](const ConfigDef& def) {
    if ((def.effect == Effect::kActs) == acting) names.insert(def.name);
  };
  for (const ConfigDef& def : ConfigsOf(Scope::kTopic)) {
    take(def);
    suppliers.insert(def.broker_config);
  }
  for (const ConfigDef& def : ConfigsOf(Scope::kBroker)) {
    if (def.name.starts_with("log.") || suppliers.contains(def.name)) take(def);
  }
  return names;
}

TEST(KeptConfigs, HaveAReasonEach) {
  std::set<std::string_view> listed;
  for (const KeptConfig& kept : KeptConfigs()) {
    EXPECT_TRUE(listed.insert(kept.name).second) << kept.name << " stands twice";
    EXPECT_FALSE(kept.reason.empty()) << kept.name;
  }
  EXPECT_EQ(listed, NamesOfLogConfigs(/*acting=*/false));
}

TEST(KeptConfigs, ActForATopicAndForItsDefaultAlike) {
  for (const ConfigDef& def : ConfigsOf(Scope::kTopic)) {
    if (def.broker_config.empty()) continue;
    EXPECT_EQ(def.effect, FindConfig(Scope::kBroker, def.broker_config)->effect) << def.name;
  }
}

}  // namespace
}  // namespace odradek::config
