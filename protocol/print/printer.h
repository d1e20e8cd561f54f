// Printer: writes messages as JSON text, with the field names and forms that Apache Kafka's own
// *JsonConverter classes use (bytes in base64, record sets as their size).
//
// Fields that hold secrets (passwords, tokens) print as "***" unless the printer was told to show
// them. Generated PrintFields() bodies call it; others call Print(). Thread: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/uuid.h"
#include "protocol/errors.h"
#include "protocol/wire/record_set.h"

namespace odradek::print {

enum class Secrets : bool { kHide, kShow };

class Printer {
 public:
  explicit Printer(std::string* out, Secrets secrets = Secrets::kHide)
      : out_(*out), secrets_(secrets) {}

  // Names the member that the next value belongs to.
  void Key(std::string_view name);

  void Bool(bool value);
  void Int(int64_t value);
  void Float64(double value);
  void Error(ErrorCode value) { Int(static_cast<int16_t>(value)); }
  void Uuid(const odradek::Uuid& id) { String(id.ToString()); }
  void String(std::string_view text);
  void Bytes(std::string_view bytes);
  void SecretString(std::string_view text);
  void SecretBytes(std::string_view bytes);
  // Takes the place of Key() and value: null, or `<name>SizeInBytes` and a number.
  void Records(std::string_view name, const RecordSet& records);
  void Null() { Value("null"); }

  void BeginObject() { Open('{'); }
  void EndObject() { Close('}'); }
  void BeginArray() { Open('['); }
  void EndArray() { Close(']'); }

 private:
  void Value(std::string_view text);
  void Separate();
  void Open(char bracket);
  void Close(char bracket);
  void Quoted(std::string_view text);

  std::string& out_;
  const Secrets secrets_;
  bool need_comma_ = false;
};

// Appends `message` as one JSON object.
template <class Message>
void Print(std::string* out, int16_t version, const Message& message,
           Secrets secrets = Secrets::kHide) {
  Printer printer(out, secrets);
  PrintFields(printer, version, message);
}

// The same as text, for logs and tests.
template <class Message>
std::string ToText(int16_t version, const Message& message, Secrets secrets = Secrets::kHide) {
  std::string out;
  Print(&out, version, message, secrets);
  return out;
}

}  // namespace odradek::print

namespace odradek {
using print::Print;
using print::ToText;
}  // namespace odradek
