// librdkafka as a peer in kload's table.
//
//   rdkafka_peer mock FILE                           its mock cluster of one broker; its port goes
//                                                    to FILE, and it serves until a signal
//   rdkafka_peer produce BOOTSTRAP TOPIC COUNT SIZE  produces COUNT records of SIZE bytes and
//                                                    prints the seconds until all were acknowledged
//   rdkafka_peer consume BOOTSTRAP TOPIC COUNT       reads COUNT records of partition 0 from its
//                                                    beginning and prints the seconds it took
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

[[noreturn]] void Die(const char* what, const char* why) {
  std::fprintf(stderr, "rdkafka_peer: %s: %s\n", what, why);
  std::exit(1);
}

void Set(rd_kafka_conf_t* conf, const char* name, const char* value) {
  char why[512];
  if (rd_kafka_conf_set(conf, name, value, why, sizeof(why)) != RD_KAFKA_CONF_OK) Die(name, why);
}

rd_kafka_t* New(rd_kafka_type_t type, rd_kafka_conf_t* conf) {
  char why[512];
  rd_kafka_t* client = rd_kafka_new(type, conf, why, sizeof(why));
  if (client == nullptr) Die("no client", why);
  return client;
}

using Clock = std::chrono::steady_clock;

void PrintSecondsSince(Clock::time_point start) {
  std::printf("%.6f\n", std::chrono::duration<double>(Clock::now() - start).count());
}

int Mock(const std::string& file) {
  rd_kafka_t* owner = New(RD_KAFKA_PRODUCER, rd_kafka_conf_new());
  rd_kafka_mock_cluster_t* cluster = rd_kafka_mock_cluster_new(owner, 1);
  const char* bootstrap = rd_kafka_mock_cluster_bootstraps(cluster);
  const char* port = std::strrchr(bootstrap, ':') + 1;
  std::FILE* out = std::fopen((file + ".new").c_str(), "w");
  if (out == nullptr) Die("cannot write", file.c_str());
  std::fprintf(out, "%s\n", port);
  std::fclose(out);
  if (std::rename((file + ".new").c_str(), file.c_str()) != 0) Die("cannot rename", file.c_str());
  for (;;) ::pause();
}

long failed = 0;

void Delivered(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) ++failed;
}

int Produce(const char* bootstrap, const char* topic_name, long count, size_t size) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  Set(conf, "bootstrap.servers", bootstrap);
  Set(conf, "acks", "1");
  Set(conf, "queue.buffering.max.messages", "500000");
  rd_kafka_conf_set_dr_msg_cb(conf, Delivered);
  rd_kafka_t* producer = New(RD_KAFKA_PRODUCER, conf);
  rd_kafka_topic_t* topic = rd_kafka_topic_new(producer, topic_name, nullptr);
  // Known before the clock starts: how long a client looks for leaders is its own affair.
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(producer, 0, topic, &metadata, 10'000) != RD_KAFKA_RESP_ERR_NO_ERROR)
    Die("no metadata", bootstrap);
  rd_kafka_metadata_destroy(metadata);
  const std::string value(size, 'v');
  const auto start = Clock::now();
  for (long i = 0; i < count;) {
    const int refused =
        rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, const_cast<char*>(value.data()),
                         value.size(), nullptr, 0, nullptr);
    if (refused == 0) ++i;
    if (refused != 0 || i % 1000 == 0) rd_kafka_poll(producer, refused == 0 ? 0 : 10);
  }
  if (rd_kafka_flush(producer, 60'000) != RD_KAFKA_RESP_ERR_NO_ERROR || failed > 0)
    Die("not all were delivered", topic_name);
  PrintSecondsSince(start);
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(producer);
  return 0;
}

int Consume(const char* bootstrap, const char* topic, size_t count) {
  constexpr int kPatienceMs = 20'000;
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  Set(conf, "bootstrap.servers", bootstrap);
  Set(conf, "group.id", "rdkafka_peer");
  Set(conf, "enable.auto.commit", "false");
  rd_kafka_t* consumer = New(RD_KAFKA_CONSUMER, conf);
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(consumer);
  rd_kafka_topic_partition_list_t* assigned = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(assigned, topic, 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
  const auto start = Clock::now();
  if (rd_kafka_assign(consumer, assigned) != RD_KAFKA_RESP_ERR_NO_ERROR)
    Die("no assignment", topic);
  std::vector<rd_kafka_message_t*> messages(10'000);
  for (size_t read = 0; read < count;) {
    // It waits until it has as many as it is asked for.
    const ssize_t got = rd_kafka_consume_batch_queue(queue, kPatienceMs, messages.data(),
                                                     std::min(messages.size(), count - read));
    if (got <= 0) Die("nothing came for 20 s", topic);
    for (ssize_t i = 0; i < got; ++i) {
      rd_kafka_message_t* const message = messages[static_cast<size_t>(i)];
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) Die(topic, rd_kafka_message_errstr(message));
      rd_kafka_message_destroy(message);
    }
    read += static_cast<size_t>(got);
  }
  PrintSecondsSince(start);
  rd_kafka_topic_partition_list_destroy(assigned);
  rd_kafka_queue_destroy(queue);
  rd_kafka_destroy(consumer);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "mock" && argc == 3) return Mock(argv[2]);
  if (what == "produce" && argc == 6)
    return Produce(argv[2], argv[3], std::atol(argv[4]), static_cast<size_t>(std::atol(argv[5])));
  if (what == "consume" && argc == 5)
    return Consume(argv[2], argv[3], static_cast<size_t>(std::atol(argv[4])));
  std::fprintf(stderr,
               "usage: rdkafka_peer mock FILE | produce BOOTSTRAP TOPIC COUNT SIZE |\n"
               "                    consume BOOTSTRAP TOPIC COUNT\n");
  return 2;
}
