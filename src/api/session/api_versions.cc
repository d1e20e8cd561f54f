// ApiVersions (18) v0-4. What this broker serves; the first request of most connections.
//   v1 throttle_time_ms   v3 flexible, client software, features   v4 features that start at 0
// A version that is not served never gets here: see Dispatcher.
// Deviations from Apache Kafka: only features whose protocols are served are listed.
#include <algorithm>
#include <string_view>

#include "api/handler.h"
#include "api/served_apis.h"
#include "protocol/message/api_versions.h"

namespace odradek::api {
namespace {

constexpr int16_t kFirstVersionWithSoftware = 3;

// KIP-584: the level of a cluster that was formatted by Apache Kafka 4.3, and what it can be.
constexpr std::string_view kMetadataVersion = "metadata.version";
constexpr int16_t kMetadataVersionMin = 7;
constexpr int16_t kMetadataVersionLevel = 30;
// Features change only with the binary; clients want an epoch of at least 0.
constexpr int64_t kFeaturesEpoch = 0;

bool IsAlphanumeric(char c) {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9');
}

// KIP-511: letters, digits, and inside also '-' and '.'.
bool IsSoftwareText(std::string_view text) {
  if (text.empty() || !IsAlphanumeric(text.front()) || !IsAlphanumeric(text.back())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '-' || c == '.'; });
}

}  // namespace

void HandleApiVersions(RequestContext& context, const ApiVersionsRequest& request,
                       Responder<ApiVersionsResponse> respond) {
  ApiVersionsResponse response;
  if (context.version() >= kFirstVersionWithSoftware) {
    if (!IsSoftwareText(request.client_software_name) ||
        !IsSoftwareText(request.client_software_version)) {
      response.error_code = ErrorCode::kInvalidRequest;
      return respond.Send(response);
    }
    context.connection().client_software_name = request.client_software_name;
    context.connection().client_software_version = request.client_software_version;
  }
  for (const ServedApi& api : ServedApis()) {
    response.api_keys.Add(context.arena()) = {.api_key = api.key,
                                              .min_version = api.advertised_min_version,
                                              .max_version = api.max_version,
                                              .unknown_tagged_fields = {}};
  }
  response.supported_features.Add(context.arena()) = {.name = kMetadataVersion,
                                                      .min_version = kMetadataVersionMin,
                                                      .max_version = kMetadataVersionLevel,
                                                      .unknown_tagged_fields = {}};
  response.finalized_features.Add(context.arena()) = {.name = kMetadataVersion,
                                                      .max_version_level = kMetadataVersionLevel,
                                                      .min_version_level = kMetadataVersionLevel,
                                                      .unknown_tagged_fields = {}};
  response.finalized_features_epoch = kFeaturesEpoch;
  respond.Send(response);
}

}  // namespace odradek::api
