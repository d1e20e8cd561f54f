#include "tests/bench/bare_server.h"

#include <sys/sendfile.h>
#include <sys/socket.h>

#include <utility>
#include <vector>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/endian.h"
#include "tests/bench/cores.h"
#include "tests/bench/sockets.h"

namespace odradek::bench {
namespace {

constexpr size_t kPrefixBytes = 4;
constexpr size_t kProduceAnswerBytes = 60;
constexpr size_t kFetchHeaderBytes = 80;

// The next request without its prefix; empty when the client has closed.
std::span<char> ReceiveRequest(int fd, std::vector<char>* buffer) {
  char prefix[kPrefixBytes];
  if (!ReceiveAll(fd, prefix)) return {};
  const auto size = LoadBig<uint32_t>(prefix);
  if (buffer->size() < size) buffer->resize(size);
  CHECK(ReceiveAll(fd, {buffer->data(), size}));
  return {buffer->data(), size};
}

std::string FramedZeros(size_t bytes, size_t announced) {
  std::string frame(kPrefixBytes + bytes, '\0');
  StoreBig(frame.data(), static_cast<uint32_t>(announced));
  return frame;
}

void SendFileRange(int to, int from, int64_t offset, size_t size) {
  off_t at = offset;
  while (size > 0) {
    const ssize_t sent = ::sendfile(to, from, &at, size);
    CHECK(sent > 0);
    size -= static_cast<size_t>(sent);
  }
}

}  // namespace

BareServer::BareServer(Serve serve) : cpu_seconds_(std::make_unique<double>(0)) {
  net::UniqueFd listener = Listen(&port_);
  thread_ = std::thread([listener = std::move(listener), serve = std::move(serve),
                         used = cpu_seconds_.get()]() mutable {
    PinThisThread(kServerCore, "bare");
    const net::UniqueFd client = Accept(listener);
    serve(client.get());
    *used = CpuSecondsOf(pthread_self());
  });
}

BareServer::~BareServer() {
  if (thread_.joinable()) thread_.join();
}

double BareServer::Join() {
  thread_.join();
  return *cpu_seconds_;
}

BareServer BareServer::Produce(Ref<File> file, size_t payload_bytes) {
  return BareServer([file = std::move(file), payload_bytes](int fd) {
    std::vector<char> buffer;
    const std::string answer = FramedZeros(kProduceAnswerBytes, kProduceAnswerBytes);
    int64_t offset = 0;
    uint32_t seen = 0;
    for (;;) {
      const std::span<char> request = ReceiveRequest(fd, &buffer);
      if (request.empty()) break;
      const std::span<char> payload = request.last(payload_bytes);
      const std::string_view bytes(payload.data(), payload.size());
      seen ^= Crc32c(bytes);
      CHECK(file->WriteAt(offset, bytes).ok());
      offset += static_cast<int64_t>(bytes.size());
      SendAll(fd, answer, 0);
    }
    CHECK(seen != 1);  // the sum is used, so that no compiler drops it
  });
}

BareServer BareServer::Fetch(Ref<File> file, size_t payload_bytes, int64_t payloads) {
  return BareServer([file = std::move(file), payload_bytes, payloads](int fd) {
    std::vector<char> buffer;
    const std::string header = FramedZeros(kFetchHeaderBytes, kFetchHeaderBytes + payload_bytes);
    for (int64_t next = 0; !ReceiveRequest(fd, &buffer).empty(); next = (next + 1) % payloads) {
      SendAll(fd, header, MSG_MORE);
      SendFileRange(fd, file->fd(), next * static_cast<int64_t>(payload_bytes), payload_bytes);
    }
  });
}

}  // namespace odradek::bench
