// DescribeConfigs (32) v1-4. All configs of topics, brokers, groups and client-metrics
// subscriptions.
//   v1 config_source, synonyms   v3 config_type, documentation   v4 flexible
// A broker tells of itself alone; the empty name stands for the dynamic configs of all brokers.
// An answer that finds no room in queued.max.request.bytes closes the connection.
// Deviations from Apache Kafka: there is one logger, root, and documentation is our own text, where
// a config has one.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/authorize.h"
#include "api/handler.h"
#include "base/log.h"
#include "broker/cluster.h"
#include "config/parse.h"
#include "metadata/effective_config.h"
#include "metadata/topic_name.h"
#include "protocol/message/describe_configs.h"

namespace odradek::api {
namespace {

using metadata::ConfigSource;
using metadata::DescribedConfig;
using metadata::InvalidRequest;
using metadata::Outcome;
using metadata::ResourceType;

bool IsKnownType(int8_t type) {
  switch (static_cast<ResourceType>(type)) {
    case ResourceType::kTopic:
    case ResourceType::kBroker:
    case ResourceType::kBrokerLogger:
    case ResourceType::kClientMetrics:
    case ResourceType::kGroup:
      return true;
  }
  return false;
}

std::string_view CurrentLogLevel() {
  if (log::Enabled(log::Level::kDebug)) return "DEBUG";
  if (log::Enabled(log::Level::kInfo)) return "INFO";
  if (log::Enabled(log::Level::kWarn)) return "WARN";
  return log::Enabled(log::Level::kError) ? "ERROR" : "OFF";
}

class Answer {
 public:
  Answer(RequestContext& context, const DescribeConfigsRequest& request)
      : context_(context),
        access_(context),
        request_(request),
        arena_(context.arena()),
        image_(context.cluster().metadata().image()),
        effective_(*image_, context.cluster().config(), context.node().id()) {}

  // Null if the answer would take more memory than there is for it.
  DescribeConfigsResponse* Fill() {
    const auto foreign =
        std::find_if(request_.resources.begin(), request_.resources.end(),
                     [](const auto& resource) { return !IsKnownType(resource.resource_type); });
    if (foreign != request_.resources.end()) {
      // Kafka looks at the types before anything else, and fails the request as a whole.
      const std::string name(foreign->resource_name);
      return RefuseAll("Unexpected resource type UNKNOWN for resource " + name);
    }
    for (const auto& resource : request_.resources) {
      if (WhyRefused(resource) == ErrorCode::kNone && !Describe(resource)) return nullptr;
    }
    for (const auto& resource : request_.resources) {
      const ErrorCode refused = WhyRefused(resource);
      if (refused == ErrorCode::kNone) continue;
      DescribeConfigsResponseResult& result = AddResult(resource);
      result.error_code = refused;
      result.error_message = ErrorMessage(refused);
    }
    return &response_;
  }

 private:
  ErrorCode WhyRefused(const DescribeConfigsRequestResource& resource) const {
    return access_.ToConfigs(AclOperation::kDescribeConfigs, resource.resource_type,
                             resource.resource_name);
  }

  DescribeConfigsResponseResult& AddResult(const DescribeConfigsRequestResource& resource) {
    DescribeConfigsResponseResult& result = response_.results.Add(arena_);
    result.resource_type = resource.resource_type;
    result.resource_name = resource.resource_name;
    return result;
  }

  DescribeConfigsResponse* RefuseAll(std::string_view message) {
    message = arena_.Copy(message);
    for (const auto& resource : request_.resources) {
      DescribeConfigsResponseResult& result = AddResult(resource);
      result.error_code = ErrorCode::kInvalidRequest;
      result.error_message = message;
      if (!Charge(result)) return nullptr;
    }
    return &response_;
  }

  // False if there is no room for it.
  bool Describe(const DescribeConfigsRequestResource& resource) {
    std::vector<DescribedConfig> configs;
    const Outcome outcome = Collect(resource, &configs);
    DescribeConfigsResponseResult& result = AddResult(resource);
    result.error_code = outcome.error;
    if (!outcome.ok()) result.error_message = arena_.Copy(outcome.message);
    std::erase_if(configs, [&](const auto& config) { return !IsAskedFor(resource, config.name); });
    // Lists are made as long as they get: those that grow leave twice their memory behind.
    result.configs = Array<DescribeConfigsResponseResourceResult>::Make(arena_, configs.size());
    for (size_t i = 0; i < configs.size(); ++i) Fill(configs[i], &result.configs[i]);
    return Charge(result);
  }

  // Counts what the result took here, and once more what it takes when it is sent.
  bool Charge(const DescribeConfigsResponseResult& result) {
    const size_t before = std::exchange(arena_bytes_, arena_.reserved_bytes());
    const size_t bytes = arena_bytes_ - before + EncodedSize(context_.version(), result);
    return context_.exchange().Charge(static_cast<int64_t>(bytes));
  }

