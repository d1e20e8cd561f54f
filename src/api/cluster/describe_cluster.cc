// DescribeCluster (60) v0-2. The brokers and the controller.
//   v1 endpoint_type   v2 include_fenced_brokers, is_fenced
// Deviations from Apache Kafka: none. No broker is ever fenced.
#include <string>

#include "api/authorize.h"
#include "api/cluster/broker_endpoints.h"
#include "api/handler.h"
#include "broker/cluster.h"
#include "protocol/message/describe_cluster.h"

namespace odradek::api {
namespace {

constexpr int8_t kBrokers = 1;
constexpr int8_t kControllers = 2;

}  // namespace

void HandleDescribeCluster(RequestContext& context, const DescribeClusterRequest& request,
                           Responder<DescribeClusterResponse> respond) {
  DescribeClusterResponse response;
  if (request.endpoint_type != kBrokers) {
    const bool is_known = request.endpoint_type == kControllers;
    const std::string message =
        is_known ? "The request was sent to an endpoint of type BROKER, but we wanted an endpoint "
                   "of type CONTROLLER"
                 : "Unsupported endpoint type " + std::to_string(request.endpoint_type);
    response.error_code =
        is_known ? ErrorCode::kMismatchedEndpointType : ErrorCode::kUnsupportedEndpointType;
    response.error_message = message;
    return respond.Send(response);
  }
  const metadata::ImageRef image = context.cluster().metadata().image();
  const BrokerEndpoints endpoints(context);
  for (const BrokerEndpoints::Entry& entry : endpoints.entries()) {
    DescribeClusterResponseBroker& broker = response.brokers.Add(context.arena());
    broker.broker_id = entry.id;
    broker.host = entry.host;
    broker.port = entry.port;
    if (!entry.rack.empty()) broker.rack = entry.rack;
  }
  response.cluster_id = image->cluster_id();
  response.controller_id = endpoints.ControllerId(*image);
  if (request.include_cluster_authorized_operations) {
    response.cluster_authorized_operations = Access(context).ClusterOperations();
  }
  respond.Send(response);
}

}  // namespace odradek::api
