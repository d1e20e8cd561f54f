// Gather: collects the answers to several calls, which may come on different threads, and goes on
// with all of them, in the order of the calls, when the last one is there.
#pragma once

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "base/unique_function.h"

namespace odradek::api {

template <class Answer>
class Gather : public std::enable_shared_from_this<Gather<Answer>> {
 public:
  using Done = UniqueFunction<void(std::vector<Answer>&)>;

  static std::shared_ptr<Gather> Start(size_t count, Done done) {
    auto gather = std::make_shared<Gather>(count, std::move(done));
    if (count == 0) gather->done_(gather->answers_);
    return gather;
  }
  Gather(size_t count, Done done) : answers_(count), left_(count), done_(std::move(done)) {}

  // The callback of the call with this index. To be asked for once.
  UniqueFunction<void(Answer)> Slot(size_t index) {
    return [self = this->shared_from_this(), index](Answer answer) {
      self->answers_[index] = std::move(answer);
      if (self->left_.fetch_sub(1, std::memory_order_acq_rel) == 1) self->done_(self->answers_);
    };
  }

 private:
  std::vector<Answer> answers_;
  std::atomic<size_t> left_;
  Done done_;
};

}  // namespace odradek::api
