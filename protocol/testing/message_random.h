// MessageRandom: the values that generated Randomize() functions fill messages with.
//
// The same seed gives the same message. Owner: the test; what it hands out lives in its arena.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "base/env/random.h"
#include "base/uuid.h"
#include "protocol/errors.h"
#include "protocol/wire/record_set.h"
#include "protocol/wire/tagged_fields.h"

namespace odradek {

class MessageRandom {
 public:
  enum class Shape {
    kFilled,     // every field set, lists of one or two, nothing null
    kNullHeavy,  // null wherever a version allows it, lists otherwise short
    kMixed,      // anything, also empty lists and extreme numbers
  };

  MessageRandom(Random& random, Shape shape) : random_(random), shape_(shape) {}

  odradek::Arena& arena() { return arena_; }

  bool Bool() { return shape_ == Shape::kFilled || Chance(2); }
  int8_t Int8() { return Number<int8_t>(); }
  int16_t Int16() { return Number<int16_t>(); }
  uint16_t Uint16() { return Number<uint16_t>(); }
  int32_t Int32() { return Number<int32_t>(); }
  uint32_t Uint32() { return Number<uint32_t>(); }
  int64_t Int64() { return Number<int64_t>(); }
  double Float64() { return static_cast<double>(Int32()) / 4; }
  ErrorCode Error() { return static_cast<ErrorCode>(static_cast<int16_t>(random_.Below(138)) - 1); }
  odradek::Uuid Uuid() { return random_.NewUuid(); }
  std::string_view String();
  std::string_view Bytes();
  RecordSet Records(bool nullable);
  TaggedFields UnknownTags(uint32_t first_free_tag);

  // Whether something that may be null shall be.
  bool PickNull();
  template <class T>
  std::optional<T> Nullable(T value, bool nullable) {
    return nullable && PickNull() ? std::nullopt : std::optional<T>(value);
  }
  template <class T>
  Array<T> NewArray(bool nullable) {
    if (nullable && PickNull()) return Array<T>::Null();
    return Array<T>::Make(arena_, Count());
  }

 private:
  bool Chance(uint64_t one_in) { return random_.Below(one_in) == 0; }
  size_t Count();

  // Often at the ends of the range, where sign and width go wrong.
  template <class T>
  T Number() {
    if (shape_ == Shape::kMixed && Chance(4)) {
      return Chance(2) ? std::numeric_limits<T>::max() : std::numeric_limits<T>::min();
    }
    return static_cast<T>(random_.Next());
  }

  Random& random_;
  const Shape shape_;
  odradek::Arena arena_;
};

}  // namespace odradek
