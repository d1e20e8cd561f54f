// verify: reads all of a data directory that nobody serves and says what is wrong with it.
#include <cinttypes>
#include <cstdio>

#include "base/env/startup.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "inspect/verify.h"

namespace odradek::cli {

int Verify(const std::string& directory, bool json) {
  if (directory.empty()) return Report(Invalid("verify: the name of the directory is empty"));
  const std::unique_ptr<Files> files = MakePosixFiles(directory);
  // Where no broker of ours has been there is nothing to lock.
  const Result<std::unique_ptr<DirLock>> lock = LockToLook(directory);
  if (!lock.ok() && lock.status().code() != StatusCode::kNotFound)
    return Report(Status(lock.status().code(), "cannot lock " + directory + ": " +
                                                   std::string(lock.status().message()) +
                                                   "; verify needs one that no broker serves"));
  inspect::Report report(
      json ? inspect::Form::kJson : inspect::Form::kText,
      [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); });
  inspect::Findings findings(report);
  const Result<inspect::VerifyTotals> totals = inspect::Verify(*files, ReadBootId(), findings);
  if (!totals.ok()) {
    const bool is_foreign = totals.status().code() == StatusCode::kInvalid;
    static_cast<void>(Report(is_foreign ? totals.status().Annotate(directory) : totals.status()));
    return kUnavailable;  // whatever the reason is: no damage was found
  }
  inspect::Row row("total");
  row.Int("partitions", totals->partitions)
      .Int("segments", totals->segments)
      .Int("batches", totals->batches)
      .Int("records", totals->records)
      .Int("bytes", totals->bytes)
      .Int("damage", findings.damage())
      .Int("harmless", findings.harmless());
  report.PutAbout(directory, row);
  if (findings.damage() > 0) return kFailure;
  return findings.harmless() > 0 ? kHarmlessFindings : kSuccess;
}

}  // namespace odradek::cli
