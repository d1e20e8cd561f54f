// Workers that do nothing until a test says so, in order. Not thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <utility>

#include "base/env/workers.h"

namespace odradek {

class HeldWorkers final : public Workers {
 public:
  void Post(Lane, Task task) override { posted_.push_back(std::move(task)); }

  // False if there is nothing to run.
  bool RunOne() {
    if (posted_.empty()) return false;
    Task task = std::move(posted_.front());
    posted_.pop_front();
    task();
    return true;
  }
  void RunAll() {
    while (RunOne()) {
    }
  }
  size_t size() const { return posted_.size(); }
  // As if the process had ended.
  void DropAll() { posted_.clear(); }

 private:
  std::deque<Task> posted_;
};

}  // namespace odradek
