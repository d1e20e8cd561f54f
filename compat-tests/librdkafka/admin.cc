// Operations without a handle. librdkafka has administration in its C interface only.
#include "agent.h"

namespace {

constexpr int kTimeoutMs = 20000;

struct Deleter {
  void operator()(rd_kafka_t* p) const { rd_kafka_destroy(p); }
  void operator()(rd_kafka_queue_t* p) const { rd_kafka_queue_destroy(p); }
  void operator()(rd_kafka_event_t* p) const { rd_kafka_event_destroy(p); }
  void operator()(rd_kafka_NewTopic_t* p) const { rd_kafka_NewTopic_destroy(p); }
  void operator()(rd_kafka_DeleteTopic_t* p) const { rd_kafka_DeleteTopic_destroy(p); }
  void operator()(rd_kafka_NewPartitions_t* p) const { rd_kafka_NewPartitions_destroy(p); }
  void operator()(rd_kafka_DeleteRecords_t* p) const { rd_kafka_DeleteRecords_destroy(p); }
  void operator()(rd_kafka_ConfigResource_t* p) const { rd_kafka_ConfigResource_destroy(p); }
  void operator()(rd_kafka_topic_partition_list_t* p) const {
    rd_kafka_topic_partition_list_destroy(p);
  }
  void operator()(rd_kafka_topic_t* p) const { rd_kafka_topic_destroy(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, Deleter>;

void Check(rd_kafka_resp_err_t code) {
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) throw Failure(code, rd_kafka_err2str(code));
}

// A client of its own for one operation.
class Client {
 public:
  Client(const Json& request, rd_kafka_type_t type) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    Option(conf, "bootstrap.servers", request["bootstrap"]);
    if (type == RD_KAFKA_CONSUMER) Option(conf, "group.id", request.value("group", "none"));
    char why[256];
    client.reset(rd_kafka_new(type, conf, why, sizeof why));
    if (!client) throw Failure(0, why);
    queue.reset(rd_kafka_queue_new(client.get()));
  }

  // The answer to the operation just started.
  Owned<rd_kafka_event_t> Answer() {
    Owned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), kTimeoutMs));
    if (!event) throw Failure(0, "no answer");
    Check(rd_kafka_event_error(event.get()));
    return event;
  }

  void TopicAnswer() {
    const auto event = Answer();
    size_t count = 0;
    const rd_kafka_topic_result_t** results = nullptr;
    switch (rd_kafka_event_type(event.get())) {
      case RD_KAFKA_EVENT_CREATETOPICS_RESULT:
        results = rd_kafka_CreateTopics_result_topics(
            rd_kafka_event_CreateTopics_result(event.get()), &count);
        break;
      case RD_KAFKA_EVENT_DELETETOPICS_RESULT:
        results = rd_kafka_DeleteTopics_result_topics(
            rd_kafka_event_DeleteTopics_result(event.get()), &count);
        break;
      default:
        results = rd_kafka_CreatePartitions_result_topics(
            rd_kafka_event_CreatePartitions_result(event.get()), &count);
    }
    for (size_t i = 0; i < count; ++i) Check(rd_kafka_topic_result_error(results[i]));
  }

  Owned<rd_kafka_t> client;
  Owned<rd_kafka_queue_t> queue;

 private:
  static void Option(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
    char why[256];
    if (rd_kafka_conf_set(conf, name, value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK)
      throw Failure(0, why);
  }
};

Json CreateTopic(const Json& request) {
  Client admin(request, RD_KAFKA_PRODUCER);
  char why[256];
  Owned<rd_kafka_NewTopic_t> topic(
      rd_kafka_NewTopic_new(request["topic"].get<std::string>().c_str(), request["partitions"],
                            request["replication"], why, sizeof why));
  if (!topic) throw Failure(0, why);
  for (const auto& [name, value] : request["configs"].items()) {
    rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.get<std::string>().c_str());
  }
  rd_kafka_NewTopic_t* one = topic.get();
  rd_kafka_CreateTopics(admin.client.get(), &one, 1, nullptr, admin.queue.get());
  admin.TopicAnswer();
  return Json::object();
}

Json DeleteTopic(const Json& request) {
  Client admin(request, RD_KAFKA_PRODUCER);
  Owned<rd_kafka_DeleteTopic_t> topic(
      rd_kafka_DeleteTopic_new(request["topic"].get<std::string>().c_str()));
  rd_kafka_DeleteTopic_t* one = topic.get();
  rd_kafka_DeleteTopics(admin.client.get(), &one, 1, nullptr, admin.queue.get());
  admin.TopicAnswer();
  return Json::object();
}

