// AlterUserScramCredentials (51) v0-0. Sets and removes what lets users log in with SCRAM; it holds
// when the answer is out.
// Needs ALTER on the cluster. Each user is judged alone, and may be named once. Deletions are
// answered first, then upsertions, then refusals.
// Deviations from Apache Kafka: among their like users come as in the request, not by hash;
// UNKNOWN_SERVER_ERROR has a message.
#include "protocol/message/alter_user_scram_credentials.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/authorize.h"
#include "broker/cluster.h"
#include "security/scram_credential.h"

namespace odradek::api {
namespace {

using metadata::AlteredUser;

std::vector<AlteredUser> RefuseAll(const AlterUserScramCredentialsRequest& request,
                                   ErrorCode error) {
  std::set<std::string_view> users;
  for (const auto& asked : request.deletions) users.insert(asked.name);
  for (const auto& asked : request.upsertions) users.insert(asked.name);
  std::vector<AlteredUser> refused;
  for (const std::string_view user : users)
    refused.push_back({user, metadata::Refuse(error, std::string(ErrorMessage(error)))});
  return refused;
}

std::vector<AlteredUser> Alter(RequestContext& context,
                               const AlterUserScramCredentialsRequest& request) {
  if (!Access(context).ToCluster(AclOperation::kAlter))
    return RefuseAll(request, ErrorCode::kClusterAuthorizationFailed);
  std::vector<metadata::ScramDeletion> deletions;
  for (const auto& asked : request.deletions) deletions.push_back({asked.name, asked.mechanism});
  std::vector<metadata::ScramUpsertion> upsertions;
  for (const auto& asked : request.upsertions) {
    upsertions.push_back({.user = asked.name,
                          .mechanism = asked.mechanism,
                          .iterations = asked.iterations,
                          .salt = asked.salt,
                          .keys = security::ScramKeysOf(metadata::ScramMechanismOf(asked.mechanism),
                                                        asked.salted_password)});
  }
  return context.cluster().metadata().AlterScramCredentials(deletions, upsertions);
}

}  // namespace

void HandleAlterUserScramCredentials(RequestContext& context,
                                     const AlterUserScramCredentialsRequest& request,
                                     Responder<AlterUserScramCredentialsResponse> respond) {
  const std::vector<AlteredUser> altered = Alter(context, request);
  AlterUserScramCredentialsResponse response;
  for (const AlteredUser& of_user : altered) {
    AlterUserScramCredentialsResponseResult& result = response.results.Add(context.arena());
    result.user = of_user.user;
    result.error_code = of_user.outcome.error;
    result.error_message = std::nullopt;
    if (!of_user.outcome.ok()) result.error_message = of_user.outcome.message;
  }
  respond.Send(response);
}

}  // namespace odradek::api
