// Compares our codec with two foreign ones on recorded instances (tools/goldens/record): the same
// bytes must decode, print as Apache Kafka's converters print them, and encode to themselves.
//
// A file has one instance per line: version, shape, base64 of the bytes or "-", and from Apache
// Kafka the JSON. Every message must be there in every version and shape; what a codec cannot
// record stands in not_recorded.txt with the reason, and may stand there only while it is missing.
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "protocol/testing/golden_files.h"
#include "protocol/testing/messages.h"

namespace odradek {
namespace {

constexpr std::string_view kCodecs[] = {"kafka-clients", "kmsg"};
constexpr std::string_view kShapes[] = {"filled", "minimal", "nulls"};

// A line of differences.txt.
struct Difference {
  std::string version;
  std::string shape;
  std::string kind;

  bool Covers(const GoldenInstance& instance) const {
    return (version == "*" || version == std::to_string(instance.version)) &&
           (shape == "*" || shape == instance.shape);
  }
  // Puts our name of a field into `json`; that it is there under theirs is part of the difference.
  void Rename(std::string* json) const {
    const size_t equals = kind.find('=');
    const size_t arrow = kind.find('>');
    ASSERT_TRUE(equals < arrow && arrow != std::string::npos) << kind;
    const std::string theirs = '"' + kind.substr(equals + 1, arrow - equals - 1) + "\":";
    const size_t at = json->find(theirs);
    if (at != std::string::npos)
      json->replace(at, theirs.size(), '"' + kind.substr(arrow + 1) + "\":");
  }
};

std::vector<Difference> LoadDifferences(std::string_view codec, std::string_view message) {
  std::ifstream file(std::string(kGoldenFolder) + "differences.txt");
  std::vector<Difference> differences;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string its_codec, its_message;
    Difference difference;
    words >> its_codec >> its_message >> difference.version >> difference.shape >> difference.kind;
    if (its_codec == codec && its_message == message) differences.push_back(difference);
  }
  return differences;
}

class GoldenTest : public testing::TestWithParam<std::tuple<AnyMessage, std::string_view>> {
 protected:
  const AnyMessage& type() const { return std::get<0>(GetParam()); }
  std::string_view codec() const { return std::get<1>(GetParam()); }
};

TEST_P(GoldenTest, DecodesPrintsAndEncodesAsTheOtherCodecDoes) {
  const std::vector<Difference> differences = LoadDifferences(codec(), type().name);
  for (GoldenInstance& instance : LoadGoldens(codec(), type().name)) {
    SCOPED_TRACE("v" + std::to_string(instance.version) + " " + instance.shape);
    const Transcoded ours = Transcode(type(), instance.version, instance.bytes);
    ASSERT_TRUE(ours.decoded);
    bool same_bytes = true;
    for (const Difference& difference : differences) {
      if (!difference.Covers(instance)) continue;
      if (difference.kind == "bytes") same_bytes = false;
      if (difference.kind != "bytes") difference.Rename(&instance.json);
    }
    EXPECT_EQ(ours.bytes == instance.bytes, same_bytes) << ours.json;
    if (codec() == "kafka-clients" && same_bytes) {
      EXPECT_EQ(ours.json, instance.json);
    }
  }
}

// Kafka's untouched message and ours have the same fields: the defaults agree.
TEST_P(GoldenTest, UntouchedMessagesAreTheSame) {
  if (codec() != "kafka-clients") return;
  for (const GoldenInstance& instance : LoadGoldens(codec(), type().name)) {
    if (instance.shape != "minimal") continue;
    Arena arena;
    EXPECT_EQ(EncodeAny(type(), instance.version, NewMessage(type(), arena)), instance.bytes)
        << "v" << instance.version;
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenTest,
                         testing::Combine(testing::ValuesIn(AllMessages().begin(),
                                                            AllMessages().end()),
                                          testing::ValuesIn(kCodecs)),
                         [](const auto& test) {
                           const bool java = std::get<1>(test.param) == "kafka-clients";
                           return std::string(std::get<0>(test.param).name) +
                                  (java ? "KafkaClients" : "Kmsg");
                         });

// "kmsg AbortedTxn v0 filled"
using Names = std::set<std::string>;

std::string NameOf(std::string_view codec, std::string_view message, int version,
                   std::string_view shape) {
  std::ostringstream name;
  name << codec << " " << message << " v" << version << " " << shape;
  return name.str();
}

// Lines "codec message versions shape  reason", where `*` is every version or shape.
Names NotRecorded() {
  Names names;
  std::ifstream file(std::string(kGoldenFolder) + "not_recorded.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string codec, message, versions, shape, reason;
    words >> codec >> message >> versions >> shape >> std::ws;
    std::getline(words, reason);
    const AnyMessage* type = FindMessage(message);
    EXPECT_NE(type, nullptr) << line;
    EXPECT_FALSE(reason.empty()) << line;
    if (type == nullptr) continue;
    for (int version = type->min_version; version <= type->max_version; ++version) {
      if (versions != "*" && versions != std::to_string(version)) continue;
      for (const std::string_view s : kShapes) {
        if (shape == "*" || shape == s) names.insert(NameOf(codec, message, version, s));
      }
    }
  }
  return names;
}

TEST(Goldens, EveryVersionAndShapeIsRecordedOrListedWithAReason) {
  Names missing;
  for (const AnyMessage& type : AllMessages()) {
    for (const std::string_view codec : kCodecs) {
      Names recorded;
      for (const GoldenInstance& instance : LoadGoldens(codec, type.name)) {
        recorded.insert(NameOf(codec, type.name, instance.version, instance.shape));
      }
      for (int version = type.min_version; version <= type.max_version; ++version) {
        for (const std::string_view shape : kShapes) {
          const std::string name = NameOf(codec, type.name, version, shape);
          if (recorded.count(name) == 0) missing.insert(name);
        }
      }
    }
  }
  const Names listed = NotRecorded();
  for (const std::string& name : missing)
    EXPECT_EQ(listed.count(name), 1u) << name << " is missing";
  for (const std::string& name : listed) EXPECT_EQ(missing.count(name), 1u) << name << " is there";
}

}  // namespace
}  // namespace odradek
