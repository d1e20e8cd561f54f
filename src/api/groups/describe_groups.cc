// DescribeGroups (15) v0-6. State and members of classic groups.
//   v1 throttle_time_ms   v2 throttled after the answer   v3 authorized operations
//   v4 group_instance_id   v5 flexible   v6 error_message, GROUP_ID_NOT_FOUND (before: Dead, no
//   error)
// Members' metadata is there only while the group is stable.
// Deviations from Apache Kafka: none.
#include <vector>

#include "api/authorize.h"
#include "api/handler.h"
#include "broker/cluster.h"
#include "protocol/message/describe_groups.h"

namespace odradek::api {
namespace {

constexpr int16_t kFirstWithGroupIdNotFound = 6;

using DescribedGroup = DescribeGroupsResponseDescribedGroup;
using DescribedMember = DescribeGroupsResponseDescribedGroupMember;

void Fill(RequestContext& context, const group::DescribeAnswer& answer, DescribedGroup* described) {
  described->error_code = answer.error;
  described->group_state = answer.state;
  described->protocol_type = answer.protocol_type;
  described->protocol_data = answer.protocol;
  if (answer.error == ErrorCode::kGroupIdNotFound) {
    if (context.version() < kFirstWithGroupIdNotFound) {
      described->error_code = ErrorCode::kNone;
    } else {
      described->error_message = answer.message;
    }
  }
  described->members = Array<DescribedMember>::Make(context.arena(), answer.members.size());
  for (size_t i = 0; i < answer.members.size(); ++i) {
    const group::DescribedMember& member = answer.members[i];
    DescribedMember& out = described->members[i];
    out.member_id = member.id;
    if (member.instance) out.group_instance_id = *member.instance;
    out.client_id = member.client_id;
    out.client_host = member.client_host;
    out.member_metadata = member.metadata;
    out.member_assignment = member.assignment;
  }
}

}  // namespace

void HandleDescribeGroups(RequestContext& context, const DescribeGroupsRequest& request,
                          Responder<DescribeGroupsResponse> respond) {
  const Access access(context);
  DescribeGroupsResponse response;
  std::vector<std::string_view> visible;  // refused ones are answered first, as in Kafka
  for (const std::string_view id : request.groups) {
    if (access.ToGroup(AclOperation::kDescribe, id)) {
      visible.push_back(id);
      continue;
    }
    DescribedGroup& refused = response.groups.Add(context.arena());
    refused.group_id = id;
    refused.error_code = ErrorCode::kGroupAuthorizationFailed;
  }
  std::vector<group::DescribeAnswer> answers;  // strings of the answer live in them
  answers.reserve(visible.size());
  for (const std::string_view id : visible) {
    answers.push_back(context.cluster().groups().Describe(context.node().id(), id));
    DescribedGroup& described = response.groups.Add(context.arena());
    described.group_id = id;
    Fill(context, answers.back(), &described);
    const bool tells_operations =
        request.include_authorized_operations && described.error_code == ErrorCode::kNone;
    if (tells_operations) described.authorized_operations = access.GroupOperations(id);
  }
  respond.Send(response);
}

}  // namespace odradek::api
