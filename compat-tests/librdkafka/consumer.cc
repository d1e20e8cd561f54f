// A consumer: a group member, or a reader of chosen partitions.
#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <set>

#include "agent.h"

namespace {

constexpr size_t kKeep = 5000;  // larger values are reported by their size only

using Place = std::pair<std::string, int>;

Json Bytes(const void* data, size_t size) { return data ? Json(Base64(data, size)) : Json(); }

class Consumer : public Handle, public RdKafka::RebalanceCb {
 public:
  explicit Consumer(const Json& request) {
    const auto conf = Configuration(request);
    Set(conf.get(), "group.id",
        Has(request, "group") ? request["group"].get<std::string>() : "none");
    Set(conf.get(), "enable.auto.commit", "false");
    const std::string reset = request["reset"];
    Set(conf.get(), "auto.offset.reset", reset == "none" ? "error" : reset);
    if (Has(request, "fetch_max_bytes")) {
      const int limit = request["fetch_max_bytes"];
      Set(conf.get(), "message.max.bytes", std::to_string(std::min(limit, 1000000)));
      Set(conf.get(), "fetch.max.bytes", std::to_string(limit));
    }
    if (request.value("assignor", "") == "cooperative") {
      Set(conf.get(), "partition.assignment.strategy", "cooperative-sticky");
    }
    std::string why;
    conf->set("rebalance_cb", static_cast<RdKafka::RebalanceCb*>(this), why);
    client_.reset(RdKafka::KafkaConsumer::create(conf.get(), why));
    if (!client_) throw Failure(0, why);
    if (Has(request, "topics")) {
      Check(client_->subscribe(request["topics"].get<std::vector<std::string>>()));
    } else {
      Check(client_->assign(Places(request["assign"])));
    }
  }

  bool Polls() const override { return client_ != nullptr; }

  void Poll() override {
    const std::unique_ptr<RdKafka::Message> message(client_->consume(50));
    if (message->err() == RdKafka::ERR__TIMED_OUT) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (message->err() == RdKafka::ERR_NO_ERROR) {
      records_.push_back(Row(*message));
    } else {
      errors_.push_back(FailureRow(message->err(), message->errstr()));
    }
  }

  Json Do(const std::string& op, const Json& request) override {
    if (op == "commit") {
      auto offsets = Places(request["offsets"]);
      Check(client_->commitSync(offsets));
      for (const auto* offset : offsets) Check(offset->err());
    } else if (op == "pause") {
      auto partitions = Places(request["partitions"]);
      Check(client_->pause(partitions));
    } else if (op == "resume") {
      auto partitions = Places(request["partitions"]);
      Check(client_->resume(partitions));
    } else if (op == "close") {
      Event("revoked", std::vector<Place>(owned_.begin(), owned_.end()));
      client_->close();
      client_.reset();
      return Drain();
    }
    return Json::object();
  }

  Json Drain() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    Json out = {{"records", std::move(records_)},
                {"events", std::move(events_)},
                {"errors", std::move(errors_)}};
    records_ = events_ = errors_ = Json::array();
    return out;
  }

  void rebalance_cb(RdKafka::KafkaConsumer* client, RdKafka::ErrorCode code,
                    std::vector<RdKafka::TopicPartition*>& partitions) override {
    std::vector<Place> places;
    for (const auto* p : partitions) places.emplace_back(p->topic(), p->partition());
    const bool assigned = code == RdKafka::ERR__ASSIGN_PARTITIONS;
    Event(assigned ? "assigned" : "revoked", places);
    if (client->rebalance_protocol() == "COOPERATIVE") {
      delete (assigned ? client->incremental_assign(partitions)
                       : client->incremental_unassign(partitions));
    } else if (assigned) {
      client->assign(partitions);
    } else {
      client->unassign();
    }
  }

 private:
  static Json Row(RdKafka::Message& m) {
    Json headers = Json::array();
    if (m.headers() != nullptr) {
      for (const auto& h : m.headers()->get_all())
        headers.push_back({h.key(), Bytes(h.value(), h.value_size())});
    }
    return {{"topic", m.topic_name()},
            {"partition", m.partition()},
            {"offset", m.offset()},
            {"key", Bytes(m.key_pointer(), m.key_len())},
            {"value", m.len() > kKeep ? Json() : Bytes(m.payload(), m.len())},
            {"size", m.len()},
            {"headers", headers},
            {"timestamp", m.timestamp().timestamp}};
  }

  void Event(const char* kind, const std::vector<Place>& places) {
    Json changed = Json::array();
    for (const Place& place : places) {
      const bool news = kind[0] == 'a' ? owned_.insert(place).second : owned_.erase(place) > 0;
      if (news) changed.push_back({place.first, place.second});
    }
    if (changed.empty()) return;
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const std::lock_guard<std::mutex> lock(mutex_);
    events_.push_back(
        {std::chrono::duration_cast<std::chrono::nanoseconds>(now).count(), kind, changed});
  }

  std::unique_ptr<RdKafka::KafkaConsumer> client_;
  std::set<Place> owned_;
  std::mutex mutex_;  // guards the three lists
  Json records_ = Json::array(), events_ = Json::array(), errors_ = Json::array();
};

}  // namespace

std::unique_ptr<Handle> OpenConsumer(const Json& request) {
  return std::make_unique<Consumer>(request);
}
