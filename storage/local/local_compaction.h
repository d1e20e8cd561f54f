// LocalCompaction: a pass of compaction over a LocalLog: a Cleaner that works on the files while
// the log goes on, and short moments under the log's mutex in which the log takes in what it made.
//
// Owner: who started it; the log knows it weakly. Thread-safe: steps run under a mutex of its own,
// which is taken before the log's. Cancel() waits for the step that runs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "storage/compaction.h"
#include "storage/local/cleaner.h"

namespace odradek::storage {

class LocalLog;

class LocalCompaction final : public Compaction {
 public:
  // `load_number`: of the log's state that the job was made from.
  LocalCompaction(LocalLog& log, std::shared_ptr<StoreContext> context, CleanerJob job,
                  int64_t load_number);
  ~LocalCompaction() override;

  Step Run() override EXCLUDES(mutex_);
  // No step runs when it returns, and later ones touch neither log nor files.
  void Cancel() EXCLUDES(mutex_);

 private:
  Status RunStep() REQUIRES(mutex_);

  Mutex mutex_;
  LocalLog* log_ GUARDED_BY(mutex_);  // null when the pass is over
  const std::shared_ptr<StoreContext> context_;
  const std::string directory_;
  const int64_t load_number_;
  bool began_ GUARDED_BY(mutex_) = false;
  Cleaner cleaner_ GUARDED_BY(mutex_);
};

}  // namespace odradek::storage
