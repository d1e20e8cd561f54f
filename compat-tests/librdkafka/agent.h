// What the files of this program share: options, JSON, and the three kinds of things that
// operations act on.
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafkacpp.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using Json = nlohmann::json;

// An operation that failed; Kafka's codes are librdkafka's positive ones.
class Failure : public std::runtime_error {
 public:
  Failure(int code, const std::string& message) : std::runtime_error(message), code(code) {}
  const int code;
};

inline void Check(RdKafka::ErrorCode code) {
  if (code != RdKafka::ERR_NO_ERROR) throw Failure(code, RdKafka::err2str(code));
}

Json FailureRow(int code, const std::string& message);
std::string Base64(const void* data, size_t size);
std::optional<std::string> FromBase64(const Json& text);
bool Has(const Json& row, const char* name);

// The configuration that a request's options ask for.
std::unique_ptr<RdKafka::Conf> Configuration(const Json& request);
void Set(RdKafka::Conf* conf, const std::string& name, const std::string& value);

std::vector<RdKafka::TopicPartition*> Places(const Json& rows);

class Handle {
 public:
  virtual ~Handle() = default;
  virtual Json Do(const std::string& op, const Json& request) = 0;
  virtual bool Polls() const { return false; }  // whether Poll is to be called between operations
  virtual void Poll() {}
  virtual Json Drain() { return Json::object(); }
};

std::unique_ptr<Handle> OpenProducer(const Json& request);
std::unique_ptr<Handle> OpenConsumer(const Json& request);
Json AdminOperation(const std::string& op, const Json& request);
