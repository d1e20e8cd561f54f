#include "tests/bench/stats/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace odradek::bench {
namespace {

// Three digits that count, whatever the size.
std::string Short(double value) {
  if (std::abs(value) >= 100 || value == 0) return fmt::format("{:.0f}", value);
  return fmt::format("{:.{}f}", value, std::abs(value) >= 10 ? 1 : std::abs(value) >= 1 ? 2 : 3);
}

std::string CellOf(const Figure& figure) {
  const auto [least, most] = std::minmax_element(figure.values.begin(), figure.values.end());
  const std::string median = Short(Median(figure.values));
  if (figure.values.size() == 1) return median;
  return fmt::format("{} [{}..{}]", median, Short(*least), Short(*most));
}

std::vector<std::string> FigureNames(const CaseResult& result) {
  std::vector<std::string> names;
  for (const Row& row : result.rows) {
    for (const Figure& figure : row.figures) {
      if (std::find(names.begin(), names.end(), figure.name) == names.end())
        names.push_back(figure.name);
    }
  }
  return names;
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (static_cast<unsigned char>(c) < ' ') {
      quoted += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

// `items` as text, each made by `one`, within brackets, each on its own line if `indent` is set.
template <class Items, class One>
std::string List(const Items& items, std::string_view brackets, std::string_view indent, One one) {
  std::string text(1, brackets[0]);
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += indent.empty() ? ", " : ",";
    if (!indent.empty()) text += fmt::format("\n{}", indent);
    text += one(items[i]);
  }
  return text + brackets[1];
}

std::string JsonOf(const Row& row) {
  if (!row.failure.empty())
    return fmt::format(R"({{"who": {}, "failure": {}}})", Quoted(row.who), Quoted(row.failure));
  const std::string figures = List(row.figures, "{}", "", [](const Figure& figure) {
    return Quoted(figure.name) + ": " +
           List(figure.values, "[]", "", [](double value) { return fmt::format("{:.6g}", value); });
  });
  return fmt::format(R"({{"who": {}, "figures": {}}})", Quoted(row.who), figures);
}

}  // namespace

double Median(std::vector<double> values) {
  CHECK(!values.empty());
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

void Row::Add(std::string_view figure, double value) {
  for (Figure& known : figures) {
    if (known.name == figure) return known.values.push_back(value);
  }
  figures.push_back({std::string(figure), {value}});
}

const Figure* Row::Find(std::string_view figure) const {
  for (const Figure& known : figures) {
    if (known.name == figure) return &known;
  }
  return nullptr;
}

Row& CaseResult::RowOf(std::string_view who) {
  for (Row& row : rows) {
    if (row.who == who) return row;
  }
  rows.push_back({std::string(who), {}, {}});
  return rows.back();
}

std::string TableOf(const CaseResult& result) {
  const std::vector<std::string> names = FigureNames(result);
  std::vector<std::vector<std::string>> lines = {{""}};
  lines[0].insert(lines[0].end(), names.begin(), names.end());
  for (const Row& row : result.rows) {
    std::vector<std::string>& line = lines.emplace_back();
    line.push_back(row.who);
    if (!row.failure.empty()) {
      line.push_back(row.failure);
      continue;
    }
    for (const std::string& name : names) {
      const Figure* figure = row.Find(name);
      line.push_back(figure == nullptr ? "" : CellOf(*figure));
    }
  }
  std::vector<size_t> widths(names.size() + 1, 0);
  for (const auto& line : lines) {
    if (line.size() != widths.size()) continue;
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text = fmt::format("{}: {}\n", result.name, result.what);
  for (const auto& line : lines) {
    std::string out = " ";
    for (size_t i = 0; i < line.size(); ++i) out += fmt::format(" {:<{}} ", line[i], widths[i]);
    text += out.erase(out.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

std::string JsonOf(const std::vector<std::pair<std::string, std::string>>& about,
                   const std::vector<CaseResult>& cases) {
  const std::string facts = List(about, "{}", "  ", [](const auto& fact) {
    return fmt::format("{}: {}", Quoted(fact.first), Quoted(fact.second));
  });
  const std::string all = List(cases, "[]", "  ", [](const CaseResult& result) {
    return fmt::format(R"({{"name": {}, "what": {}, "rows": )", Quoted(result.name),
                       Quoted(result.what)) +
           List(result.rows, "[]", "    ", [](const Row& row) { return JsonOf(row); }) + "}";
  });
  return fmt::format("{{\n\"about\": {},\n\"cases\": {}\n}}\n", facts, all);
}

}  // namespace odradek::bench
