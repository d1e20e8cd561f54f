// Serves the operations with librdkafka's C++ interface: lines of JSON in, lines of JSON out, a
// thread for each handle.
#include "agent.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <thread>

namespace {

const char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::mutex output_mutex;

void Answer(int id, const std::function<Json()>& operation) {
  Json row = {{"id", id}};
  try {
    row["ok"] = operation();
  } catch (const Failure& failure) {
    row["error"] = FailureRow(failure.code, failure.what());
  }
  const std::lock_guard<std::mutex> lock(output_mutex);
  std::cout << row.dump() << std::endl;
}

class Worker {
 public:
  void Submit(int id, const std::string& op, const Json& request) {
    if (op == "drain") return Answer(id, [this] { return handle_->Drain(); });
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
    commands_.push_back([=] { Answer(id, [=] { return Do(op, request); }); });
    wake_.notify_one();
  }

 private:
  Json Do(const std::string& op, const Json& request) {
    if (op == "open_producer") {
      handle_ = OpenProducer(request);
    } else if (op == "open_consumer") {
      handle_ = OpenConsumer(request);
    } else {
      return handle_->Do(op, request);
    }
    return Json::object();
  }

  void Run() {
    while (true) {
      std::function<void()> command;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        if (!handle_ || !handle_->Polls()) wake_.wait(lock, [this] { return !commands_.empty(); });
        if (!commands_.empty()) {
          command = std::move(commands_.front());
          commands_.pop_front();
        }
      }
      if (command) {
        command();
      } else {
        handle_->Poll();
      }
    }
  }

  std::unique_ptr<Handle> handle_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> commands_;
};

}  // namespace

Json FailureRow(int code, const std::string& message) {
  return {{"code", code > 0 ? Json(code) : Json()}, {"message", message}};
}

bool Has(const Json& row, const char* name) { return row.contains(name) && !row[name].is_null(); }

std::string Base64(const void* data, size_t size) {
  const auto* in = static_cast<const unsigned char*>(data);
  std::string out;
  for (size_t i = 0; i < size; i += 3) {
    const size_t left = size - i;
    const unsigned bits =
        in[i] << 16 | (left > 1 ? in[i + 1] << 8 : 0) | (left > 2 ? in[i + 2] : 0);
    for (size_t digit = 0; digit < 4; ++digit) {
      out += digit <= left ? kDigits[bits >> (18 - 6 * digit) & 63] : '=';
    }
  }
  return out;
}

std::optional<std::string> FromBase64(const Json& text) {
  if (text.is_null()) return std::nullopt;
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text.get<std::string>()) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<unsigned>(std::string_view(kDigits).find(c));
    if ((count += 6) >= 8) out += static_cast<char>(bits >> (count -= 8) & 255);
  }
  return out;
}

void Set(RdKafka::Conf* conf, const std::string& name, const std::string& value) {
  std::string why;
  if (conf->set(name, value, why) != RdKafka::Conf::CONF_OK) throw Failure(0, why);
}

std::unique_ptr<RdKafka::Conf> Configuration(const Json& request) {
  static const std::map<std::string, std::string> kNames = {
      {"bootstrap", "bootstrap.servers"},
      {"client_id", "client.id"},
      {"metadata_max_age_ms", "metadata.max.age.ms"},
      {"session_timeout_ms", "session.timeout.ms"},
      {"heartbeat_ms", "heartbeat.interval.ms"},
      {"fetch_max_wait_ms", "fetch.wait.max.ms"},
      {"fetch_min_bytes", "fetch.min.bytes"},
      {"partition_max_bytes", "max.partition.fetch.bytes"},
      {"instance_id", "group.instance.id"},
      {"acks", "acks"},
      {"compression", "compression.type"},
      {"linger_ms", "linger.ms"},
      {"idempotent", "enable.idempotence"},
      {"max_in_flight", "max.in.flight.requests.per.connection"},
      {"delivery_timeout_ms", "delivery.timeout.ms"}};
  std::unique_ptr<RdKafka::Conf> conf(RdKafka::Conf::create(RdKafka::Conf::CONF_GLOBAL));
  Set(conf.get(), "reconnect.backoff.max.ms", "500");
  for (const auto& [from, to] : kNames) {
    if (!Has(request, from.c_str())) continue;
    const Json& value = request[from];
    Set(conf.get(), to, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return conf;
}

std::vector<RdKafka::TopicPartition*> Places(const Json& rows) {
  std::vector<RdKafka::TopicPartition*> out;
  for (const Json& row : rows) {
    int64_t offset = RdKafka::Topic::OFFSET_INVALID;
    if (Has(row, "offset")) {
      offset = row["offset"] == "beginning" ? RdKafka::Topic::OFFSET_BEGINNING
               : row["offset"] == "end"     ? RdKafka::Topic::OFFSET_END
                                            : row["offset"].get<int64_t>();
    }
    out.push_back(RdKafka::TopicPartition::create(row["topic"], row["partition"], offset));
  }
  return out;
}

int main() {
  std::map<std::string, Worker> workers;
  std::string line;
  while (std::getline(std::cin, line)) {
    const Json request = Json::parse(line);
    const int id = request["id"];
    const std::string op = request["op"];
    if (request.contains("h")) {
      workers[request["h"]].Submit(id, op, request);
    } else {
      std::thread([=] { Answer(id, [=] { return AdminOperation(op, request); }); }).detach();
    }
  }
  std::_Exit(0);  // handles may be in the middle of anything
}
