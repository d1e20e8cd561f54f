#include "tests/bench/load.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <vector>

#include "base/check.h"
#include "base/endian.h"
#include "net/unique_fd.h"
#include "tests/bench/cores.h"
#include "tests/bench/sockets.h"

namespace odradek::bench {
namespace {

constexpr size_t kFramesPerSend = 64;
constexpr size_t kReadBytes = 64 * 1024;
constexpr size_t kPrefixBytes = 4;
constexpr size_t kDiscardBytes = 1024 * 1024;  // at most so many at once
constexpr double kPatienceSeconds = 20;

class LoadConnection {
 public:
  LoadConnection(uint16_t port, std::span<const std::string> frames, int64_t requests, int window)
      : fd_(Connect(port)), frames_(frames), to_send_(requests), to_receive_(requests) {
    window_ = window;
    SetNonBlocking(fd_.get());
  }

  bool done() const { return to_receive_ == 0; }
  int fd() const { return fd_.get(); }
  int64_t answer_bytes() const { return answer_bytes_; }
  bool wants_to_send() const { return to_send_ > 0 && in_flight() < window_; }

  // False if nothing moved.
  bool Step() {
    const bool sent = wants_to_send() && Send();
    return Receive() || sent;
  }

 private:
  int64_t in_flight() const { return to_receive_ - to_send_; }

  bool Send() {
    std::array<iovec, kFramesPerSend> parts;
    size_t count = 0;
    const int64_t most = std::min<int64_t>({window_ - in_flight(), to_send_, kFramesPerSend});
    for (size_t frame = frame_; count < static_cast<size_t>(most); ++count) {
      const size_t skip = count == 0 ? sent_of_frame_ : 0;
      parts[count] = {const_cast<char*>(frames_[frame].data()) + skip,
                      frames_[frame].size() - skip};
      frame = (frame + 1) % frames_.size();
    }
    msghdr message = {};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
    if (sent < 0) {
      CHECK(errno == EAGAIN);
      return false;
    }
    for (auto left = static_cast<size_t>(sent); left > 0;) {
      const size_t step = std::min(left, frames_[frame_].size() - sent_of_frame_);
      left -= step;
      sent_of_frame_ += step;
      if (sent_of_frame_ < frames_[frame_].size()) break;
      sent_of_frame_ = 0;
      frame_ = (frame_ + 1) % frames_.size();
      --to_send_;
    }
    return true;
  }

  bool Receive() {
    // The rest of a large answer is thrown away unread, which spares this side the copy.
    const bool discard = body_left_ > kReadBytes;
    const size_t room = discard ? std::min(body_left_, kDiscardBytes) : kReadBytes;
    const ssize_t got = ::recv(fd_.get(), buffer_.data(), room, discard ? MSG_TRUNC : 0);
    if (got < 0) {
      CHECK(errno == EAGAIN);
      return false;
    }
    CHECK(got > 0);
    answer_bytes_ += got;
    discard ? Skip(static_cast<size_t>(got)) : Parse({buffer_.data(), static_cast<size_t>(got)});
    return true;
  }

  void Parse(std::span<const char> bytes) {
    while (!bytes.empty()) {
      size_t step = std::min(body_left_, bytes.size());
      if (body_left_ > 0) {
        Skip(step);
      } else {
        step = std::min(kPrefixBytes - prefix_size_, bytes.size());
        std::copy_n(bytes.data(), step, prefix_.data() + prefix_size_);
        prefix_size_ += step;
        if (prefix_size_ == kPrefixBytes) {
          prefix_size_ = 0;
          body_left_ = LoadBig<uint32_t>(prefix_.data());
        }
      }
      bytes = bytes.subspan(step);
    }
  }

  void Skip(size_t bytes) {
    body_left_ -= bytes;
    if (body_left_ == 0) --to_receive_;
  }

  net::UniqueFd fd_;
  const std::span<const std::string> frames_;
  int64_t window_;
  int64_t to_send_;
  int64_t to_receive_;
  size_t frame_ = 0;  // being sent
  size_t sent_of_frame_ = 0;
  std::array<char, kPrefixBytes> prefix_;
  size_t prefix_size_ = 0;
  size_t body_left_ = 0;
  int64_t answer_bytes_ = 0;
  std::array<char, kReadBytes> buffer_;
};

// Ends the process when nothing has moved for too long.
class Patience {
 public:
  void Note(bool moved) {
    if (moved) idle_rounds_ = 0;
    if (moved || ++idle_rounds_ % kRoundsPerLook != 0) return;
    const double now = NowSeconds();
    if (idle_rounds_ == kRoundsPerLook) idle_since_ = now;
    CHECK(now - idle_since_ < kPatienceSeconds);
  }

 private:
  static constexpr int64_t kRoundsPerLook = 4096;
  int64_t idle_rounds_ = 0;
  double idle_since_ = 0;
};

}  // namespace

LoadResult RunLoad(uint16_t port, const LoadPlan& plan) {
  std::vector<std::unique_ptr<LoadConnection>> connections;
  for (int i = 0; i < plan.connections; ++i) {
    connections.push_back(std::make_unique<LoadConnection>(
        port, plan.frames, plan.requests / plan.connections, plan.window));
  }
  const double start = NowSeconds();
  Patience patience;
  for (bool all_done = false; !all_done;) {
    bool moved = false;
    all_done = true;
    for (const auto& connection : connections) {
      if (!connection->done()) moved |= connection->Step();
      all_done &= connection->done();
    }
    patience.Note(moved);
  }
  LoadResult result;
  result.seconds = NowSeconds() - start;
  for (const auto& connection : connections) result.answer_bytes += connection->answer_bytes();
  return result;
}

}  // namespace odradek::bench
