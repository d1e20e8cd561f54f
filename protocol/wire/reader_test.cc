#include "protocol/wire/reader.h"

#include <string>

#include <gtest/gtest.h>

namespace odradek {

// Two structs in the manner of the generated ones: one that takes bytes, one that takes none.
struct OneByte {
  int8_t value = 0;
};
bool Decode(wire::Reader& reader, int16_t, OneByte* out) {
  out->value = reader.Int8();
  return reader.ok();
}
struct Nothing {
  int64_t ballast[16] = {};
};
bool Decode(wire::Reader& reader, int16_t, Nothing*) { return reader.ok(); }

namespace wire {
namespace {

std::string_view Bytes(const char* text, size_t size) { return {text, size}; }
#define BYTES(text) Bytes(text, sizeof(text) - 1)

TEST(Reader, ReadsBigEndianNumbers) {
  Arena arena;
  Reader reader(BYTES("\x01\xFF\x01\x02\xFF\xFE\x00\x00\x01\x00\xFF\xFF\xFF\xFE"
                      "\x00\x00\x00\x01\x00\x00\x00\x00\x3F\xF8\x00\x00\x00\x00\x00\x00"),
                arena);
  EXPECT_TRUE(reader.Bool());
  EXPECT_EQ(reader.Int8(), -1);
  EXPECT_EQ(reader.Int16(), 258);
  EXPECT_EQ(reader.Uint16(), 65534);
  EXPECT_EQ(reader.Int32(), 256);
  EXPECT_EQ(reader.Uint32(), 4294967294u);
  EXPECT_EQ(reader.Int64(), int64_t{1} << 32);
  EXPECT_EQ(reader.Float64(), 1.5);
  EXPECT_TRUE(reader.done());
}

TEST(Reader, StaysFailedAndGivesNothingAfterTheFirstBadByte) {
  Arena arena;
  Reader reader(BYTES("\x00\x06"
                      "abc"
                      "\x01\x02"),
                arena);
  EXPECT_EQ(reader.String(false), "");
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0u);
  EXPECT_EQ(reader.Int8(), 0);
  EXPECT_EQ(reader.Uvarint(), 0u);
  EXPECT_FALSE(reader.NullableBytes(true, true).value_or("").size() > 0);
  EXPECT_EQ(reader.NewArray<int64_t>(4).size(), 0u);
  EXPECT_FALSE(reader.done());
}

TEST(Reader, BytesLeftOverAreNotDone) {
  Arena arena;
  Reader reader(BYTES("\x01\x02"), arena);
  reader.Int8();
  EXPECT_TRUE(reader.ok());
  EXPECT_FALSE(reader.done());
}

TEST(Reader, ReadsStringsInBothForms) {
  Arena arena;
  Reader reader(BYTES("\x00\x02hi"
                      "\x03yo"
                      "\x01"
                      "\xFF\xFF"
                      "\x00"),
                arena);
  EXPECT_EQ(reader.String(false), "hi");
  EXPECT_EQ(reader.String(true), "yo");
  EXPECT_EQ(reader.String(true), "");
  EXPECT_EQ(reader.NullableString(false, true), std::nullopt);
  EXPECT_EQ(reader.NullableString(true, true), std::nullopt);
  EXPECT_TRUE(reader.done());
}

TEST(Reader, ReadsBytesInBothForms) {
  Arena arena;
  Reader reader(BYTES("\x00\x00\x00\x01\xFE"
                      "\x02\xFF"
                      "\xFF\xFF\xFF\xFF"
                      "\x00"
                      "\x02z"),
                arena);
  EXPECT_EQ(reader.Bytes(false), "\xFE");
  EXPECT_EQ(reader.Bytes(true), "\xFF");
  EXPECT_EQ(reader.NullableBytes(false, true), std::nullopt);
  EXPECT_TRUE(reader.Records(true, true).is_null());
  EXPECT_EQ(reader.Records(true, true).memory(), "z");
  EXPECT_TRUE(reader.done());
}

// Each makes one call on one input that must fail.
template <class Call>
void ExpectFailure(std::string_view frame, Call call) {
  Arena arena;
  Reader reader(frame, arena);
  call(reader);
  EXPECT_FALSE(reader.ok());
}

TEST(Reader, RefusesNullWhereThereIsNone) {
  ExpectFailure(BYTES("\xFF\xFF"), [](Reader& r) { r.String(false); });
  ExpectFailure(BYTES("\x00"), [](Reader& r) { r.String(true); });
  ExpectFailure(BYTES("\x00"), [](Reader& r) { r.NullableString(true, false); });
  ExpectFailure(BYTES("\xFF\xFF\xFF\xFF"), [](Reader& r) { r.Bytes(false); });
  ExpectFailure(BYTES("\xFF\xFF\xFF\xFF"), [](Reader& r) { r.NullableBytes(false, false); });
  ExpectFailure(BYTES("\x00"), [](Reader& r) { r.Records(true, false); });
  ExpectFailure(BYTES("\xFF\xFF\xFF\xFF"), [](Reader& r) { r.ArrayCount(false, false); });
}

TEST(Reader, RefusesNegativeLengthsOtherThanNull) {
  ExpectFailure(BYTES("\xFF\xFE"), [](Reader& r) { r.NullableString(false, true); });
  ExpectFailure(BYTES("\x80\x00\x00\x00"), [](Reader& r) { r.NullableBytes(false, true); });
  ExpectFailure(BYTES("\xFF\xFF\xFF\xFE"), [](Reader& r) { r.ArrayCount(false, true); });
}

TEST(Reader, RefusesLengthsBeyondTheFrame) {
  ExpectFailure(BYTES("\x00\x03"
                      "ab"),
                [](Reader& r) { r.String(false); });
  ExpectFailure(BYTES("\x7F\xFF\xFF\xFF"
                      "ab"),
                [](Reader& r) { r.Bytes(false); });
  ExpectFailure(BYTES("\xFF\xFF\xFF\xFF\x0F"
                      "ab"),
                [](Reader& r) { r.Bytes(true); });
  ExpectFailure(BYTES("1234567"), [](Reader& r) { r.Int64(); });
  ExpectFailure(BYTES("123456789012345"), [](Reader& r) { r.Uuid(); });
}

TEST(Reader, RefusesVarintsOfMoreThan32Bits) {
  ExpectFailure(BYTES("\xFF\xFF\xFF\xFF\x1F"), [](Reader& r) { r.Uvarint(); });
  ExpectFailure(BYTES("\x80\x80\x80\x80\x80\x01"), [](Reader& r) { r.Uvarint(); });
  ExpectFailure(BYTES("\x80"), [](Reader& r) { r.Uvarint(); });
}

TEST(Reader, RepairsTextThatIsNotUtf8) {
  Arena arena;
  Reader reader(BYTES("\x00\x02\xC3\x28\x02\x80\x00\x01x"), arena);
  EXPECT_EQ(reader.String(false), "\xEF\xBF\xBD(");
  EXPECT_EQ(reader.NullableString(true, true), "\xEF\xBF\xBD");
  EXPECT_EQ(reader.String(false), "x");
  EXPECT_TRUE(reader.done());
}

TEST(Reader, RefusesTextThatIsTooLongOnceRepaired) {
  const size_t size = Reader::kStringSizeBytesMax / 3;
  const auto frame_of = [](size_t count) {
    return std::string({static_cast<char>(count >> 8), static_cast<char>(count)}) +
           std::string(count, '\xFF');
  };
  Arena arena;
  const std::string longest = frame_of(size);
  Reader reader(longest, arena);
  EXPECT_EQ(reader.String(false).size(), 3 * size);
  ExpectFailure(frame_of(size + 1), [](Reader& r) { r.String(false); });
}

TEST(Reader, TextToRepairCountsAgainstTheMemory) {
  // Ten thousand bad bytes as often as it takes, each three times as long as repaired.
  std::string frame;
  const std::string bad(10'000, '\xFF');
  for (int i = 0; i < 8; ++i) frame.append("\x27\x10").append(bad);
  Arena arena;
  arena.Allocate(1, 1);
  Reader reader(frame, arena);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(reader.String(false).size(), 30'000u);
  EXPECT_TRUE(reader.done());
  EXPECT_LE(arena.reserved_bytes(),
            frame.size() * Reader::kMemoryFactor + Reader::kMemorySlackBytes);
}

TEST(Reader, RefusesStringsThatKafkaCouldNotSend) {
  const size_t size = Reader::kStringSizeBytesMax + 1;
  // 0x8000 + 1 as a varint, then enough bytes.
  const std::string frame = "\x81\x80\x02" + std::string(size, 'x');
  ExpectFailure(frame, [](Reader& r) { r.String(true); });
}

TEST(Reader, RefusesCountsAboveTheBytesLeftAlsoForElementsWithoutBytes) {
  ExpectFailure(BYTES("\x00\x00\x00\x03\x01\x02"), [](Reader& r) {
    Array<OneByte> items;
    ReadStructs(r, 0, false, false, &items);
  });
  ExpectFailure(BYTES("\x7F\xFF\xFF\xFF"), [](Reader& r) {
    Array<Nothing> items;
    ReadStructs(r, 0, false, false, &items);
    EXPECT_EQ(items.size(), 0u);
  });
}

TEST(Reader, RefusesArraysThatTakeManyTimesTheFrame) {
  std::string frame = std::string("\x00\x01\x00\x00", 4) + std::string(65536, '\0');
  Arena arena;
  Reader reader(frame, arena);
  Array<Nothing> items;
  ReadStructs(reader, 0, false, false, &items);
  EXPECT_FALSE(reader.ok());
  EXPECT_TRUE(reader.is_over_memory());
  EXPECT_EQ(arena.reserved_bytes(), 0u);
}

TEST(Reader, ReadsArraysAndTellsNullFromEmpty) {
  Arena arena;
  Reader reader(BYTES("\x03\x07\x08"
                      "\x01"
                      "\x00"
                      "\x00\x00\x00\x01\x09"),
                arena);
  Array<OneByte> items;
  ReadStructs(reader, 0, true, false, &items);
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[1].value, 8);
  ReadStructs(reader, 0, true, true, &items);
  EXPECT_TRUE(items.empty());
  EXPECT_FALSE(items.is_null());
  ReadStructs(reader, 0, true, true, &items);
  EXPECT_TRUE(items.is_null());
  Array<int8_t> numbers;
  ReadValues(reader, false, false, &numbers, [](Reader& r) { return r.Int8(); });
  ASSERT_EQ(numbers.size(), 1u);
  EXPECT_EQ(numbers[0], 9);
  EXPECT_TRUE(reader.done());
}

TEST(Reader, ReadsStructMarkers) {
  Arena arena;
  Reader reader(BYTES("\x01\xFF\x00\x01"), arena);
  EXPECT_TRUE(reader.StructMarker(false));
  EXPECT_FALSE(reader.StructMarker(false));
  EXPECT_FALSE(reader.StructMarker(true));
  EXPECT_TRUE(reader.StructMarker(true));
  EXPECT_TRUE(reader.done());
  ExpectFailure(BYTES("\x02"), [](Reader& r) { r.StructMarker(false); });
  ExpectFailure(BYTES("\x02"), [](Reader& r) { r.StructMarker(true); });
}

// Tag 0 is a known int16; the rest is kept.
bool ReadTags(Reader& reader, int16_t* known, TaggedFields* unknown) {
  for (TagReader tags(reader); tags.Next();) {
    if (tags.tag() == 0) {
      *known = reader.Int16();
    } else {
      tags.KeepUnknown(unknown);
    }
  }
  return reader.ok();
}

TEST(TagReader, KeepsUnknownFieldsAndStopsAtTheEndOfTheSection) {
  Arena arena;
  Reader reader(BYTES("\x03\x00\x02\x01\x02\x05\x03"
                      "abc"
                      "\x80\x01\x00"
                      "\x2A"),
                arena);
  int16_t known = 0;
  TaggedFields unknown;
  ASSERT_TRUE(ReadTags(reader, &known, &unknown));
  EXPECT_EQ(known, 258);
  ASSERT_EQ(unknown.size(), 2u);
  EXPECT_EQ(unknown[0], (TaggedField{5, "abc"}));
  EXPECT_EQ(unknown[1], (TaggedField{128, ""}));
  EXPECT_EQ(reader.Int8(), 42);
  EXPECT_TRUE(reader.done());
}

TEST(TagReader, RefusesAFieldThatDoesNotFillItsSize) {
  for (const std::string_view frame :
       {BYTES("\x01\x00\x03\x01\x02\x03"),     // longer than its type
        BYTES("\x01\x00\x01\x01\x02\x03"),     // shorter, bytes follow
        BYTES("\x01\x00\x09\x01\x02\x03"),     // beyond the frame
        BYTES("\x02\x05\x00"),                 // fewer fields than announced
        BYTES("\xFF\xFF\xFF\xFF\x0F\x00")}) {  // more fields than bytes
    Arena arena;
    Reader reader(frame, arena);
    int16_t known = 0;
    TaggedFields unknown;
    EXPECT_FALSE(ReadTags(reader, &known, &unknown)) << frame.size();
    EXPECT_EQ(reader.remaining(), 0u);
  }
}

}  // namespace
}  // namespace wire
}  // namespace odradek
