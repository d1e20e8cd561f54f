#include <cstdio>
#include <string>
#include <string_view>

#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "client/broker_client.h"
#include "protocol/errors.h"
#include "protocol/message/metadata.h"

namespace odradek::cli {
namespace {

constexpr int16_t kMetadataVersion = 4;  // every broker since 0.11 answers it

// How many brokers the one at `address` knows.
Result<size_t> CountBrokers(const std::string& address, int timeout_ms) {
  ASSIGN_OR_RETURN(client::BrokerClient client, client::BrokerClient::Connect(address, timeout_ms));
  MetadataRequest nothing;  // an empty list: brokers only
  nothing.allow_auto_topic_creation = false;
  MetadataResponse metadata;
  RETURN_IF_ERROR(client.Call(kMetadataVersion, nothing, &metadata));
  return metadata.brokers.size();
}

}  // namespace

int Health(const std::string& bootstrap, int timeout_ms) {
  std::string_view rest = bootstrap;
  while (true) {
    const size_t comma = rest.find(',');
    const Result<size_t> brokers = CountBrokers(std::string(rest.substr(0, comma)), timeout_ms);
    if (brokers.ok()) {
      std::printf("healthy: %zu broker%s\n", *brokers, *brokers == 1 ? "" : "s");
      return *brokers == 0 ? kFailure : kSuccess;
    }
    const std::string reason(brokers.status().message());
    std::fprintf(stderr, "odradek: health: %s\n", reason.c_str());
    if (brokers.status().code() == StatusCode::kInvalid) return kUsage;
    if (comma == std::string_view::npos) return kFailure;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace odradek::cli
