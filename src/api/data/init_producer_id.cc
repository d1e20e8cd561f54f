// InitProducerId (22) v0-5. Hands out producer ids for idempotent producers.
//   v2 flexible   v3 producer_id, producer_epoch   v4 PRODUCER_FENCED   v5 TRANSACTION_ABORTABLE
// Without a transactional id every call gives a fresh id with epoch 0, whatever was sent.
// Deviations from Apache Kafka: transactional ids are refused with
// TRANSACTIONAL_ID_AUTHORIZATION_FAILED until transactions are served.
#include "protocol/message/init_producer_id.h"
#include "api/authorize.h"
#include "api/handler.h"
#include "base/log.h"
#include "broker/cluster.h"

namespace odradek::api {

void HandleInitProducerId(RequestContext& context, const InitProducerIdRequest& request,
                          Responder<InitProducerIdResponse> respond) {
  InitProducerIdResponse response;
  response.producer_epoch = -1;
  if (request.transactional_id.has_value()) {
    response.error_code = request.transactional_id->empty()
                              ? ErrorCode::kInvalidRequest
                              : ErrorCode::kTransactionalIdAuthorizationFailed;
    return respond.Send(response);
  }
  const Access access(context);
  if (!access.ToCluster(AclOperation::kIdempotentWrite) &&
      !access.ToSomeTopic(AclOperation::kWrite)) {
    response.error_code = ErrorCode::kClusterAuthorizationFailed;
    return respond.Send(response);
  }
  const Result<int64_t> id = context.cluster().metadata().NextProducerId();
  if (!id.ok()) {
    LOG_ERROR("cannot hand out a producer id: {}", id.status().ToString());
    response.error_code = ErrorCode::kCoordinatorNotAvailable;  // retriable
    return respond.Send(response);
  }
  response.producer_id = *id;
  response.producer_epoch = 0;
  respond.Send(response);
}

}  // namespace odradek::api
