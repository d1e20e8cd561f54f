#include "tests/bench/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/check.h"

namespace odradek::bench {
namespace {

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

net::UniqueFd Prepared(int fd) {
  CHECK(fd >= 0);
  const int on = 1;
  CHECK_EQ(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
  return net::UniqueFd(fd);
}

}  // namespace

net::UniqueFd TryConnect(uint16_t port) {
  net::UniqueFd socket = Prepared(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = Loopback(port);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return {};
  return socket;
}

net::UniqueFd Connect(uint16_t port) {
  net::UniqueFd socket = TryConnect(port);
  CHECK(static_cast<bool>(socket));
  return socket;
}

net::UniqueFd Listen(uint16_t* port) {
  net::UniqueFd socket = Prepared(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = Loopback(0);
  socklen_t length = sizeof(address);
  CHECK_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
  CHECK_EQ(::listen(socket.get(), 16), 0);
  CHECK_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
  *port = ntohs(address.sin_port);
  return socket;
}

net::UniqueFd Accept(const net::UniqueFd& listener) {
  return Prepared(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

void SetNonBlocking(int fd) { CHECK_EQ(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0); }

bool ReceiveAll(int fd, std::span<char> to) {
  while (!to.empty()) {
    const ssize_t got = ::recv(fd, to.data(), to.size(), MSG_WAITALL);
    CHECK(got >= 0);
    if (got == 0) return false;
    to = to.subspan(static_cast<size_t>(got));
  }
  return true;
}

void SendAll(int fd, std::string_view bytes, int flags) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | flags);
    CHECK(sent > 0);
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

}  // namespace odradek::bench
