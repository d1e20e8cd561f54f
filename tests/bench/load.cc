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
#include "tests/bench/request_frames.h"
#include "tests/bench/sockets.h"

namespace odradek::bench {
namespace {

constexpr size_t kFramesPerSend = 64;
constexpr size_t kReadBytes = 64 * 1024;
constexpr size_t kPrefixBytes = 4;
constexpr size_t kRequestHeadBytes = kRequestCorrelationAt + sizeof(int32_t);
constexpr size_t kAnswerHeadBytes = kAnswerCorrelationAt + sizeof(int32_t);
constexpr size_t kDiscardBytes = 1024 * 1024;  // at most so many at once
constexpr double kPatienceSeconds = 20;

class LoadConnection {
 public:
  LoadConnection(uint16_t port, const LoadPlan& plan)
      : fd_(Connect(port)),
        frames_(plan.frames),
        requests_(plan.requests / plan.connections),
        window_(plan.window),
        latency_(plan.latency) {
    CHECK(latency_ == nullptr || window_ == 1);
    SetNonBlocking(fd_.get());
  }

  bool done() const { return received_ == requests_; }
  bool broken() const { return broken_; }
  int64_t answer_bytes() const { return answer_bytes_; }

  // False if nothing moved.
  bool Step() {
    const bool may_send = sent_ < requests_ && sent_ - received_ < window_;
    const bool moved = may_send && Send();
    return Receive() || moved;
  }

 private:
  const std::string& FrameOf(int64_t request) const {
    return frames_[static_cast<size_t>(request) % frames_.size()];
  }

  bool Send() {
    if (latency_ != nullptr && sent_of_frame_ == 0) sent_at_ = NowSeconds();
    std::array<iovec, 2 * kFramesPerSend> parts;
    size_t count = 0;
    const int64_t most =
        std::min<int64_t>({window_ - (sent_ - received_), requests_ - sent_, kFramesPerSend});
    for (int64_t i = 0; i < most; ++i) {
      const std::string& frame = FrameOf(sent_ + i);
      std::array<char, kRequestHeadBytes>& head = heads_[static_cast<size_t>(i)];
      std::copy_n(frame.data(), kRequestCorrelationAt, head.data());
      StoreBig(head.data() + kRequestCorrelationAt, static_cast<int32_t>(sent_ + i));
      const size_t skip = i == 0 ? sent_of_frame_ : 0;
      if (skip < kRequestHeadBytes) parts[count++] = {head.data() + skip, kRequestHeadBytes - skip};
      const size_t rest = std::max(skip, kRequestHeadBytes);
      parts[count++] = {const_cast<char*>(frame.data()) + rest, frame.size() - rest};
    }
    msghdr message = {};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
    if (sent < 0) return Note(errno == EAGAIN);
    sent_of_frame_ += static_cast<size_t>(sent);
    for (; sent_of_frame_ > 0 && sent_of_frame_ >= FrameOf(sent_).size(); ++sent_)
      sent_of_frame_ -= FrameOf(sent_).size();
    return true;
  }

  bool Receive() {
    // The rest of a large answer is thrown away unread, which spares this side the copy.
    const bool discard = body_left_ > kReadBytes;
    const size_t room = discard ? std::min(body_left_, kDiscardBytes) : kReadBytes;
    const ssize_t got = ::recv(fd_.get(), buffer_.data(), room, discard ? MSG_TRUNC : 0);
    if (got <= 0) return Note(got < 0 && errno == EAGAIN);
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
        step = std::min(kAnswerHeadBytes - head_size_, bytes.size());
        std::copy_n(bytes.data(), step, answer_head_.data() + head_size_);
        head_size_ += step;
        if (head_size_ == kAnswerHeadBytes) BeginBody();
      }
      bytes = bytes.subspan(step);
    }
  }

  void BeginBody() {
    head_size_ = 0;
    const auto size = LoadBig<uint32_t>(answer_head_.data());
    const auto id = LoadBig<int32_t>(answer_head_.data() + kAnswerCorrelationAt);
    (void)Note(id == static_cast<int32_t>(received_) && size > sizeof(id));
    body_left_ = size - sizeof(id);
  }

  void Skip(size_t bytes) {
    body_left_ -= bytes;
    if (body_left_ > 0) return;
    ++received_;
    if (latency_ != nullptr) latency_->Add(static_cast<int64_t>((NowSeconds() - sent_at_) * 1e9));
  }

  // Always false.
  bool Note(bool fine) {
    broken_ |= !fine;
    return false;
  }

  net::UniqueFd fd_;
  const std::span<const std::string> frames_;
  const int64_t requests_;
  const int64_t window_;
  Histogram* const latency_;
  int64_t sent_ = 0;
  int64_t received_ = 0;
  size_t sent_of_frame_ = 0;  // of request sent_
  double sent_at_ = 0;
  std::array<std::array<char, kRequestHeadBytes>, kFramesPerSend> heads_;
  std::array<char, kAnswerHeadBytes> answer_head_;
  size_t head_size_ = 0;
  size_t body_left_ = 0;
  int64_t answer_bytes_ = 0;
  bool broken_ = false;
  std::array<char, kReadBytes> buffer_;
};

// Runs out when nothing has moved for too long.
class Patience {
 public:
  bool HasRunOut(bool moved) {
    if (moved) idle_rounds_ = 0;
    if (moved || ++idle_rounds_ % kRoundsPerLook != 0) return false;
    const double now = NowSeconds();
    if (idle_rounds_ == kRoundsPerLook) idle_since_ = now;
    return now - idle_since_ > kPatienceSeconds;
  }

 private:
  static constexpr int64_t kRoundsPerLook = 4096;
  int64_t idle_rounds_ = 0;
  double idle_since_ = 0;
};

}  // namespace

Result<LoadResult> RunLoad(uint16_t port, const LoadPlan& plan) {
  CHECK(plan.requests % plan.connections == 0);
  std::vector<std::unique_ptr<LoadConnection>> connections;
  for (int i = 0; i < plan.connections; ++i)
    connections.push_back(std::make_unique<LoadConnection>(port, plan));
  const double start = NowSeconds();
  Patience patience;
  for (bool all_done = false; !all_done;) {
    bool moved = false;
    all_done = true;
    for (const auto& connection : connections) {
      if (!connection->done()) moved |= connection->Step();
      if (connection->broken()) return Retriable("a connection broke, or an answer was unexpected");
      all_done &= connection->done();
    }
    if (!moved) GiveWay();
    if (patience.HasRunOut(moved)) return Retriable("no answer for 20 s");
  }
  LoadResult result;
  result.seconds = NowSeconds() - start;
  for (const auto& connection : connections) result.answer_bytes += connection->answer_bytes();
  return result;
}

}  // namespace odradek::bench
