#include "protocol/wire/writer.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "protocol/message/fetch.h"
#include "protocol/testing/messages.h"

namespace odradek::wire {
namespace {

TEST(Writer, WritesAndCountsTheSame) {
  const auto put = [](auto& sink) {
    sink.Bool(true);
    sink.Int16(-2);
    sink.Uint32(7);
    sink.Float64(1.5);
    sink.String("ab", false);
    sink.String("ab", true);
    sink.NullableString(std::nullopt, true, true);
    sink.NullableString(std::nullopt, true, false);
    sink.NullableBytes(std::nullopt, false, true);
    sink.Bytes("z", true);
    sink.StructMarker(false, false);
    sink.StructMarker(true, true);
    sink.Uvarint(300);
  };
  Sizer sizer;
  put(sizer);
  Writer writer(sizer.buffer_size());
  put(writer);
  const std::string expected(
      "\x01\xFF\xFE\x00\x00\x00\x07\x3F\xF8\x00\x00\x00\x00\x00\x00\x00\x02"
      "ab\x03"
      "ab\x00\x01"
      "\xFF\xFF\xFF\xFF\x02z\xFF\x01\xAC\x02",
      34);
  EXPECT_EQ(Flatten(writer.TakeChain()), expected);
  EXPECT_EQ(sizer.size(), expected.size());
}

FetchResponse OnePartition(Arena& arena, RecordSet records) {
  FetchResponse response;
  FetchResponsePartitionData& partition = response.responses.Add(arena).partitions.Add(arena);
  partition.partition_index = 3;
  partition.records = records;
  return response;
}

TEST(Writer, SplicesSlicesOfRecordsWithoutCopyingThem) {
  Arena arena;
  const std::string first = "first batch";
  const std::array<Slice, 2> slices = {Slice::Memory(first, {}), Slice::File(7, 4096, 1000, {})};
  const FetchResponse response = OnePartition(arena, RecordSet::Slices(slices));
  const ByteChain chain = EncodeToChain(13, response);
  ASSERT_EQ(chain.slices().size(), 4u);
  EXPECT_EQ(chain.slices()[1].data, first.data());
  EXPECT_EQ(chain.slices()[2].fd, 7);
  EXPECT_EQ(chain.slices()[2].offset, 4096);
  EXPECT_EQ(chain.size(), EncodedSize(13, response));
}

TEST(Writer, SlicesAndMemoryGiveTheSameBytes) {
  Arena arena;
  const std::array<Slice, 2> slices = {Slice::Memory("one", {}), Slice::Memory("two", {})};
  const FetchResponse spliced = OnePartition(arena, RecordSet::Slices(slices));
  const FetchResponse copied = OnePartition(arena, RecordSet::Memory("onetwo"));
  EXPECT_EQ(spliced, copied);
  EXPECT_EQ(Flatten(EncodeToChain(12, spliced)), Flatten(EncodeToChain(12, copied)));
}

TEST(Writer, TheChainOutlivesTheWriterAndTheMessage) {
  ByteChain chain;
  {
    Arena arena;
    chain = EncodeToChain(4, OnePartition(arena, RecordSet::Memory("records")));
  }
  EXPECT_NE(Flatten(chain).find("records"), std::string::npos);
}

TEST(Writer, KnownAndUnknownTagsGoOutInAscendingOrder) {
  Arena arena;
  // In version 12 cluster_id is tag 0, replica_state (tag 1, from 15 on) is not known.
  FetchRequest request;
  request.unknown_tagged_fields.Add(arena, {1, "?"});
  request.unknown_tagged_fields.Add(arena, {9, "!"});
  request.cluster_id = "c";
  const std::string bytes = Flatten(EncodeToChain(12, request));
  const std::string expected(
      "\x03\x00\x02\x02"
      "c\x01\x01?\x09\x01!",
      11);
  ASSERT_GE(bytes.size(), expected.size());
  EXPECT_EQ(bytes.substr(bytes.size() - expected.size()), expected);
}

TEST(WriterDeathTest, RefusesMoreThanWasCounted) {
  Writer writer(2);
  EXPECT_DEATH(writer.Int32(1), "CHECK|check|size");
}

TEST(RecordSet, TellsNullFromEmpty) {
  EXPECT_TRUE(RecordSet().is_null());
  EXPECT_FALSE(RecordSet::Empty().is_null());
  EXPECT_FALSE(RecordSet() == RecordSet::Empty());
  const std::array<Slice, 1> file = {Slice::File(3, 0, 10, {})};
  EXPECT_EQ(RecordSet::Slices(file).size(), 10u);
  EXPECT_FALSE(RecordSet::Slices(file) == RecordSet::Slices(file));
}

}  // namespace
}  // namespace odradek::wire
