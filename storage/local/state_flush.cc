// What puts a log's state on the device, and takes it back to what the device has.
#include <utility>

#include "base/log.h"
#include "storage/local/file_names.h"
#include "storage/local/log_state.h"

namespace odradek::storage {

Status FlushPlan::SyncFiles() const {
  for (const Ref<odradek::File>& file : files) RETURN_IF_ERROR(file->Sync());
  return Status();
}

Status FlushPlan::Sync(Files& where) const {
  RETURN_IF_ERROR(SyncFiles());
  for (const std::string& directory : directories) RETURN_IF_ERROR(where.SyncDir(directory));
  return Status();
}

Result<FlushPlan> LogState::PlanFlush() {
  FlushPlan plan;
  plan.reached = active().Summarize();
  plan.number = ++planned;
  plan.appended_bytes = appended_bytes;
  for (size_t i = IndexOf(synced.base_offset); i < segments.size(); ++i) {
    const bool known = segments[i]->base_offset() == synced.base_offset;
    if (known && segments[i]->size_bytes() == synced.size_bytes) continue;
    ASSIGN_OR_RETURN(Ref<odradek::File> file, segments[i]->Open(OpenMode::kReadWrite));
    plan.files.push_back(std::move(file));
  }
  plan.names_version = names_version;
  if (names_version == names_synced) return plan;
  if (names_synced == 0 && synced.size_bytes == 0) RETURN_IF_ERROR(AddFirstFiles(&plan));
  // Every directory on the way down may be new.
  for (std::string at = directory; !at.empty(); at = ParentOf(at)) {
    plan.directories.push_back(at);
  }
  plan.directories.emplace_back();
  return plan;
}

// What MakeFiles() has written in place: here, or in a process or a state that ended before a
// flush.
Status LogState::AddFirstFiles(FlushPlan* plan) {
  for (const std::string_view name : {kPartitionMetadataName, kCheckpointName}) {
    if (name == kCheckpointName && !context.is_power_safe()) continue;  // replaced by each roll
    Result<Ref<odradek::File>> file =
        context.files().Open(JoinPath(directory, name), OpenMode::kReadWrite);
    if (file.ok()) plan->files.push_back(std::move(*file));
    if (!file.ok() && file.status().code() != StatusCode::kNotFound) return file.status();
  }
  return Status();
}

void LogState::TakeIn(const FlushPlan& plan) {
  if (plan.number < taken_in) return;  // what it reached may be gone by now
  taken_in = plan.number;
  bytes_since_checkpoint += plan.appended_bytes - flushed_bytes;
  flushed_bytes = plan.appended_bytes;
  unflushed_from = plan.reached.next_offset;
  names_synced = plan.names_version;
  if (plan.reached.base_offset < segments.front()->base_offset()) return;  // dropped meanwhile
  const bool is_first_of_file = plan.reached.base_offset != synced.base_offset ||
                                (synced.size_bytes == 0 && plan.reached.size_bytes > 0);
  if (is_first_of_file) ++checkpoint_version;
  synced = plan.reached;
}

Status LogState::SyncAll() {
  ASSIGN_OR_RETURN(const FlushPlan plan, PlanFlush());
  RETURN_IF_ERROR(plan.Sync(context.files()));
  TakeIn(plan);
  return Status();
}

Status LogState::CutToDurablePoint() {
  // Another segment that begins there must not be judged by what a footer tells of the old one.
  const auto remove = [&](const Segment& segment) {
    const Status removed = context.files().Remove(segment.PathOf(kFooterSuffix));
    if (!removed.ok() && removed.code() != StatusCode::kNotFound) return removed;
    return context.files().Remove(segment.PathOf(kLogSuffix));
  };
  for (size_t i = segments.size(); i-- > 0 && segments[i]->base_offset() > synced.base_offset;) {
    segments[i]->CloseFile();
    RETURN_IF_ERROR(remove(*segments[i]));
  }
  Segment& last = *segments[IndexOf(synced.base_offset)];
  last.CloseFile();
  const std::string path = last.PathOf(kLogSuffix);
  if (synced.size_bytes == 0) {
    // Another file under the name: the old one has lost writes and may say so only once.
    RETURN_IF_ERROR(remove(last));
    return context.files().Open(path, OpenMode::kCreateNew).status();
  }
  ASSIGN_OR_RETURN(const Ref<odradek::File> file, context.files().Open(path, OpenMode::kReadWrite));
  return file->Truncate(synced.size_bytes);
}

}  // namespace odradek::storage
