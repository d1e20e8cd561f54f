#include "tests/bench/bare_server.h"

#include <sys/sendfile.h>
#include <sys/socket.h>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/endian.h"
#include "tests/bench/cores.h"
#include "tests/bench/request_frames.h"
#include "tests/bench/sockets.h"

namespace odradek::bench {
namespace {

constexpr size_t kPrefixBytes = 4;
constexpr size_t kProduceAnswerBytes = 60;
constexpr size_t kFetchHeaderBytes = 80;

void AppendAnswer(std::string* to, std::span<const char> request, size_t bytes, size_t announced) {
  const size_t at = to->size();
  to->append(kPrefixBytes + bytes, '\0');
  StoreBig(to->data() + at, static_cast<uint32_t>(announced));
  std::copy_n(request.data() + kRequestCorrelationAt, sizeof(int32_t),
              to->data() + at + kAnswerCorrelationAt);
}

// Small answers, sent when the connection's input is used up.
class Echoing : public Answering {
 public:
  void Request(int, std::span<const char> frame) override {
    AppendAnswer(&answers_, frame, kProduceAnswerBytes, kProduceAnswerBytes);
  }
  void EndOfInput(int fd) override {
    SendAll(fd, answers_, 0);
    answers_.clear();
  }

 private:
  std::string answers_;
};

// Syncs a file again and again while there is something new in it.
class Syncing {
 public:
  explicit Syncing(File& file) : thread_([this, &file] { Run(file); }) {}
  void Wake() {
    wanted_.fetch_add(1, std::memory_order_relaxed);
    wanted_.notify_one();
  }
  // The processor time that it has used.
  double End() {
    is_over_ = true;
    Wake();
    thread_.join();
    return cpu_seconds_;
  }

 private:
  void Run(File& file) {
    PinThisThread(kServerCore, "bare sync");
    for (int64_t done = 0; !is_over_;) {
      wanted_.wait(done);
      done = wanted_;
      CHECK(file.Sync().ok());
    }
    cpu_seconds_ = CpuSecondsOf(pthread_self());
  }

  std::atomic<int64_t> wanted_{0};
  std::atomic<bool> is_over_{false};
  double cpu_seconds_ = 0;
  std::thread thread_;
};

class Writing : public Answering {
 public:
  Writing(Ref<File> file, size_t payload_bytes, BareServer::Sync sync)
      : file_(std::move(file)), payload_bytes_(payload_bytes), sync_(sync) {
    if (sync == BareServer::Sync::kBeside) syncing_ = std::make_unique<Syncing>(*file_);
  }
  // The sums are used, so that no compiler drops them.
  ~Writing() override { CHECK(seen_ != 1); }

  void Request(int fd, std::span<const char> frame) override {
    const std::span<const char> payload = frame.last(payload_bytes_);
    const std::string_view bytes(payload.data(), payload.size());
    seen_ ^= Crc32c(bytes);
    CHECK(file_->WriteAt(offset_, bytes).ok());
    offset_ += static_cast<int64_t>(bytes.size());
    if (sync_ == BareServer::Sync::kBeforeAnswer) {
      waiting_.emplace_back(fd, std::string());
      AppendAnswer(&waiting_.back().second, frame, kProduceAnswerBytes, kProduceAnswerBytes);
    } else {
      echo_.Request(fd, frame);
    }
  }
  void EndOfInput(int fd) override { echo_.EndOfInput(fd); }
  void EndOfRound() override {
    if (syncing_ != nullptr) syncing_->Wake();
    if (waiting_.empty()) return;
    CHECK(file_->Sync().ok());
    for (const auto& [fd, answer] : waiting_) SendAll(fd, answer, 0);
    waiting_.clear();
  }
  double End() override { return syncing_ == nullptr ? 0 : syncing_->End(); }

 private:
  const Ref<File> file_;
  const size_t payload_bytes_;
  const BareServer::Sync sync_;
  std::unique_ptr<Syncing> syncing_;
  Echoing echo_;
  std::vector<std::pair<int, std::string>> waiting_;
  int64_t offset_ = 0;
  uint32_t seen_ = 0;
};

class Sending : public Answering {
 public:
  Sending(Ref<File> file, size_t payload_bytes, int64_t payloads)
      : file_(std::move(file)), payload_bytes_(payload_bytes), payloads_(payloads) {}

  void Request(int fd, std::span<const char> frame) override {
    header_.clear();
    AppendAnswer(&header_, frame, kFetchHeaderBytes, kFetchHeaderBytes + payload_bytes_);
    SendAll(fd, header_, MSG_MORE);
    auto at = static_cast<off_t>(next_ * static_cast<int64_t>(payload_bytes_));
    for (size_t left = payload_bytes_; left > 0;) {
      const ssize_t sent = ::sendfile(fd, file_->fd(), &at, left);
      CHECK(sent > 0);
      left -= static_cast<size_t>(sent);
    }
    next_ = (next_ + 1) % payloads_;
  }
  void EndOfInput(int) override {}

 private:
  const Ref<File> file_;
  const size_t payload_bytes_;
  const int64_t payloads_;
  int64_t next_ = 0;
  std::string header_;
};

}  // namespace

BareServer::BareServer(std::unique_ptr<Answering> answering)
    : cpu_seconds_(std::make_unique<double>(0)) {
  net::UniqueFd listener = Listen(&port_);
  thread_ = std::thread([listener = std::move(listener), answering = std::move(answering),
                         used = cpu_seconds_.get()] {
    PinThisThread(kServerCore, "bare");
    ServeUntilClosed(listener, *answering);
    *used = CpuSecondsOf(pthread_self()) + answering->End();
  });
}

BareServer::~BareServer() {
  if (thread_.joinable()) thread_.join();
}

double BareServer::Join() {
  thread_.join();
  return *cpu_seconds_;
}

BareServer BareServer::Echo() { return BareServer(std::make_unique<Echoing>()); }

BareServer BareServer::Produce(Ref<File> file, size_t payload_bytes, Sync sync) {
  return BareServer(std::make_unique<Writing>(std::move(file), payload_bytes, sync));
}

BareServer BareServer::Fetch(Ref<File> file, size_t payload_bytes, int64_t payloads) {
  return BareServer(std::make_unique<Sending>(std::move(file), payload_bytes, payloads));
}

}  // namespace odradek::bench
