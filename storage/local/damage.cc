#include "storage/local/damage.h"

#include <fmt/format.h>

namespace odradek::storage {
namespace {

// Names of files and our own words: only what would break the line is escaped.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      quoted.append(1, '\\').append(1, c);
    else if (static_cast<unsigned char>(c) < 0x20)
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      quoted += c;
  }
  return quoted + '"';
}

std::string_view NameOf(DamageReport::AckedLoss loss) {
  switch (loss) {
    case DamageReport::AckedLoss::kNo:
      return "no";
    case DamageReport::AckedLoss::kYes:
      return "yes";
    case DamageReport::AckedLoss::kUnknown:
      break;
  }
  return "unknown";
}

}  // namespace

std::string DamageReport::ToJson() const {
  return fmt::format(
      R"({{"file":{},"from_byte":{},"to_byte":{},"from_offset":{},"to_offset":{},"reason":{},)"
      R"("kept_aside":{},"effect":{},"acked_loss":"{}"}})",
      Quoted(file), from_byte, to_byte, from_offset, to_offset, Quoted(reason), Quoted(kept_aside),
      Quoted(effect), NameOf(acked_loss));
}

}  // namespace odradek::storage
