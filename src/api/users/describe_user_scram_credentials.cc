// DescribeUserScramCredentials (50) v0-0. Which SCRAM credentials users have, not their secrets.
// No users, or null: everyone who has one. Needs DESCRIBE on the cluster.
// Deviations from Apache Kafka: users come as in the request, those of everyone sorted, not by
// hash; a client that may not describe the cluster and asks for null is refused, not left waiting.
#include "protocol/message/describe_user_scram_credentials.h"

#include <map>
#include <string>
#include <string_view>

#include "api/authorize.h"
#include "broker/cluster.h"

namespace odradek::api {
namespace {

using metadata::ScramCredentials;
using Result = DescribeUserScramCredentialsResponseResult;

void Refuse(Arena& arena, ErrorCode error, const DescribeUserScramCredentialsRequest& request,
            DescribeUserScramCredentialsResponse* response) {
  response->error_code = error;
  response->error_message = ErrorMessage(error);
  for (size_t i = 0; i < request.users.size(); ++i) {
    Result& result = response->results.Add(arena);
    result.error_code = error;
    result.error_message = ErrorMessage(error);
  }
}

void FillAll(Arena& arena, const ScramCredentials& credentials,
             DescribeUserScramCredentialsResponse* response) {
  for (const auto& [name, credential] : credentials) {
    const bool is_same = !response->results.empty() && response->results.back().user == name.user;
    Result& result = is_same ? response->results.back() : response->results.Add(arena);
    result.user = name.user;
    auto& info = result.credential_infos.Add(arena);
    info.mechanism = static_cast<int8_t>(name.mechanism);
    info.iterations = credential.iterations;
  }
}

void FillUser(Arena& arena, std::string_view user, const ScramCredentials& credentials,
              Result* result) {
  auto at = credentials.lower_bound({std::string(user), metadata::ScramMechanism::kUnknown});
  for (; at != credentials.end() && at->first.user == user; ++at) {
    auto& info = result->credential_infos.Add(arena);
    info.mechanism = static_cast<int8_t>(at->first.mechanism);
    info.iterations = at->second.iterations;
  }
  if (!result->credential_infos.empty()) return;
  result->error_code = ErrorCode::kResourceNotFound;
  result->error_message = arena.Copy(
      std::string("Attempt to describe a user credential that does not exist: ").append(user));
}

void FillNamed(Arena& arena, const DescribeUserScramCredentialsRequest& request,
               const ScramCredentials& credentials,
               DescribeUserScramCredentialsResponse* response) {
  std::map<std::string_view, int> mentions;
  for (const auto& asked : request.users) ++mentions[asked.name];
  for (const auto& asked : request.users) {
    int& count = mentions[asked.name];
    if (count == 0) continue;  // answered
    Result& result = response->results.Add(arena);
    result.user = asked.name;
    if (count == 1) {
      FillUser(arena, asked.name, credentials, &result);
    } else {
      result.error_code = ErrorCode::kDuplicateResource;
      result.error_message =
          arena.Copy(std::string("Cannot describe SCRAM credentials for the same user twice in a "
                                 "single request: ")
                         .append(asked.name));
    }
    count = 0;
  }
}

}  // namespace

void HandleDescribeUserScramCredentials(RequestContext& context,
                                        const DescribeUserScramCredentialsRequest& request,
                                        Responder<DescribeUserScramCredentialsResponse> respond) {
  DescribeUserScramCredentialsResponse response;
  const metadata::ImageRef image = context.cluster().metadata().image();
  if (!Access(context).ToCluster(AclOperation::kDescribe)) {
    Refuse(context.arena(), ErrorCode::kClusterAuthorizationFailed, request, &response);
  } else if (request.users.empty()) {
    FillAll(context.arena(), image->scram_credentials(), &response);
  } else {
    FillNamed(context.arena(), request, image->scram_credentials(), &response);
  }
  respond.Send(response);
}

}  // namespace odradek::api
