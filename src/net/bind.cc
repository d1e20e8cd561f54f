#include "net/bind.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace odradek::net {
namespace {

// A free port of one family may be taken in the other.
constexpr int kPortAttemptsMax = 32;

bool IsMissingFamily(int error) { return error == EAFNOSUPPORT || error == EADDRNOTAVAIL; }

std::string Describe(const Address& address, uint16_t port) {
  const bool v6 = address.family() == AF_INET6;
  return (v6 ? "[" + address.host() + "]" : address.host()) + ":" + std::to_string(port);
}

void SetBuffer(int fd, int option, int bytes) {
  if (bytes > 0) setsockopt(fd, SOL_SOCKET, option, &bytes, sizeof(bytes));
}

// Sets errno on failure.
UniqueFd Listen(const Address& address, const SocketOptions& options) {
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return fd;
  const int on = 1;
  const int off = 0;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  // Accepted sockets inherit what follows; TCP agrees on the size of windows before they are.
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  SetBuffer(fd.get(), SO_SNDBUF, options.send_buffer_bytes);
  SetBuffer(fd.get(), SO_RCVBUF, options.receive_buffer_bytes);
  if (address.family() == AF_INET6) {
    const bool is_any = address.host() == "::";
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, is_any ? &off : &on, sizeof(on));
  }
  if (::bind(fd.get(), address.get(), address.length) != 0) return {};
  if (::listen(fd.get(), options.backlog) != 0) return {};
  return fd;
}

Result<uint16_t> PortOf(int fd) {
  Address address;
  address.length = sizeof(address.storage);
  if (::getsockname(fd, address.get(), &address.length) != 0) {
    return Fatal(std::string("getsockname: ") + std::strerror(errno));
  }
  return address.port();
}

Status BindStatus(const Address& address, uint16_t port, int error) {
  const std::string what = "cannot listen on " + Describe(address, port) + ": ";
  if (error == EADDRINUSE)
    return Exists(what +
                  "the port is taken by another process; stop that one (ss -ltnp names "
                  "it), or take another port (0: any free one)");
  if (error == EACCES)
    return Fatal(what + "not permitted (ports below 1024 need a privilege); take a higher port");
  if (error == EADDRNOTAVAIL)
    return Fatal(what + "this machine has no such address; name one of its own in listeners");
  return Fatal(what + std::strerror(error));
}

// One attempt; `port` 0 takes the port of the first address for the others.
Result<BoundSockets> TryBind(std::vector<Address>& addresses, uint16_t port,
                             const SocketOptions& options) {
  BoundSockets bound;
  bound.port = port;
  Status missing;
  for (Address& address : addresses) {
    address.set_port(bound.port);
    UniqueFd fd = Listen(address, options);
    if (!fd) {
      const Status status = BindStatus(address, bound.port, errno);
      if (!IsMissingFamily(errno)) return status;
      missing = status;
      continue;
    }
    if (bound.port == 0) {
      ASSIGN_OR_RETURN(bound.port, PortOf(fd.get()));
    }
    bound.sockets.push_back(std::move(fd));
  }
  if (bound.sockets.empty()) return missing;
  return bound;
}

}  // namespace

Result<BoundSockets> BindAll(const std::string& host, uint16_t port, const SocketOptions& options) {
  ASSIGN_OR_RETURN(std::vector<Address> addresses, AddressesToBind(host));
  for (int attempt = 1;; ++attempt) {
    Result<BoundSockets> bound = TryBind(addresses, port, options);
    if (bound.ok()) return bound;
    const bool any = addresses.size() == 1 && addresses[0].host() == "::";
    if (any && bound.status().code() != StatusCode::kExists) {
      // A machine without IPv6.
      addresses[0] = ParseAddress("0.0.0.0", 0).value();
      if (attempt < kPortAttemptsMax) continue;
    }
    const bool retry = port == 0 && bound.status().code() == StatusCode::kExists;
    if (!retry || attempt >= kPortAttemptsMax) return bound;
  }
}

}  // namespace odradek::net
