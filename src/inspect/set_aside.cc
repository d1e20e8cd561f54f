// What starts have set aside, and what their reports say of it.
#include <string>
#include <string_view>

#include "base/text.h"
#include "inspect/verify.h"
#include "storage/local/damage.h"
#include "storage/local/file_names.h"

namespace odradek::inspect {
namespace {

// A line is what DamageReport::ToJson makes: quotes within a value stand behind a backslash.
AckedLoss LossIn(std::string_view line) {
  if (line.ends_with(R"("acked_loss":"no"})")) return AckedLoss::kNo;
  return line.ends_with(R"("acked_loss":"yes"})") ? AckedLoss::kYes : AckedLoss::kUnknown;
}

}  // namespace

void TellOfSetAside(Files& files, const std::string& path, Findings& findings) {
  Finding finding{.file = path, .acked_loss = AckedLoss::kUnknown, .reason = {}};
  const Result<std::string> reports = files.ReadAll(std::string(storage::kDamageReportsName));
  std::string_view rest = reports.ok() ? std::string_view(*reports) : std::string_view();
  // The names of a data directory hold nothing that has to be escaped.
  const std::string mention = R"("kept_aside":")" + path + R"(",)";
  while (!rest.empty()) {
    const std::string_view line = NextLine(&rest);
    if (line.find(mention) != std::string_view::npos) finding.acked_loss = LossIn(line);
  }
  if (finding.acked_loss == AckedLoss::kNo) {
    finding.reason = "a start has set it aside; no acknowledged record is in it";
  } else {
    finding.severity = Severity::kDamage;
    // Who removes a folder that was renamed by mistake removes the partition.
    const bool is_stray =
        storage::BaseName(path).find(storage::kStrayMark) != std::string_view::npos;
    finding.reason = "a start has set it aside, and it may hold acknowledged records: ";
    if (is_stray)
      finding.reason += "if somebody has renamed it, give it its right name back; else ";
    finding.reason += "look at it with dump-log, then move it away or remove it";
  }
  findings.Add(finding);
}

}  // namespace odradek::inspect
