// A client for tests: blocking, one connection, frames or raw bytes. Every call waits at most
// kPatienceSeconds and then reports the connection as silent, so that a test fails, not hangs.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/endian.h"
#include "net/address.h"
#include "net/unique_fd.h"

namespace odradek::net {

class BlockingClient {
 public:
  static constexpr int kPatienceSeconds = 30;

  explicit BlockingClient(uint16_t port, const std::string& host = "127.0.0.1",
                          int receive_buffer_bytes = 0) {
    Address address = ParseAddress(host, port).value();
    fd_ = UniqueFd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    CHECK(static_cast<bool>(fd_));
    if (receive_buffer_bytes > 0) {
      setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(int));
    }
    const timeval patience = {kPatienceSeconds, 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    connected_ = ::connect(fd_.get(), address.get(), address.length) == 0;
  }

  bool connected() const { return connected_; }
  int fd() const { return fd_.get(); }
  void Close() { fd_ = UniqueFd(); }
  void FinishSending() { ::shutdown(fd_.get(), SHUT_WR); }

  static std::string Frame(std::string_view payload) {
    std::string frame(4, '\0');
    StoreBig(frame.data(), static_cast<int32_t>(payload.size()));
    return frame.append(payload);
  }

  // False if the connection broke on the way.
  bool SendRaw(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }
  bool SendFrame(std::string_view payload) { return SendRaw(Frame(payload)); }

  // The next frame without its prefix; nothing if the connection ended or stayed silent.
  std::optional<std::string> ReadFrame() {
    char prefix[4];
    if (!ReadExactly(prefix, sizeof(prefix))) return std::nullopt;
    std::string payload(static_cast<size_t>(LoadBig<int32_t>(prefix)), '\0');
    if (!ReadExactly(payload.data(), payload.size())) return std::nullopt;
    return payload;
  }

  // Something, be it the end, has come and was not read yet. Does not wait.
  bool HasInput() const {
    pollfd polled = {fd_.get(), POLLIN, 0};
    return ::poll(&polled, 1, 0) > 0;
  }

  // True if the other side closed without sending more.
  bool ReadEnd() {
    char byte = 0;
    const ssize_t n = ::recv(fd_.get(), &byte, 1, 0);
    return n == 0 || (n < 0 && (errno == ECONNRESET || errno == EPIPE));
  }

 private:
  bool ReadExactly(char* to, size_t size) {
    while (size > 0) {
      const ssize_t n = ::recv(fd_.get(), to, size, 0);
      if (n <= 0) return false;
      to += n;
      size -= static_cast<size_t>(n);
    }
    return true;
  }

  UniqueFd fd_;
  bool connected_ = false;
};

}  // namespace odradek::net
