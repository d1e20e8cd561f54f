#include "client/broker_client.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/endian.h"
#include "base/text.h"

namespace odradek::client {
namespace {

struct HostAndPort {
  std::string host;
  std::string port;
};

Result<HostAndPort> Split(const std::string& address) {
  const size_t colon = address.rfind(':');
  uint16_t port = 0;
  if (colon == std::string::npos || !ParseWhole(address.substr(colon + 1), &port) || port == 0) {
    return Invalid("'" + address + "' is not an address; write host:port");
  }
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  return HostAndPort{std::move(host), address.substr(colon + 1)};
}

Status ErrnoStatus(const std::string& what) {
  return Retriable(what + ": " + std::strerror(errno));
}

// Time-outs also bound connect() on Linux.
void SetTimeouts(int fd, int timeout_ms) {
  const timeval limit{timeout_ms / 1000, timeout_ms % 1000 * 1000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

}  // namespace

BrokerClient::BrokerClient(BrokerClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

BrokerClient::~BrokerClient() { Close(); }

void BrokerClient::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

Result<BrokerClient> BrokerClient::Connect(const std::string& address, int timeout_ms) {
  ASSIGN_OR_RETURN(const HostAndPort target, Split(address));
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &found);
  if (error != 0) return Retriable("cannot resolve " + address + ": " + gai_strerror(error));
  Status failure = Retriable("no address for " + address);
  int connected = -1;
  for (const addrinfo* at = found; at != nullptr && connected < 0; at = at->ai_next) {
    const int fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, 0);
    if (fd < 0) continue;
    SetTimeouts(fd, timeout_ms);
    if (connect(fd, at->ai_addr, at->ai_addrlen) == 0) {
      connected = fd;
    } else {
      failure = ErrnoStatus("cannot connect to " + address);
      close(fd);
    }
  }
  freeaddrinfo(found);
  if (connected < 0) return failure;
  return BrokerClient(connected);
}

Status BrokerClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return ErrnoStatus("sending");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return {};
}

Status BrokerClient::Receive(char* to, size_t size) {
  while (size > 0) {
    const ssize_t got = recv(fd_, to, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return Retriable("no answer within the time-out");
    if (got < 0) return ErrnoStatus("waiting for the answer");
    if (got == 0) return Retriable("the broker closed the connection");
    to += got;
    size -= static_cast<size_t>(got);
  }
  return {};
}

Status BrokerClient::Exchange(const ByteChain& frame) {
  if (fd_ < 0) return Retriable("the connection was closed after a request that failed");
  for (const Slice& slice : frame.slices()) RETURN_IF_ERROR(Send(slice.view()));
  char prefix[wire::kLengthPrefixBytes];
  RETURN_IF_ERROR(Receive(prefix, sizeof(prefix)));
  const auto size = LoadBig<int32_t>(prefix);
  if (size < 0 || static_cast<size_t>(size) > kAnswerBytesMax) {
    return Corrupt("the answer claims " + std::to_string(size) + " bytes; is this a Kafka port?");
  }
  received_.resize(static_cast<size_t>(size));
  return Receive(received_.data(), received_.size());
}

}  // namespace odradek::client
