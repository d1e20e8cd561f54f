// A sink whose frames say what is to be done with them by their first letter:
//   E  answer with the same bytes             F  ... from a file (a copy of the frame's bytes)
//   P  keep the exchange until ReleaseParked  T  answer from another thread
//   N  no answer                              A  abort
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/endian.h"
#include "base/mutex.h"
#include "protocol/wire/frame_sink.h"

namespace odradek::net {

class ScriptedSink final : public wire::FrameSink {
 public:
  ~ScriptedSink() override { JoinThreads(); }

  void OnFrame(Ref<wire::Exchange> exchange) override {
    const char what = exchange->frame()[0];
    {
      MutexLock lock(mutex_);
      const std::span<char> frame = exchange->frame();
      started_.emplace_back(frame.data(), std::min<size_t>(frame.size(), 64));
      if (what == 'P') parked_.push_back(std::move(exchange));
      changed_.NotifyAll();
    }
    switch (what) {
      case 'P':
        return;
      case 'E':
        return Echo(*exchange);
      case 'F':
        return EchoFromFile(*exchange);
      case 'N':
        return exchange->SendNothing();
      case 'A':
        return exchange->Abort("told to");
      case 'T': {
        MutexLock lock(mutex_);
        threads_.emplace_back([exchange = std::move(exchange)] { Echo(*exchange); });
        return;
      }
      default:
        UNREACHABLE();
    }
  }

  void OnClosed(const wire::ConnectionInfo&) override {
    MutexLock lock(mutex_);
    ++closed_;
    changed_.NotifyAll();
  }

  // Answers what is parked, the last one first.
  void ReleaseParked() {
    for (auto& exchange : TakeParked()) Echo(*exchange);
  }
  std::vector<Ref<wire::Exchange>> TakeParked() {
    MutexLock lock(mutex_);
    std::vector<Ref<wire::Exchange>> parked(std::make_move_iterator(parked_.rbegin()),
                                            std::make_move_iterator(parked_.rend()));
    parked_.clear();
    return parked;
  }
  void WaitForStarted(size_t count) {
    MutexLock lock(mutex_);
    while (started_.size() < count) changed_.Wait(mutex_);
  }
  void WaitForClosed(int count) {
    MutexLock lock(mutex_);
    while (closed_ < count) changed_.Wait(mutex_);
  }
  std::vector<std::string> started() {
    MutexLock lock(mutex_);
    return started_;
  }
  void JoinThreads() {
    std::vector<std::thread> threads;
    {
      MutexLock lock(mutex_);
      threads.swap(threads_);
    }
    for (std::thread& thread : threads) thread.join();
  }

  static void Echo(wire::Exchange& exchange) {
    char* prefix = exchange.arena().NewArray<char>(4);
    StoreBig(prefix, static_cast<int32_t>(exchange.frame().size()));
    ByteChain answer;
    answer.Append(Slice::Memory({prefix, 4}, {}));
    answer.Append(
        Slice::Memory({exchange.frame().data(), exchange.frame().size()}, exchange.frame_owner()));
    exchange.Send(std::move(answer));
  }

 private:
  class MemoryFile final : public RefCounted {
   public:
    MemoryFile() : fd(::memfd_create("answer", MFD_CLOEXEC)) { CHECK(fd >= 0); }
    const int fd;

   private:
    ~MemoryFile() override { ::close(fd); }
  };

  static void EchoFromFile(wire::Exchange& exchange) {
    auto file = Ref<MemoryFile>::Adopt(new MemoryFile());
    const std::span<char> frame = exchange.frame();
    CHECK_EQ(::write(file->fd, frame.data(), frame.size()), static_cast<ssize_t>(frame.size()));
    char* prefix = exchange.arena().NewArray<char>(4);
    StoreBig(prefix, static_cast<int32_t>(frame.size()));
    // Two ranges, so that a file follows memory and another file.
    const size_t half = frame.size() / 2;
    ByteChain answer;
    answer.Append(Slice::Memory({prefix, 4}, {}));
    answer.Append(Slice::File(file->fd, 0, half, file));
    answer.Append(Slice::File(file->fd, static_cast<int64_t>(half), frame.size() - half, file));
    exchange.Send(std::move(answer));
  }

  Mutex mutex_;
  Condition changed_;
  std::vector<Ref<wire::Exchange>> parked_ GUARDED_BY(mutex_);
  std::vector<std::string> started_ GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ GUARDED_BY(mutex_);
  int closed_ GUARDED_BY(mutex_) = 0;
};

}  // namespace odradek::net
