#include "inspect/row.h"

#include <utility>

#include "protocol/print/printer.h"
#include "protocol/wire/utf8.h"

namespace odradek::inspect {
namespace {

constexpr std::string_view kBase64Suffix = "Base64";

std::string Quoted(std::string_view text) {
  std::string json;
  print::Printer(&json).String(text);
  return json;
}

}  // namespace

Row& Row::Add(std::string name, std::string json, std::string text) {
  fields_.push_back({std::move(name), std::move(json), std::move(text)});
  return *this;
}

Row& Row::Int(std::string_view name, int64_t value) {
  const std::string text = std::to_string(value);
  return Add(std::string(name), text, text);
}

Row& Row::OptionalInt(std::string_view name, std::optional<int64_t> value) {
  return value.has_value() ? Int(name, *value) : Add(std::string(name), "null", "none");
}

Row& Row::Bool(std::string_view name, bool value) {
  const std::string text = value ? "true" : "false";
  return Add(std::string(name), text, text);
}

Row& Row::Text(std::string_view name, std::string_view value) {
  return Add(std::string(name), Quoted(value), std::string(value));
}

Row& Row::Bytes(std::string_view name, std::optional<std::string_view> value) {
  if (!value.has_value()) return Add(std::string(name), "null", "null");
  std::string json;
  if (wire::IsUtf8(*value)) {
    json = Quoted(*value);
    return Add(std::string(name), json, json);
  }
  print::Printer(&json).Bytes(*value);
  return Add(std::string(name) + std::string(kBase64Suffix), json, json);
}

Row& Row::Json(std::string_view name, std::string value) {
  return Add(std::string(name), value, value);
}

std::string Row::AsText() const {
  std::string line = indented_ ? "| " + kind_ : kind_;
  for (const Field& field : fields_) line += " " + field.name + ": " + field.text;
  return line + "\n";
}

std::string Row::AsJson(std::string_view file) const {
  std::string line = "{\"file\":" + Quoted(file) + ",\"kind\":" + Quoted(kind_);
  for (const Field& field : fields_) line += "," + Quoted(field.name) + ":" + field.json;
  return line + "}\n";
}

void Report::BeginFile(std::string_view path) {
  file_ = path;
  if (form_ == Form::kText) write_("Dumping " + file_ + "\n");
}

void Report::Put(const Row& row) {
  write_(form_ == Form::kText ? row.AsText() : row.AsJson(file_));
}

void Report::PutAbout(std::string_view path, const Row& row) {
  write_(form_ == Form::kText ? std::string(path) + ": " + row.AsText() : row.AsJson(path));
}

void Report::Problem(int64_t position, std::string_view reason) {
  ++problems_;
  Put(Row("problem").Int("position", position).Text("reason", reason));
}

}  // namespace odradek::inspect
