#include "security/scram_credential.h"

#include <gtest/gtest.h>

#include <string>

namespace odradek::security {
namespace {

using metadata::ScramKeys;
using metadata::ScramMechanism;

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    for (const int digit : {(c >> 4) & 15, c & 15}) text.push_back("0123456789abcdef"[digit]);
  }
  return text;
}

std::string Bytes(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

// The exchange of RFC 7677 section 3: user "user", password "pencil", 4096 iterations.
const std::string_view kSaltedPassword =
    "c4a49510323ab4f952cac1fa99441939e78ea74d6be81ddf7096e87513dc615d";
const std::string_view kAuthMessage =
    "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

TEST(ScramKeysOf, CheckTheProofOfTheRfc) {
  const auto keys = ScramKeysOf(ScramMechanism::kSha256, Bytes(kSaltedPassword));
  ASSERT_TRUE(keys.has_value());
  EXPECT_EQ(Hex(ScramHmac(ScramMechanism::kSha256, keys->server_key, kAuthMessage)),
            "eabae24d1062db75a9451ff0b6ea7e98c8546549ff741e672d3251b2397de46e");
  std::string proof = ScramHmac(ScramMechanism::kSha256, Bytes(kSaltedPassword), "Client Key");
  const std::string signature = ScramHmac(ScramMechanism::kSha256, keys->stored_key, kAuthMessage);
  for (size_t i = 0; i < proof.size(); ++i) proof[i] = static_cast<char>(proof[i] ^ signature[i]);
  EXPECT_EQ(Hex(proof), "747cdb65aa56224e2352137e52d7bdcad6a0f738df30782caa69a2cfb0277554");
}

// The same password and salt.
TEST(ScramKeysOf, AreLongerForSha512) {
  const auto keys =
      ScramKeysOf(ScramMechanism::kSha512,
                  Bytes("f16efe1be67f1d09502ebd5ed9262fddffba5a377ab4f0b687e5ed5ba0f50686"
                        "b8a4ae166476da8ab3b951d2fa9238b63998f45461bc33a464814949cec9631d"));
  ASSERT_TRUE(keys.has_value());
  EXPECT_EQ(Hex(keys->stored_key),
            "e8002e6f7d3ae446119b216933644dc2a2be7869eb918b8459b5e7d7d2ec1260"
            "6aceef106825cd735170a675fd3611f684affad1dce3f43a0ee43bd590e1dbbe");
  EXPECT_EQ(Hex(keys->server_key),
            "8d91db6230b5687874fe129bc7206e1858c3ae08e02934f57ac03b6b05a229c4"
            "59d28ff46f5c9611e6c179256490215ec1ff759cb0df285db89af0f99e613aac");
}

TEST(ScramKeysOf, HaveTheSizeOfTheMechanism) {
  for (const auto mechanism : {ScramMechanism::kSha256, ScramMechanism::kSha512}) {
    const ScramKeys keys = ScramKeysOf(mechanism, "x").value();
    EXPECT_EQ(keys.stored_key.size(), metadata::ScramKeySizeBytes(mechanism));
    EXPECT_EQ(keys.server_key.size(), metadata::ScramKeySizeBytes(mechanism));
  }
}

TEST(ScramKeysOf, NothingHasNoKeys) {
  EXPECT_EQ(ScramKeysOf(ScramMechanism::kSha256, ""), std::nullopt);
  EXPECT_EQ(ScramKeysOf(ScramMechanism::kUnknown, "x"), std::nullopt);
}

// RFC 4231, cases 2 and 6.
TEST(ScramHmac, TakesKeysShorterAndLongerThanABlock) {
  const std::string_view text = "what do ya want for nothing?";
  EXPECT_EQ(Hex(ScramHmac(ScramMechanism::kSha256, "Jefe", text)),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(Hex(ScramHmac(ScramMechanism::kSha512, "Jefe", text)),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
  const std::string key(131, '\xaa');
  const std::string_view longer = "Test Using Larger Than Block-Size Key - Hash Key First";
  EXPECT_EQ(Hex(ScramHmac(ScramMechanism::kSha256, key, longer)),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(Hex(ScramHmac(ScramMechanism::kSha512, key, longer)),
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
            "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598");
}

}  // namespace
}  // namespace odradek::security
