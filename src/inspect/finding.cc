#include "inspect/finding.h"

#include "protocol/print/printer.h"

namespace odradek::inspect {
namespace {

std::string_view NameOf(AckedLoss loss) {
  switch (loss) {
    case AckedLoss::kNo:
      return "no";
    case AckedLoss::kYes:
      return "yes";
    case AckedLoss::kUnknown:
      break;
  }
  return "unknown";
}

}  // namespace

void Findings::Add(const Finding& finding) {
  const bool is_damage = finding.severity == Severity::kDamage;
  ++(is_damage ? damage_ : harmless_);
  std::string producers;
  print::Printer printer(&producers);
  printer.BeginArray();
  for (const int64_t id : finding.producers) printer.Int(id);
  printer.EndArray();
  Row row(is_damage ? "damage" : "harmless");
  row.Text("reason", finding.reason).Text("acked_loss", NameOf(finding.acked_loss));
  if (finding.from_byte >= 0)
    row.Int("from_byte", finding.from_byte).Int("to_byte", finding.to_byte);
  if (finding.from_offset >= 0)
    row.Int("from_offset", finding.from_offset).Int("to_offset", finding.to_offset);
  if (!finding.producers.empty()) row.Json("producers_affected", producers);
  report_.PutAbout(finding.file, row);
}

}  // namespace odradek::inspect
