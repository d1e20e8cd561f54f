// Tagged fields that this build does not know: kept as raw bytes, so that a message can be passed
// on or printed without loss. Source: KIP-482.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/arena.h"

namespace odradek {

struct TaggedField {
  uint32_t tag = 0;
  std::string_view data;  // without the size in front

  friend bool operator==(const TaggedField&, const TaggedField&) = default;
};

using TaggedFields = Array<TaggedField>;

}  // namespace odradek
