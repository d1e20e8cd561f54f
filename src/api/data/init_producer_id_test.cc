#include "protocol/message/init_producer_id.h"

#include <gtest/gtest.h>

#include <set>

#include "api/testing/broker_fixture.h"

namespace odradek::api {
namespace {

class InitProducerIdTest : public BrokerFixture {
 protected:
  static InitProducerIdRequest Idempotent() {
    InitProducerIdRequest request;
    request.transactional_id = std::nullopt;
    return request;
  }
  ErrorCode ErrorOf(std::string_view transactional_id) {
    InitProducerIdRequest request;
    request.transactional_id = transactional_id;
    const InitProducerIdResponse& response = Call(5, request);
    EXPECT_EQ(response.producer_id, -1);
    EXPECT_EQ(response.producer_epoch, -1);
    return response.error_code;
  }
};

TEST_F(InitProducerIdTest, GivesAFreshIdInEveryVersion) {
  std::set<int64_t> ids;
  for (int16_t version = 0; version <= 5; ++version) {
    const InitProducerIdResponse& response = Call(version, Idempotent());
    EXPECT_EQ(response.error_code, ErrorCode::kNone) << version;
    EXPECT_EQ(response.producer_epoch, 0) << version;
    EXPECT_GE(response.producer_id, 0) << version;
    ids.insert(response.producer_id);
  }
  EXPECT_EQ(ids.size(), 6U);
}

TEST_F(InitProducerIdTest, EveryBrokerGivesOtherIds) {
  Start({.nodes = 2});
  const int64_t id = Call(4, Idempotent(), 0).producer_id;
  EXPECT_NE(Call(4, Idempotent(), 1).producer_id, id);
}

TEST_F(InitProducerIdTest, AnIdThatTheClientHasChangesNothing) {
  InitProducerIdRequest request = Idempotent();
  request.producer_id = Call(3, request).producer_id;
  request.producer_epoch = 0;
  const InitProducerIdResponse& again = Call(3, request);
  EXPECT_EQ(again.error_code, ErrorCode::kNone);
  EXPECT_NE(again.producer_id, request.producer_id);
  EXPECT_EQ(again.producer_epoch, 0);
}

TEST_F(InitProducerIdTest, RefusesTransactionalIds) {
  EXPECT_EQ(ErrorOf(""), ErrorCode::kInvalidRequest);
  EXPECT_EQ(ErrorOf("tx"), ErrorCode::kTransactionalIdAuthorizationFailed);
}

}  // namespace
}  // namespace odradek::api