Json AddPartitions(const Json& request) {
  Client admin(request, RD_KAFKA_PRODUCER);
  char why[256];
  Owned<rd_kafka_NewPartitions_t> more(rd_kafka_NewPartitions_new(
      request["topic"].get<std::string>().c_str(), request["total"], why, sizeof why));
  if (!more) throw Failure(0, why);
  rd_kafka_NewPartitions_t* one = more.get();
  rd_kafka_CreatePartitions(admin.client.get(), &one, 1, nullptr, admin.queue.get());
  admin.TopicAnswer();
  return Json::object();
}

Json DescribeTopic(const Json& request) {
  Client admin(request, RD_KAFKA_PRODUCER);
  Owned<rd_kafka_topic_t> topic(
      rd_kafka_topic_new(admin.client.get(), request["topic"].get<std::string>().c_str(), nullptr));
  const rd_kafka_metadata_t* found = nullptr;
  Check(rd_kafka_metadata(admin.client.get(), 0, topic.get(), &found, kTimeoutMs));
  Json partitions = Json::array();
  for (int i = 0; i < found->topics[0].partition_cnt; ++i)
    partitions.push_back(found->topics[0].partitions[i].id);
  const rd_kafka_resp_err_t error = found->topics[0].err;
  rd_kafka_metadata_destroy(found);
  Check(error);
  return {{"partitions", partitions}};
}

Json TopicConfig(const Json& request) {
  Client admin(request, RD_KAFKA_PRODUCER);
  Owned<rd_kafka_ConfigResource_t> topic(rd_kafka_ConfigResource_new(
      RD_KAFKA_RESOURCE_TOPIC, request["topic"].get<std::string>().c_str()));
  rd_kafka_ConfigResource_t* one = topic.get();
  rd_kafka_DescribeConfigs(admin.client.get(), &one, 1, nullptr, admin.queue.get());
  const auto event = admin.Answer();
  size_t count = 0;
  const auto** resources = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  Check(rd_kafka_ConfigResource_error(resources[0]));
  const auto** entries = rd_kafka_ConfigResource_configs(resources[0], &count);
  for (size_t i = 0; i < count; ++i) {
    if (request["name"] == rd_kafka_ConfigEntry_name(entries[i]))
      return {{"value", rd_kafka_ConfigEntry_value(entries[i])}};
  }
  throw Failure(0, "no such setting");
}

Owned<rd_kafka_topic_partition_list_t> List(const Json& request, int64_t offset) {
  Owned<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), request["topic"].get<std::string>().c_str(),
                                    request["partition"])
      ->offset = offset;
  return list;
}

Json DeleteRecords(const Json& request) {
  Client admin(request, RD_KAFKA_PRODUCER);
  const auto list = List(request, request["offset"]);
  Owned<rd_kafka_DeleteRecords_t> records(rd_kafka_DeleteRecords_new(list.get()));
  rd_kafka_DeleteRecords_t* one = records.get();
  rd_kafka_DeleteRecords(admin.client.get(), &one, 1, nullptr, admin.queue.get());
  const auto event = admin.Answer();
  const auto* done =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()));
  Check(done->elems[0].err);
  return {{"low_watermark", done->elems[0].offset}};
}

Json Offset(const Json& request) {
  Client consumer(request, RD_KAFKA_CONSUMER);
  if (request["at"].is_string()) {
    int64_t low = 0, high = 0;
    Check(rd_kafka_query_watermark_offsets(consumer.client.get(),
                                           request["topic"].get<std::string>().c_str(),
                                           request["partition"], &low, &high, kTimeoutMs));
    return {{"offset", request["at"] == "end" ? high : low}};
  }
  const auto list = List(request, request["at"]);
  Check(rd_kafka_offsets_for_times(consumer.client.get(), list.get(), kTimeoutMs));
  Check(list->elems[0].err);
  return {{"offset", list->elems[0].offset}};
}

Json Committed(const Json& request) {
  Client consumer(request, RD_KAFKA_CONSUMER);
  const auto list = List(request, RD_KAFKA_OFFSET_INVALID);
  Check(rd_kafka_committed(consumer.client.get(), list.get(), kTimeoutMs));
  Check(list->elems[0].err);
  const auto& found = list->elems[0];
  const std::string note(static_cast<const char*>(found.metadata), found.metadata_size);
  return {{"offset", found.offset >= 0 ? Json(found.offset) : Json()}, {"metadata", note}};
}

}  // namespace

Json AdminOperation(const std::string& op, const Json& request) {
  if (op == "create_topic") return CreateTopic(request);
  if (op == "delete_topic") return DeleteTopic(request);
  if (op == "add_partitions") return AddPartitions(request);
  if (op == "describe_topic") return DescribeTopic(request);
  if (op == "topic_config") return TopicConfig(request);
  if (op == "delete_records") return DeleteRecords(request);
  if (op == "offset") return Offset(request);
  if (op == "committed") return Committed(request);
  throw Failure(0, "no such operation: " + op);
}
