#include <cstdio>

#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "client/broker_client.h"
#include "protocol/errors.h"
#include "protocol/message/metadata.h"

namespace odradek::cli {
namespace {

constexpr int16_t kMetadataVersion = 4;  // every broker since 0.11 answers it

}  // namespace

int Health(const std::string& bootstrap, int timeout_ms) {
  Result<client::BrokerClient> client = client::BrokerClient::Connect(bootstrap, timeout_ms);
  MetadataResponse metadata;
  Status asked = client.status();
  if (client.ok()) {
    MetadataRequest nothing;  // an empty list: brokers only
    nothing.allow_auto_topic_creation = false;
    asked = client->Call(kMetadataVersion, nothing, &metadata);
  }
  if (!asked.ok()) {
    const std::string reason(asked.message());
    std::fprintf(stderr, "odradek health: %s\n", reason.c_str());
    return kFailure;
  }
  std::printf("healthy: %zu broker%s\n", metadata.brokers.size(),
              metadata.brokers.size() == 1 ? "" : "s");
  return metadata.brokers.empty() ? kFailure : kSuccess;
}

}  // namespace odradek::cli
