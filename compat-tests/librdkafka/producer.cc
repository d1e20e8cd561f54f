// A producer.
#include "agent.h"

namespace {

class Producer : public Handle, public RdKafka::DeliveryReportCb {
 public:
  explicit Producer(const Json& request) {
    const auto conf = Configuration(request);
    Set(conf.get(), "message.max.bytes", "10000000");
    const std::string kind = request.value("partitioner", "");
    Set(conf.get(), "partitioner", kind == "murmur2" ? "murmur2_random" : "consistent_random");
    std::string why;
    conf->set("dr_cb", static_cast<RdKafka::DeliveryReportCb*>(this), why);
    client_.reset(RdKafka::Producer::create(conf.get(), why));
    if (!client_) throw Failure(0, why);
  }

  Json Do(const std::string& op, const Json& request) override {
    if (op == "close") {
      client_->flush(5000);
      client_.reset();
      return Json::object();
    }
    const Json& rows = request["records"];
    results_.assign(rows.size(), Json());
    for (size_t i = 0; i < rows.size(); ++i) Send(rows[i], i);
    client_->flush(90000);
    return {{"results", results_}};
  }

  void dr_cb(RdKafka::Message& message) override {
    Json& result = results_[reinterpret_cast<size_t>(message.msg_opaque())];
    if (message.err() != RdKafka::ERR_NO_ERROR) {
      result = FailureRow(message.err(), message.errstr());
    } else {
      result = {{"partition", message.partition()}, {"offset", message.offset()}};
    }
  }

 private:
  void Send(const Json& row, size_t index) {
    auto value = row.contains("size") ? std::string(row["size"].get<size_t>(), 'x')
                                      : FromBase64(row["value"]);
    const auto key = FromBase64(row["key"]);
    RdKafka::Headers* headers = RdKafka::Headers::create();
    for (const Json& pair : row["headers"]) {
      const auto header = FromBase64(pair[1]);
      headers->add(pair[0].get<std::string>(), header ? header->data() : nullptr,
                   header ? header->size() : 0);
    }
    const int32_t partition =
        Has(row, "partition") ? row["partition"].get<int32_t>() : RdKafka::Topic::PARTITION_UA;
    const int64_t timestamp = Has(row, "timestamp") ? row["timestamp"].get<int64_t>() : 0;
    const auto error = client_->produce(
        row["topic"].get<std::string>(), partition, RdKafka::Producer::RK_MSG_COPY,
        value ? value->data() : nullptr, value ? value->size() : 0, key ? key->data() : nullptr,
        key ? key->size() : 0, timestamp, headers, reinterpret_cast<void*>(index));
    if (error != RdKafka::ERR_NO_ERROR) {
      delete headers;
      results_[index] = FailureRow(error, RdKafka::err2str(error));
    }
  }

  std::vector<Json> results_;
  std::unique_ptr<RdKafka::Producer> client_;
};

}  // namespace

std::unique_ptr<Handle> OpenProducer(const Json& request) {
  return std::make_unique<Producer>(request);
}