  static bool IsAskedFor(const DescribeConfigsRequestResource& resource, std::string_view name) {
    const auto& keys = resource.configuration_keys;
    return keys.empty() || std::find(keys.begin(), keys.end(), name) != keys.end();
  }

  Outcome Collect(const DescribeConfigsRequestResource& resource,
                  std::vector<DescribedConfig>* configs) const {
    const std::string_view name = resource.resource_name;
    switch (static_cast<ResourceType>(resource.resource_type)) {
      case ResourceType::kTopic:
        return CollectTopic(name, configs);
      case ResourceType::kBroker:
        return CollectBroker(name, configs);
      case ResourceType::kBrokerLogger:
        return CollectLoggers(name, configs);
      case ResourceType::kClientMetrics:
        if (name.empty())
          return InvalidRequest("Client metrics subscription name must not be empty");
        *configs = effective_.DescribeClientMetrics(image_->ClientMetricsConfigs(name));
        return {};
      case ResourceType::kGroup:
        if (name.empty()) return InvalidRequest("Group name must not be empty");
        *configs = effective_.DescribeGroup(image_->GroupConfigs(name));
        return {};
    }
    UNREACHABLE();
  }

  Outcome CollectTopic(std::string_view name, std::vector<DescribedConfig>* configs) const {
    if (std::string why = metadata::WhyIllegalTopicName(name); !why.empty()) {
      return {ErrorCode::kInvalidTopicException, std::move(why)};
    }
    const metadata::TopicRef topic = image_->FindTopic(name);
    if (topic == nullptr) return {ErrorCode::kUnknownTopicOrPartition, ""};
    *configs = effective_.DescribeTopic(topic->configs);
    return {};
  }

  Outcome CheckBrokerId(std::string_view name, std::string_view or_empty) const {
    const std::optional<int64_t> id = config::ParseInteger(name);
    if (!id) return InvalidRequest("Broker id must be an integer, but it is: " + std::string(name));
    if (*id == context_.node().id()) return {};
    return InvalidRequest("Unexpected broker id, expected " + std::to_string(context_.node().id()) +
                          std::string(or_empty) + " but received " + std::string(name));
  }

  Outcome CollectBroker(std::string_view name, std::vector<DescribedConfig>* configs) const {
    if (name.empty()) {
      *configs = effective_.DescribeAllBrokers();
      return {};
    }
    Outcome checked = CheckBrokerId(name, " or empty string,");
    if (checked.ok()) *configs = effective_.DescribeBroker();
    return checked;
  }

  Outcome CollectLoggers(std::string_view name, std::vector<DescribedConfig>* configs) const {
    if (name.empty()) return InvalidRequest("Broker id must not be empty");
    Outcome checked = CheckBrokerId(name, "");
    if (!checked.ok()) return checked;
    DescribedConfig root;
    root.name = "root";
    root.value = CurrentLogLevel();
    root.source = ConfigSource::kDynamicBrokerLogger;
    configs->push_back(std::move(root));
    return {};
  }

  std::optional<std::string_view> Copy(const std::optional<std::string>& value) {
    return value ? std::optional(arena_.Copy(*value)) : std::nullopt;
  }

  void Fill(const DescribedConfig& config, DescribeConfigsResponseResourceResult* out) {
    out->name = arena_.Copy(config.name);
    out->value = Copy(config.value);
    out->read_only = config.is_read_only;
    out->config_source = static_cast<int8_t>(config.source);
    out->is_sensitive = config.is_sensitive;
    out->config_type = config.type;
    out->documentation = std::nullopt;
    if (request_.include_documentation && !config.documentation.empty())
      out->documentation = config.documentation;
    if (!request_.include_synonyms) return;
    out->synonyms = Array<DescribeConfigsResponseSynonym>::Make(arena_, config.synonyms.size());
    for (size_t i = 0; i < config.synonyms.size(); ++i) {
      const metadata::ConfigSynonym& synonym = config.synonyms[i];
      DescribeConfigsResponseSynonym& told = out->synonyms[i];
      told.name = arena_.Copy(synonym.name);
      told.value = Copy(synonym.value);
      told.source = static_cast<int8_t>(synonym.source);
    }
  }

  RequestContext& context_;
  const Access access_;
  const DescribeConfigsRequest& request_;
  Arena& arena_;
  size_t arena_bytes_ = arena_.reserved_bytes();
  const metadata::ImageRef image_;
  const metadata::EffectiveConfig effective_;
  DescribeConfigsResponse response_;
};

}  // namespace

void HandleDescribeConfigs(RequestContext& context, const DescribeConfigsRequest& request,
                           Responder<DescribeConfigsResponse> respond) {
  Answer answer(context, request);
  DescribeConfigsResponse* response = answer.Fill();
  if (response == nullptr)
    return respond.Abort("an answer of DescribeConfigs finds no room in queued.max.request.bytes");
  respond.Send(*response);
}

}  // namespace odradek::api
