#include "protocol/testing/message_random.h"

#include <array>

namespace odradek {
namespace {

// One to four bytes long each, and two that JSON must escape.
constexpr std::array<std::string_view, 9> kCharacters = {"a",  "Z", "7",  "-", "\"",
                                                         "\n", "ß", "中", "😀"};

}  // namespace

std::string_view MessageRandom::String() {
  std::string text;
  const size_t length =
      shape_ == MessageRandom::Shape::kMixed && Chance(4) ? 0 : 1 + random_.Below(6);
  for (size_t i = 0; i < length; ++i) text += kCharacters[random_.Below(kCharacters.size())];
  // Now and then long enough for a length of two varint bytes.
  if (shape_ == Shape::kMixed && Chance(16)) text.append(200, 'x');
  return arena_.Copy(text);
}

std::string_view MessageRandom::Bytes() {
  std::string bytes(random_.Below(8), '\0');
  for (char& byte : bytes) byte = static_cast<char>(random_.Next());
  return arena_.Copy(bytes);
}

RecordSet MessageRandom::Records(bool nullable) {
  if (nullable && PickNull()) return {};
  return RecordSet::Memory(Bytes());
}

TaggedFields MessageRandom::UnknownTags(uint32_t first_free_tag) {
  TaggedFields fields;
  if (shape_ == Shape::kNullHeavy || !Chance(3)) return fields;
  uint32_t tag = first_free_tag;
  for (size_t count = 1 + random_.Below(2); count > 0; --count) {
    tag += static_cast<uint32_t>(random_.Below(200));
    fields.Add(arena_, {tag++, Bytes()});
  }
  return fields;
}

bool MessageRandom::PickNull() {
  switch (shape_) {
    case Shape::kFilled:
      return false;
    case Shape::kNullHeavy:
      return true;
    case Shape::kMixed:
      return Chance(3);
  }
  UNREACHABLE();
}

size_t MessageRandom::Count() {
  switch (shape_) {
    case Shape::kFilled:
      return 1 + random_.Below(2);
    case Shape::kNullHeavy:
      return random_.Below(2);
    case Shape::kMixed:
      return random_.Below(3);
  }
  UNREACHABLE();
}

}  // namespace odradek
