#include "protocol/print/printer.h"

#include <array>
#include <charconv>
#include <cmath>

namespace odradek::print {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kHidden = "***";

void AppendBase64(std::string* out, std::string_view bytes) {
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - at);
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) {
      group = group << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0);
    }
    for (size_t i = 0; i < 4; ++i) {
      out->push_back(i <= count ? kBase64[group >> (18 - 6 * i) & 63] : '=');
    }
  }
}

void AppendEscaped(std::string* out, char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  switch (c) {
    case '"':
      out->append("\\\"");
      return;
    case '\\':
      out->append("\\\\");
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
    case '\b':
      out->append("\\b");
      return;
    case '\f':
      out->append("\\f");
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20) return out->push_back(c);
  out->append("\\u00");
  out->push_back(kHex[byte >> 4]);
  out->push_back(kHex[byte & 15]);
}

}  // namespace

void Printer::Separate() {
  if (need_comma_) out_.push_back(',');
  need_comma_ = true;
}

void Printer::Value(std::string_view text) {
  Separate();
  out_.append(text);
}

void Printer::Open(char bracket) {
  Separate();
  out_.push_back(bracket);
  need_comma_ = false;
}

void Printer::Close(char bracket) {
  out_.push_back(bracket);
  need_comma_ = true;
}

void Printer::Key(std::string_view name) {
  Separate();
  Quoted(name);
  out_.push_back(':');
  need_comma_ = false;
}

void Printer::Quoted(std::string_view text) {
  out_.push_back('"');
  for (const char c : text) AppendEscaped(&out_, c);
  out_.push_back('"');
}

void Printer::Bool(bool value) { Value(value ? "true" : "false"); }

void Printer::Int(int64_t value) {
  std::array<char, 24> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  Value({text.data(), static_cast<size_t>(end - text.data())});
}

void Printer::Float64(double value) {
  // JSON has no numbers for these: they go out as strings, as Kafka's converters do.
  if (!std::isfinite(value))
    return String(std::isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity");
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  std::string shortest(text.data(), end);
  if (shortest.find_first_of(".e") == std::string::npos) shortest += ".0";
  Value(shortest);
}

void Printer::String(std::string_view text) {
  Separate();
  Quoted(text);
}

void Printer::Bytes(std::string_view bytes) {
  Separate();
  out_.push_back('"');
  AppendBase64(&out_, bytes);
  out_.push_back('"');
}

void Printer::SecretString(std::string_view text) {
  String(secrets_ == Secrets::kShow ? text : kHidden);
}

void Printer::SecretBytes(std::string_view bytes) {
  if (secrets_ == Secrets::kShow) return Bytes(bytes);
  String(kHidden);
}

void Printer::Records(std::string_view name, const RecordSet& records) {
  if (records.is_null()) {
    Key(name);
    return Null();
  }
  Key(std::string(name) + "SizeInBytes");
  Int(static_cast<int64_t>(records.size()));
}

}  // namespace odradek::print
