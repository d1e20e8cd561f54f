// Row: one thing that was found in a file, as a list of named values; Report: where rows go, as
// text for people or as JSON lines, so that both always say the same.
//
// In JSON every row is an object that begins with "file" and "kind". In text a line "Dumping
// <file>" stands before the rows of a file. Owner: the command. Thread: one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace odradek::inspect {

class Row {
 public:
  explicit Row(std::string_view kind) : kind_(kind) {}

  Row& Int(std::string_view name, int64_t value);
  // null in JSON, "none" in text.
  Row& OptionalInt(std::string_view name, std::optional<int64_t> value);
  Row& Bool(std::string_view name, bool value);
  // A word or a name, unquoted in text.
  Row& Text(std::string_view name, std::string_view value);
  // Bytes of an application: a quoted string if they are UTF-8, else base64 with "Base64" behind
  // the name.
  Row& Bytes(std::string_view name, std::optional<std::string_view> value);
  // Something that is JSON already.
  Row& Json(std::string_view name, std::string value);
  // Belongs to the row before it: "| " in text.
  Row& Indent() { return indented_ = true, *this; }

  std::string AsText() const;
  std::string AsJson(std::string_view file) const;

 private:
  struct Field {
    std::string name;
    std::string json;
    std::string text;
  };
  Row& Add(std::string name, std::string json, std::string text);

  std::string kind_;
  bool indented_ = false;
  std::vector<Field> fields_;
};

enum class Form : unsigned char { kText, kJson };

class Report {
 public:
  using Write = std::function<void(std::string_view)>;

  Report(Form form, Write write) : form_(form), write_(std::move(write)) {}

  // The rows that follow are of this file.
  void BeginFile(std::string_view path);
  void Put(const Row& row);
  // A row about another file; in text it begins with the name.
  void PutAbout(std::string_view path, const Row& row);
  // A row of kind "problem": what stands at `position` cannot be what the file should hold.
  void Problem(int64_t position, std::string_view reason);
  int64_t problems() const { return problems_; }

 private:
  const Form form_;
  const Write write_;
  std::string file_;
  int64_t problems_ = 0;
};

}  // namespace odradek::inspect
