// BrokerFixture: the base of the handlers' tests: a broker, a client per node, and the calls that
// bring a broker into the state that a test begins with.
//
// Everything goes over sockets. A call that gets no answer fails the test and gives the answer's
// defaults. Owner: the test. Thread: one.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/testing/running_broker.h"
#include "api/testing/wire_client.h"
#include "base/uuid.h"
#include "protocol/errors.h"
#include "protocol/message/fetch.h"
#include "protocol/message/list_offsets.h"
#include "protocol/message/produce.h"
#include "protocol/records/batch_builder.h"

namespace odradek {

inline void PrintTo(ErrorCode error, std::ostream* out) { *out << ErrorName(error); }
inline void PrintTo(const Uuid& id, std::ostream* out) { *out << id.ToString(); }

namespace api {

class BrokerFixture : public testing::Test {
 protected:
  using Settings = std::vector<std::pair<std::string_view, std::string_view>>;

  // For a broker with other options. Before the first call.
  void Start(const RunningBrokerOptions& options) {
    clients_.clear();
    broker_ = std::make_unique<RunningBroker>(options);
  }
  RunningBroker& broker();
  // The connection to a node (0: the first), which opens at first use.
  WireClient& client(size_t node = 0);
  // For requests; lives as long as the test.
  Arena& arena() { return arena_; }

  template <class Request>
  const typename Request::Response& Call(int16_t version, const Request& request, size_t node = 0) {
    return Checked(client(node).Call(version, request));
  }
  // The next answer on a connection on which something was sent.
  template <class Response>
  const Response& Receive(WireClient& from, int16_t version) {
    return Checked(from.Receive<Response>(version));
  }
  // Returns when the broker has taken in all that was sent before.
  void Settle();

  template <class T>
  Array<T> List(std::initializer_list<T> items) {
    Array<T> list;
    for (const T& item : items) list.Add(arena_, item);
    return list;
  }

  // ---- topics

  void CreateTopic(std::string_view name, int32_t partitions = 1, const Settings& configs = {});
  // Replicas by partition; the first leads.
  void PlaceTopic(std::string_view name, const std::vector<std::vector<int32_t>>& replicas);
  bool HasTopic(std::string_view name);
  // Zero if there is no such topic.
  Uuid TopicId(std::string_view name);
  static Uuid UnknownId() { return *Uuid::Parse("3mGFnlXjRpyA2xLL7Vg5sA"); }

  // ---- records. Requests name topics in both ways; the version takes the one it knows.

  static std::string Batch(std::string_view value, const records::BatchOptions& options = {},
                           int64_t timestamp_ms = 1000);
  ProduceRequest ProduceOf(std::string_view topic, int32_t partition, std::string_view records,
                           int16_t acks = -1);
  // Appends one record.
  void Produce(std::string_view topic, int32_t partition, std::string_view value,
               int64_t timestamp_ms = 1000);
  FetchRequest FetchOf(std::string_view topic, int32_t partition, int64_t offset,
                       int32_t max_wait_ms = 0);
  ListOffsetsRequest ListOffsetsOf(std::string_view topic, int32_t partition, int64_t timestamp);
  int64_t EndOffset(std::string_view topic, int32_t partition);

 private:
  template <class Response>
  const Response& Checked(const Response* response) {
    EXPECT_NE(response, nullptr) << "no answer";
    return response != nullptr ? *response : *arena_.New<Response>();
  }

  std::unique_ptr<RunningBroker> broker_;
  std::map<size_t, WireClient> clients_;
  Arena arena_;
};

// The element of a list that must have one.
template <class T>
const T& Only(const Array<T>& list) {
  EXPECT_EQ(list.size(), 1U);
  static const T kNothing = {};
  return list.empty() ? kNothing : list[0];
}

// The first element for which `is_wanted` holds; one must.
template <class T, class Predicate>
const T& Find(const Array<T>& list, Predicate is_wanted) {
  static const T kNothing = {};
  for (const T& item : list) {
    if (is_wanted(item)) return item;
  }
  ADD_FAILURE() << "not in the list";
  return kNothing;
}

}  // namespace api
}  // namespace odradek
