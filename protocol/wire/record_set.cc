#include "protocol/wire/record_set.h"

#include <string>

namespace odradek {
namespace {

bool Flatten(const RecordSet& set, std::string* out) {
  out->assign(set.memory());
  for (const Slice& slice : set.slices()) {
    if (slice.is_file()) return false;
    out->append(slice.view());
  }
  return true;
}

}  // namespace

bool operator==(const RecordSet& a, const RecordSet& b) {
  if (a.is_null() != b.is_null() || a.size() != b.size()) return false;
  std::string left;
  std::string right;
  return Flatten(a, &left) && Flatten(b, &right) && left == right;
}

}  // namespace odradek
