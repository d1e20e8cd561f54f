// Reading: ranges of segment files, cut at batch boundaries.
#include <fmt/format.h>

#include <algorithm>

#include "storage/local/local_log.h"

namespace odradek::storage {
namespace {

// Of one segment in one read, however much is asked for.
constexpr size_t kVerifyBytesMax = 64 << 20;

}  // namespace

Status LocalLog::Read(const ReadRequest& request, ReadResult* out) {
  out->next_offset = request.offset;
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(Load());
  LogState& state = *state_;
  const int64_t end = state.end();
  if (request.offset < state.start || request.offset > end) {
    return NotFound(fmt::format("offset {} is outside of [{}, {}] in {}-{}", request.offset,
                                state.start, end, *topic_, partition_));
  }
  const int64_t limit = std::min(request.offset_limit, end);
  const size_t base = out->data.size();
  for (size_t i = state.IndexOf(request.offset); i < state.segments.size(); ++i) {
    Segment& segment = *state.segments[i];
    if (out->next_offset >= limit || segment.base_offset() >= limit) break;
    // Compaction may have left nothing of it.
    const bool is_empty = segment.size_bytes() == 0 && segment.damage().empty();
    if (segment.next_offset() <= out->next_offset || is_empty) continue;
    const size_t before = out->data.size();
    RETURN_IF_ERROR(ReadSegment(segment, request, limit, base, out));
    if (out->data.size() == before || out->next_offset < segment.next_offset()) break;
  }
  if (request.want_aborted && out->data.size() > base) {
    state.aborted.Collect(request.offset, out->next_offset, &out->aborted);
  }
  return Status();
}

// Bytes that do not check out are not served: the records before them are, then comes an error.
Status LocalLog::ReadSegment(Segment& segment, const ReadRequest& request, int64_t limit,
                             size_t base, ReadResult* out) {
  RETURN_IF_ERROR(state_->LoadIndex(segment));
  if (!segment.IsVerified(0, segment.size_bytes())) {
    // The batch may stand anywhere between these two, or at the second one.
    const int64_t floor = segment.FloorPosition(out->next_offset);
    const int64_t ceiling = segment.CeilingPosition(out->next_offset);
    const size_t bytes = std::clamp<size_t>(request.max_bytes, 1, kVerifyBytesMax);
    RETURN_IF_ERROR(state_->Verify(segment, floor, ceiling + static_cast<int64_t>(bytes)));
  }
  const DamagedRange* const damage = segment.DamageFrom(out->next_offset);
  const bool in_damage = damage != nullptr && damage->from_offset <= out->next_offset;
  const Boundary behind_damage{0, damage != nullptr ? damage->to_offset : 0, 0, 0};
  Result<Boundary> first = in_damage ? behind_damage : segment.FindOffset(out->next_offset);
  // Nothing but damage is left of the segment, and a gap is before it.
  if (damage != nullptr && first.status().code() == StatusCode::kCorrupt) first = behind_damage;
  if (!first.ok()) return first.status();
  if (damage != nullptr && first->offset >= damage->to_offset) {
    if (out->data.size() > base || damage->from_offset >= limit) return Status();
    out->next_offset = damage->to_offset;
    return Corrupt(fmt::format("offsets [{}, {}) of {}-{} are damaged", damage->from_offset,
                               damage->to_offset, *topic_, partition_));
  }
  if (first->offset >= limit) return Status();
  const Result<Boundary> bound = segment.FindLimit(limit);
  if (!bound.ok()) return bound.status();
  Boundary until = *bound;
  const size_t used = out->data.size() - base;
  const int64_t room = static_cast<int64_t>(request.max_bytes - std::min(request.max_bytes, used));
  if (until.position - first->position > room) {
    if (first->size > room) {
      if (!request.at_least_one || used > 0) return Status();
      // The first batch alone, whatever its size.
      until = {first->position + first->size, first->next, 0, first->next};
    } else {
      const Result<Boundary> cut = segment.FindBoundaryBefore(first->position + room, *first);
      if (!cut.ok()) return cut.status();
      until = *cut;
    }
  }
  if (damage != nullptr && until.position >= damage->from_position)
    until = {damage->from_position, damage->from_offset, 0, damage->from_offset};
  Result<Ref<odradek::File>> file = segment.Open(OpenMode::kReadWrite);
  if (!file.ok()) return file.status();
  const int fd = (*file)->fd();
  out->data.Append(
      Slice::File(fd, first->position, static_cast<size_t>(until.position - first->position),
                  Ref<const RefCounted>(Ref<const odradek::File>::Share(file->get()))));
  out->next_offset = until.offset;
  return Status();
}

}  // namespace odradek::storage
