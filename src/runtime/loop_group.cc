#include "runtime/loop_group.h"

#include <algorithm>
#include <thread>

#include "base/check.h"

namespace odradek::runtime {

LoopGroup::LoopGroup(int count, Clock& clock) {
  CHECK(count >= 1 && count <= kLoopsMax);
  for (int i = 0; i < count; ++i) loops_.push_back(std::make_unique<Loop>(clock));
}

void LoopGroup::Run() {
  std::vector<std::thread> threads;
  for (size_t i = 1; i < loops_.size(); ++i) {
    threads.emplace_back([loop = loops_[i].get()] { loop->Run(); });
  }
  loops_[0]->Run();
  Stop();
  for (std::thread& thread : threads) thread.join();
  for (auto& loop : loops_) loop->BindToThisThread();
}

void LoopGroup::Stop() {
  for (auto& loop : loops_) loop->Stop();
}

int LoopGroup::DefaultCount(unsigned cores) {
  if (cores <= 2) return 1;
  return static_cast<int>(std::min(4U, cores / 2));
}

}  // namespace odradek::runtime
