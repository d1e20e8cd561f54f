// A MetadataStore over memory files with seeded randomness, which can be closed and opened again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/env/env.h"
#include "base/testing/faulty_files.h"
#include "base/testing/held_clock.h"
#include "config/server_config.h"
#include "metadata/metadata_store.h"

namespace odradek::metadata {

class StoreHarness {
 public:
  explicit StoreHarness(int brokers = 1, const std::vector<std::string>& settings = {}) {
    config::ServerConfig::Builder builder;
    for (const std::string& setting : settings) CHECK(builder.Set(setting).ok());
    server_ = builder.Build().value();
    for (int32_t id = 1; id <= brokers; ++id) brokers_.push_back({.id = id, .rack = {}});
    Restart();
  }

  MetadataStore& store() { return *store_; }
  ImageRef image() { return store_->image(); }
  Files& files() { return *files_; }
  FaultPlan& faults() { return faulty_.plan(); }
  const config::ServerConfig& server() const { return server_; }
  // Who is asked for room when the device is full.
  void set_make_room(std::function<bool()> make_room) { make_room_ = std::move(make_room); }

  Result<std::unique_ptr<MetadataStore>> Open() {
    MetadataOptions options;
    options.brokers = brokers_;
    options.config = &server_;
    options.snapshot_after_bytes = snapshot_after_bytes_;
    options.make_room = [this] { return make_room_(); };
    return MetadataStore::Open(Env{&clock_, &random_, &faulty_, nullptr}, std::move(options));
  }
  // As after a crash: what was acknowledged is in the files.
  void Restart() {
    store_.reset();
    store_ = std::move(Open()).value();
  }
  void RestartWith(std::vector<BrokerInfo> brokers) {
    brokers_ = std::move(brokers);
    Restart();
  }
  void SnapshotAfter(int64_t bytes) {
    snapshot_after_bytes_ = bytes;
    Restart();
  }

  CreatedTopic Create(const NewTopic& topic, bool validate_only = false) {
    return store_->CreateTopics({&topic, 1}, validate_only)[0];
  }
  CreatedTopic Create(std::string_view name, int32_t partitions = 1, int32_t replicas = 1) {
    return Create(NewTopic{.name = name,
                           .partition_count = partitions,
                           .replication_factor = replicas,
                           .assignments = {},
                           .configs = {}});
  }
  DeletedTopic Delete(std::string_view name) {
    const TopicToDelete topic{.name = name, .id = {}};
    return store_->DeleteTopics({&topic, 1})[0];
  }
  Outcome Alter(ResourceType type, std::string_view name, std::vector<ConfigChange> changes) {
    const ConfigAlteration resource{static_cast<int8_t>(type), name, std::move(changes)};
    return store_->IncrementalAlterConfigs({&resource, 1}, false)[0];
  }
  Outcome Set(ResourceType type, std::string_view name, std::string_view key,
              std::string_view value) {
    return Alter(type, name, {{.name = key, .op = 0, .value = value}});
  }

 private:
  HeldClock clock_;
  SeededRandom random_{7};
  std::unique_ptr<Files> files_ = MakeMemoryFiles();
  FaultyFiles faulty_{*files_};
  config::ServerConfig server_;
  std::vector<BrokerInfo> brokers_;
  int64_t snapshot_after_bytes_ = 4 << 20;
  std::function<bool()> make_room_ = [] { return false; };
  std::unique_ptr<MetadataStore> store_;
};

}  // namespace odradek::metadata
