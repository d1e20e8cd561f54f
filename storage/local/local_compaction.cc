#include "storage/local/local_compaction.h"

#include <utility>

#include "storage/local/local_log.h"

namespace odradek::storage {

LocalCompaction::LocalCompaction(LocalLog& log, std::shared_ptr<StoreContext> context,
                                 CleanerJob job, int64_t load_number)
    : log_(&log),
      context_(std::move(context)),
      directory_(job.directory),
      load_number_(load_number),
      cleaner_(*context_, std::move(job), [&log, load_number](int64_t base_offset) {
        return log.MakeSegment(load_number, base_offset);
      }) {}

LocalCompaction::~LocalCompaction() = default;

Compaction::Step LocalCompaction::Run() {
  MutexLock lock(mutex_);
  if (log_ == nullptr) return {State::kGivenUp, 0, Status()};
  Step step;
  step.status = RunStep();
  step.io_size_bytes = cleaner_.TakeIoSize();
  if (!step.status.ok()) {
    step.state = State::kGivenUp;
    cleaner_.Discard();
    if (step.status.code() == StatusCode::kRetriable) step.status = Status();  // nobody's fault
    log_->EndCompaction(load_number_, -1, step.status);
    log_ = nullptr;
  } else if (cleaner_.phase() == Cleaner::Phase::kDone) {
    step.state = State::kDone;
    log_->EndCompaction(load_number_, cleaner_.cleaned_to(), step.status);
    log_ = nullptr;
  }
  return step;
}

Status LocalCompaction::RunStep() {
  if (!std::exchange(began_, true)) return RemoveUnfinished(context_->files(), directory_);
  if (cleaner_.phase() != Cleaner::Phase::kSwapping) return cleaner_.Run();
  RETURN_IF_ERROR(log_->SwapIn(load_number_, cleaner_.cleaned()));
  cleaner_.Swapped();
  return Status();
}

void LocalCompaction::Cancel() {
  MutexLock lock(mutex_);
  log_ = nullptr;
}

}  // namespace odradek::storage
