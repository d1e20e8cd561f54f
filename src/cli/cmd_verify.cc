// verify: reads all of a data directory that nobody serves and says what is wrong with it.
#include <cinttypes>
#include <cstdio>

#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "inspect/verify.h"

namespace odradek::cli {
namespace {

constexpr const char* kLockName = ".lock";

}  // namespace

int Verify(const std::string& directory, bool json) {
  const std::unique_ptr<Files> files = MakePosixFiles(directory);
  std::unique_ptr<DirLock> lock;
  // Where no broker of ours has been there is nothing to lock, and nothing is to be made.
  if (files->Exists(kLockName)) {
    Result<std::unique_ptr<DirLock>> locked = files->Lock("");
    if (!locked.ok()) return Report(locked.status().Annotate("cannot lock " + directory));
    lock = std::move(locked).value();
  }
  inspect::Report report(
      json ? inspect::Form::kJson : inspect::Form::kText,
      [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); });
  inspect::Findings findings(report);
  const Result<inspect::VerifyTotals> totals = inspect::Verify(*files, findings);
  if (!totals.ok()) return Report(totals.status());
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
