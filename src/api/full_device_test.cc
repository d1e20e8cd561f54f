// What clients can do about a full device, seen through a whole broker.
#include <gtest/gtest.h>

#include "api/testing/broker_fixture.h"
#include "base/testing/simulated_disk.h"
#include "protocol/message/delete_topics.h"
#include "protocol/message/incremental_alter_configs.h"

namespace odradek::api {
namespace {

class FullDeviceTest : public BrokerFixture,
                       public testing::WithParamInterface<storage::Durability> {
 protected:
  // Producers have filled it, and changes of configs have used up what they left.
  void StartAndFill() {
    disk_->set_capacity_bytes(12 << 20);
    RunningBrokerOptions options;
    options.files = disk_;
    options.store.durability = GetParam();
    Start(options);
    CreateTopic("large");
    CreateTopic("small");
    int count = 0;
    while (Append("large", 100'000) == ErrorCode::kNone) ASSERT_LT(++count, 200);
    while (Append("large", 100) == ErrorCode::kNone) ASSERT_LT(++count, 2000);
    ASSERT_TRUE(disk_->Exists("@reserve"));
    for (count = 0; disk_->Exists("@reserve"); ++count) {
      ASSERT_LT(count, 20'000);
      ASSERT_EQ(SetRetention("small", std::to_string(count)), ErrorCode::kNone);
    }
  }
  ErrorCode Append(std::string_view topic, size_t size) {
    const std::string batch = Batch(std::string(size, 'x'));
    const ProduceResponse& response = Call(9, ProduceOf(topic, 0, batch));
    return Only(Only(response.responses).partition_responses).error_code;
  }
  ErrorCode SetRetention(std::string_view topic, std::string_view ms) {
    IncrementalAlterConfigsRequest request;
    auto& resource = request.resources.Add(arena());
    resource.resource_type = 2;
    resource.resource_name = topic;
    auto& config = resource.configs.Add(arena());
    config.name = "retention.ms";
    config.value = ms;
    return Only(Call(1, request).responses).error_code;
  }
  ErrorCode Delete(std::string_view topic) {
    DeleteTopicsRequest request;
    request.topics.Add(arena()).name = topic;
    return Only(Call(6, request).responses).error_code;
  }

  const std::shared_ptr<SimulatedDisk> disk_ = std::make_shared<SimulatedDisk>();
};
INSTANTIATE_TEST_SUITE_P(Modes, FullDeviceTest,
                         testing::Values(storage::Durability::kProcess,
                                         storage::Durability::kPower));

// Its files do not wait for file.delete.delay.ms, and producers, who try again, go on.
TEST_P(FullDeviceTest, ADeletedTopicMakesRoom) {
  ASSERT_NO_FATAL_FAILURE(StartAndFill());
  EXPECT_EQ(Append("small", 1), ErrorCode::kKafkaStorageError);
  ASSERT_EQ(Delete("large"), ErrorCode::kNone);
  ErrorCode error = ErrorCode::kKafkaStorageError;
  for (int tried = 0; error == ErrorCode::kKafkaStorageError; ++tried) {
    ASSERT_LT(tried, 1'000'000);
    error = Append("small", 1);
  }
  EXPECT_EQ(error, ErrorCode::kNone);
  EXPECT_LT(disk_->used_bytes(), 4 << 20);
}

}  // namespace
}  // namespace odradek::api
