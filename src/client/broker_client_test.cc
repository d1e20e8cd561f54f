#include "client/broker_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/endian.h"
#include "protocol/message/api_versions.h"

namespace odradek::client {
namespace {

// Accepts connections and says nothing until it is told to.
class SilentServer {
 public:
  SilentServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, any, size), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    EXPECT_EQ(::getsockname(listener_, any, &size), 0);
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }

  ~SilentServer() {
    ::close(connection_);
    ::close(listener_);
  }

  const std::string& address() const { return address_; }
  void Accept() { connection_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC); }
  void Answer(int32_t correlation_id) {
    std::array<char, 8> frame;
    StoreBig(frame.data(), int32_t{4});
    StoreBig(frame.data() + 4, correlation_id);
    EXPECT_EQ(::send(connection_, frame.data(), frame.size(), MSG_NOSIGNAL), 8);
  }

 private:
  const int listener_;
  int connection_ = -1;
  std::string address_;
};

TEST(BrokerClient, DoesNotTakeALateAnswerForTheNextOne) {
  SilentServer server;
  Result<BrokerClient> client = BrokerClient::Connect(server.address(), 1);
  ASSERT_TRUE(client.ok()) << client.status().ToString();
  server.Accept();
  ApiVersionsResponse response;
  EXPECT_EQ(client->Call(0, ApiVersionsRequest{}, &response).code(), StatusCode::kRetriable);
  server.Answer(1);
  const Status second = client->Call(0, ApiVersionsRequest{}, &response);
  EXPECT_EQ(second.code(), StatusCode::kRetriable);
  EXPECT_NE(second.message().find("closed"), std::string::npos) << second.ToString();
}

}  // namespace
}  // namespace odradek::client
