#include "tests/bench/broker_under_test.h"

#include <charconv>
#include <future>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "tests/bench/allocation_count.h"
#include "tests/bench/cores.h"

namespace odradek::bench {
namespace {

template <class T>
T Must(Result<T> result) {
  if (!result.ok()) LOG_ERROR("{}", result.status().ToString());
  CHECK(result.ok());
  return std::move(*result);
}

}  // namespace

BrokerUnderTest::BrokerUnderTest() {
  std::promise<app::Server*> started;
  thread_ = std::thread([&started] {
    PinThisThread(kServerCore, "broker");
    app::ServeOptions options;
    options.port = 0;
    options.threads = 1;
    const std::unique_ptr<app::Server> server = Must(app::Server::Start(options));
    CountThisThread();
    started.set_value(server.get());
    CHECK(server->Run().ok());
  });
  server_ = started.get_future().get();
  const std::string address = server_->bootstrap();
  const size_t colon = address.rfind(':');
  std::from_chars(address.data() + colon + 1, address.data() + address.size(), port_);
  remote_ = Must(Remote::Connect(port_));
}

BrokerUnderTest::~BrokerUnderTest() {
  server_->Stop();
  thread_.join();
}

Topic BrokerUnderTest::CreateTopic(std::string_view name) {
  return Must(remote_->CreateTopic(name));
}

int64_t BrokerUnderTest::EndOffset(const Topic& topic) { return Must(remote_->EndOffset(topic)); }

int64_t BrokerUnderTest::NewProducerId() { return Must(remote_->NewProducerId()); }

}  // namespace odradek::bench
