#include "net/bind.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "net/testing/blocking_client.h"

namespace odradek::net {
namespace {

using Sizes = std::pair<int, int>;  // to send, to receive

Sizes BuffersOfAConnection(const SocketOptions& options) {
  const BoundSockets bound = BindAll("127.0.0.1", 0, options).value();
  const BlockingClient client(bound.port);
  UniqueFd accepted;
  while (!accepted)  // the listening socket does not block
    accepted = UniqueFd(::accept(bound.sockets.front().get(), nullptr, nullptr));
  Sizes sizes;
  socklen_t length = sizeof(int);
  EXPECT_EQ(getsockopt(accepted.get(), SOL_SOCKET, SO_SNDBUF, &sizes.first, &length), 0);
  EXPECT_EQ(getsockopt(accepted.get(), SOL_SOCKET, SO_RCVBUF, &sizes.second, &length), 0);
  return sizes;
}

TEST(Bind, ConnectionsHaveTheBuffersOfTheOptions) {
  constexpr int kGivenTwice = 2;  // Linux reserves as much again for its own bookkeeping
  const auto sizes =
      BuffersOfAConnection({.send_buffer_bytes = 20'000, .receive_buffer_bytes = 30'000});
  EXPECT_EQ(sizes, Sizes(20'000 * kGivenTwice, 30'000 * kGivenTwice));
  const Sizes of_the_system = BuffersOfAConnection({});
  EXPECT_NE(of_the_system.first, sizes.first);
  EXPECT_NE(of_the_system.second, sizes.second);
}

}  // namespace
}  // namespace odradek::net
