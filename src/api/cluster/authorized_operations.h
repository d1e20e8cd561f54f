// The operations that a client may do on a resource, as answers carry them: one bit per operation.
// Source: AclEntry.supportedOperations, Utils.to32BitField of Apache Kafka; KIP-430.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace odradek::api {

constexpr int32_t OperationBits(std::initializer_list<int> operations) {
  int32_t bits = 0;
  for (const int operation : operations) bits |= 1 << operation;
  return bits;
}

// READ 3, WRITE 4, CREATE 5, DELETE 6, ALTER 7, DESCRIBE 8, CLUSTER_ACTION 9, DESCRIBE_CONFIGS 10,
// ALTER_CONFIGS 11, IDEMPOTENT_WRITE 12. Without an authorizer everything is allowed.
constexpr int32_t kAllTopicOperations = OperationBits({3, 4, 5, 6, 7, 8, 10, 11});
constexpr int32_t kAllClusterOperations = OperationBits({5, 7, 8, 9, 10, 11, 12});
constexpr int32_t kAllGroupOperations = OperationBits({3, 6, 8, 10, 11});
constexpr int32_t kOperationsNotAsked = INT32_MIN;

}  // namespace odradek::api
