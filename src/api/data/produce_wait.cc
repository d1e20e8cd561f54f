#include "api/data/produce_wait.h"

#include <utility>

namespace odradek::api {

// Lives from the first Add that must wait until the answer is given. Counts: one per waiter that
// has not passed, and one for Start itself, so that passing early cannot end it half built.
class ProduceWait::Pending {
 public:
  class Waiter final : public broker::PartitionWaiter {
   public:
    Waiter(Pending& pending, broker::PartitionRef partition, const storage::AppendResult& appended,
           ErrorCode* error)
        : pending_(pending),
          partition_(std::move(partition)),
          end_offset_(appended.last_offset + 1),
          load_(appended.load),
          error_(error) {}

    void OnAdvance(const storage::LogOffsets& now, size_t) override {
      if (now.durable_end >= end_offset_) Pass(State::kDurable);
      // The log fell back: what was reserved is gone.
      else if (now.end < end_offset_)
        Pass(State::kLost);
    }
    void OnClosed() override { Pass(State::kLost); }

    void Register() {
      if (!partition_->AddWaiter(*this)) return Pass(State::kLost);
      const storage::LogOffsets now = partition_->log().offsets();
      // Nobody told us when it fell back: others may have these offsets by now.
      if (now.load != load_) return Pass(State::kLost);
      OnAdvance(now, 0);
    }
    void Settle() {
      partition_->RemoveWaiter(*this);
      switch (state_.load(std::memory_order_acquire)) {
        case State::kDurable:
          return;
        case State::kWaiting:
          *error_ = ErrorCode::kRequestTimedOut;
          return;
        case State::kLost:
          *error_ = ErrorCode::kNotLeaderOrFollower;
          return;
      }
    }

   private:
    enum class State : unsigned char { kWaiting, kDurable, kLost };

    void Pass(State to) {
      State expected = State::kWaiting;
      if (state_.compare_exchange_strong(expected, to, std::memory_order_acq_rel))
        pending_.CountDown();
    }

    Pending& pending_;
    const broker::PartitionRef partition_;
    const int64_t end_offset_;
    const int64_t load_;
    ErrorCode* const error_;
    std::atomic<State> state_{State::kWaiting};
  };

  explicit Pending(Scheduler& scheduler) : scheduler_(scheduler) {}

  void Add(const broker::PartitionRef& partition, const storage::AppendResult& appended,
           ErrorCode* error) {
    waiters_.push_back(std::make_unique<Waiter>(*this, partition, appended, error));
  }

  void Start(Millis timeout_ms, Done done) {
    done_ = std::move(done);
    left_.store(waiters_.size() + 1, std::memory_order_release);
    for (const auto& waiter : waiters_) waiter->Register();
    timer_ = scheduler_.After(timeout_ms, [this] {
      timer_ = Scheduler::kNoTimer;
      PostFinish();
    });
    CountDown();
  }

 private:
  void CountDown() {
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) PostFinish();
  }
  void PostFinish() {
    if (!finishing_.exchange(true, std::memory_order_acq_rel))
      scheduler_.Post([this] { Finish(); });
  }
  void Finish() {
    if (timer_ != Scheduler::kNoTimer) scheduler_.Cancel(timer_);
    for (const auto& waiter : waiters_) waiter->Settle();
    Done done = std::move(done_);
    delete this;
    done();
  }

  Scheduler& scheduler_;
  std::vector<std::unique_ptr<Waiter>> waiters_;
  std::atomic<size_t> left_{0};
  std::atomic<bool> finishing_{false};
  Scheduler::TimerId timer_ = Scheduler::kNoTimer;
  Done done_;
};

void ProduceWait::PendingDeleter::operator()(Pending* pending) const { delete pending; }

void ProduceWait::Add(const broker::PartitionRef& partition, const storage::AppendResult& appended,
                      ErrorCode* error) {
  const storage::LogOffsets now = partition->log().offsets();
  if (now.durable_end > appended.last_offset && now.load == appended.load) return;
  if (pending_ == nullptr) pending_.reset(new Pending(scheduler_));
  pending_->Add(partition, appended, error);
}

void ProduceWait::Start(Done done) && {
  CHECK(pending_ != nullptr);
  pending_.release()->Start(timeout_ms_, std::move(done));
}

}  // namespace odradek::api
