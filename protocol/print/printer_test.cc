#include "protocol/print/printer.h"

#include <limits>

#include <gtest/gtest.h>

#include "protocol/message/fetch.h"
#include "protocol/message/produce.h"
#include "protocol/message/sasl_authenticate.h"

namespace odradek::print {
namespace {

template <class Fill>
std::string Printed(Fill fill) {
  std::string out;
  Printer printer(&out);
  fill(printer);
  return out;
}

TEST(Printer, EscapesWhatJsonMustEscapeAndNothingElse) {
  EXPECT_EQ(Printed([](Printer& p) { p.String("a\"\\\n\r\t\b\f\x01\x1F/ß"); }),
            "\"a\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u001F/ß\"");
}

TEST(Printer, PadsBase64) {
  for (const auto& [bytes, text] : {std::pair{"", "\"\""},
                                    {"f", "\"Zg==\""},
                                    {"fo", "\"Zm8=\""},
                                    {"foo", "\"Zm9v\""},
                                    {"foob", "\"Zm9vYg==\""},
                                    {"\xFF\xFE", "\"//4=\""}}) {
    EXPECT_EQ(Printed([&value = bytes](Printer& p) { p.Bytes(value); }), text);
  }
}

TEST(Printer, NumbersKeepTheirType) {
  EXPECT_EQ(Printed([](Printer& p) { p.Int(std::numeric_limits<int64_t>::min()); }),
            "-9223372036854775808");
  EXPECT_EQ(Printed([](Printer& p) { p.Float64(3); }), "3.0");
  EXPECT_EQ(Printed([](Printer& p) { p.Float64(-0.25); }), "-0.25");
  EXPECT_EQ(Printed([](Printer& p) { p.Float64(std::numeric_limits<double>::infinity()); }),
            "\"Infinity\"");
  EXPECT_EQ(Printed([](Printer& p) { p.Float64(std::numeric_limits<double>::quiet_NaN()); }),
            "\"NaN\"");
}

TEST(Printer, SeparatesMembersAndElements) {
  EXPECT_EQ(Printed([](Printer& p) {
              p.BeginObject();
              p.Key("a");
              p.BeginArray();
              p.Int(1);
              p.BeginObject();
              p.EndObject();
              p.BeginArray();
              p.EndArray();
              p.EndArray();
              p.Key("b");
              p.Null();
              p.EndObject();
            }),
            R"({"a":[1,{},[]],"b":null})");
}

TEST(Printer, MessagesPrintTheFieldsOfTheirVersion) {
  FetchRequest request;
  request.cluster_id = "c";
  EXPECT_EQ(ToText(0, request), R"({"replicaId":-1,"maxWaitMs":0,"minBytes":0,"topics":[]})");
  EXPECT_EQ(
      ToText(15, request),
      R"({"clusterId":"c","maxWaitMs":0,"minBytes":0,"maxBytes":2147483647,"isolationLevel":0,)"
      R"("sessionId":0,"sessionEpoch":-1,"topics":[],"forgottenTopicsData":[],"rackId":""})");
}

TEST(Printer, RecordsPrintAsTheirSize) {
  Arena arena;
  ProduceRequest request;
  ProduceRequestPartitionProduceData& partition =
      request.topic_data.Add(arena).partition_data.Add(arena);
  partition.records = "12345";
  EXPECT_NE(ToText(3, request).find(R"("partitionData":[{"index":0,"recordsSizeInBytes":5}])"),
            std::string::npos);
  partition.records = std::nullopt;
  EXPECT_NE(ToText(3, request).find(R"("records":null)"), std::string::npos);
}

TEST(Printer, HidesSecretsUnlessToldToShowThem) {
  SaslAuthenticateRequest request;
  request.auth_bytes = "password";
  EXPECT_EQ(ToText(0, request), R"({"authBytes":"***"})");
  EXPECT_EQ(ToText(0, request, Secrets::kShow), R"({"authBytes":"cGFzc3dvcmQ="})");
}

}  // namespace
}  // namespace odradek::print
