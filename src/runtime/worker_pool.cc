#include "runtime/worker_pool.h"

#include <utility>

#include "base/check.h"

namespace odradek::runtime {

WorkerPool::~WorkerPool() {
  std::vector<std::thread> threads;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    for (Queue& queue : queues_) {
      for (std::thread& thread : queue.threads) threads.push_back(std::move(thread));
      queue.threads.clear();
      queue.wake.NotifyAll();
    }
  }
  for (std::thread& thread : threads) thread.join();
}

void WorkerPool::Post(Lane lane, Task task) {
  MutexLock lock(mutex_);
  Queue& queue = queues_[static_cast<size_t>(lane)];
  queue.tasks.push_back(std::move(task));
  if (!stopping_ && queue.tasks.size() > queue.idle_threads &&
      queue.threads.size() < ThreadsOf(lane)) {
    queue.threads.emplace_back([this, &queue] { Serve(queue); });
  }
  queue.wake.NotifyOne();
}

size_t WorkerPool::ThreadsOf(Lane lane) {
  switch (lane) {
    case Lane::kHeavy:
      return kHeavyThreads;
    case Lane::kUrgent:
      return kUrgentThreads;
    case Lane::kBackground:
      return kBackgroundThreads;
  }
  UNREACHABLE();
}

size_t WorkerPool::thread_count() const {
  MutexLock lock(mutex_);
  size_t count = 0;
  for (const Queue& queue : queues_) count += queue.threads.size();
  return count;
}

void WorkerPool::Serve(Queue& queue) {
  MutexLock lock(mutex_);
  while (true) {
    while (queue.tasks.empty() && !stopping_) {
      ++queue.idle_threads;
      queue.wake.Wait(mutex_);
      --queue.idle_threads;
    }
    if (queue.tasks.empty()) return;
    Task task = std::move(queue.tasks.front());
    queue.tasks.pop_front();
    mutex_.Unlock();
    task();
    task = nullptr;
    mutex_.Lock();
  }
}

}  // namespace odradek::runtime
