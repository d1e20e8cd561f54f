#include "tests/bench/answering.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <vector>

#include "base/check.h"
#include "base/endian.h"
#include "tests/bench/sockets.h"

namespace odradek::bench {
namespace {

constexpr size_t kPrefixBytes = 4;
constexpr size_t kReadBytes = 256 * 1024;
constexpr int kEventsAtOnce = 256;

class Connection {
 public:
  explicit Connection(net::UniqueFd fd) : fd_(std::move(fd)), buffer_(kReadBytes) {}

  // False if the client has closed.
  bool Read(Answering& answering) {
    const ssize_t got = ::recv(fd_.get(), buffer_.data() + filled_, Room(), MSG_DONTWAIT);
    if (got < 0) {
      CHECK(errno == EAGAIN);
      return true;
    }
    if (got == 0) return false;
    filled_ += static_cast<size_t>(got);
    HandOver(answering);
    return true;
  }

 private:
  size_t Whole(size_t at) const { return kPrefixBytes + LoadBig<uint32_t>(buffer_.data() + at); }

  // A frame that does not fit in one read gets its exact size, so that nothing has to be moved.
  size_t Room() {
    if (filled_ < kPrefixBytes || Whole(0) <= kReadBytes) return buffer_.size() - filled_;
    if (buffer_.size() < Whole(0)) buffer_.resize(Whole(0));
    return Whole(0) - filled_;
  }

  void HandOver(Answering& answering) {
    size_t at = 0;
    while (filled_ - at >= kPrefixBytes && filled_ - at >= Whole(at)) {
      const size_t size = Whole(at);
      answering.Request(fd_.get(), {buffer_.data() + at, size});
      at += size;
    }
    if (at == 0) return;
    filled_ -= at;
    std::memmove(buffer_.data(), buffer_.data() + at, filled_);
    answering.EndOfInput(fd_.get());
  }

  net::UniqueFd fd_;
  std::vector<char> buffer_;
  size_t filled_ = 0;
};

void Watch(const net::UniqueFd& epoll, int fd) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.fd = fd;
  CHECK_EQ(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event), 0);
}

}  // namespace

void ServeUntilClosed(const net::UniqueFd& listener, Answering& answering) {
  const net::UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  CHECK(static_cast<bool>(epoll));
  Watch(epoll, listener.get());
  std::map<int, Connection> connections;
  std::array<epoll_event, kEventsAtOnce> events;
  for (bool any = false; !any || !connections.empty(); answering.EndOfRound()) {
    const int count = ::epoll_wait(epoll.get(), events.data(), kEventsAtOnce, -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<size_t>(i)].data.fd;
      if (fd == listener.get()) {
        net::UniqueFd client = Accept(listener);
        any = true;
        Watch(epoll, client.get());
        const int key = client.get();
        connections.emplace(key, std::move(client));
      } else if (!connections.at(fd).Read(answering)) {
        connections.erase(fd);
      }
    }
  }
}

}  // namespace odradek::bench
