#include <sys/sendfile.h>
#include <sys/socket.h>

#include <cerrno>

#include "net/transport.h"

namespace odradek::net {
namespace {

using State = IoResult::State;

IoResult FromSystem(ssize_t result) {
  if (result > 0) return {State::kOk, static_cast<size_t>(result), 0};
  if (result == 0) return {State::kEof, 0, 0};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {State::kAgain, 0, 0};
  return {State::kError, 0, errno};
}

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(UniqueFd socket) : socket_(std::move(socket)) {}

  int fd() const override { return socket_.get(); }

  IoResult Receive(std::span<const iovec> to) override {
    if (to.size() == 1) {
      return FromSystem(::recv(socket_.get(), to[0].iov_base, to[0].iov_len, 0));
    }
    return FromSystem(::readv(socket_.get(), to.data(), static_cast<int>(to.size())));
  }

  IoResult Send(std::span<const iovec> from, bool more) override {
    msghdr message = {};
    message.msg_iov = const_cast<iovec*>(from.data());
    message.msg_iovlen = from.size();
    return FromSystem(::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0)));
  }

  IoResult SendFile(int file, int64_t offset, size_t size) override {
    off_t at = offset;
    return FromSystem(::sendfile(socket_.get(), file, &at, size));
  }

 private:
  UniqueFd socket_;
};

}  // namespace

std::unique_ptr<Transport> MakePlainTransport(UniqueFd socket) {
  return std::make_unique<PlainTransport>(std::move(socket));
}

}  // namespace odradek::net
