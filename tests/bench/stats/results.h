// What was measured: cases, of each a row per broker or bare loop, in each row figures with a value
// per round. As a table for people and as JSON for the page of docs/.
//
// Owner: main. Thread: one.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace odradek::bench {

double Median(std::vector<double> values);

struct Figure {
  std::string name;  // with its unit, last: "CPU s/GiB"
  std::vector<double> values;
};

struct Row {
  std::string who;
  std::vector<Figure> figures;
  std::string failure;  // empty: measured

  void Add(std::string_view figure, double value);
  const Figure* Find(std::string_view figure) const;
};

struct CaseResult {
  std::string name;
  std::string what;  // one line
  std::vector<Row> rows;
  Row warm_up = {};  // what was measured in round 0; not shown

  Row& RowOf(std::string_view who);
  // Where a round's figures go.
  Row& RowIn(int round, std::string_view who) { return round == 0 ? warm_up : RowOf(who); }
};

// For every row that has the figure and whose partner has it as often: `ratio`, round by round.
// `partner_of(who)` names the row that another is measured by, empty for none. With `inverse` less
// is better: the ratio is the partner's value by the own one.
template <class PartnerOf>
void AddRatios(CaseResult* result, std::string_view figure, std::string_view ratio, bool inverse,
               PartnerOf partner_of) {
  for (Row& row : result->rows) {
    const std::string partner = partner_of(row.who);
    if (partner.empty() || partner == row.who) continue;
    const Figure* other = result->RowOf(partner).Find(figure);
    const Figure* own = row.Find(figure);
    if (own == nullptr || other == nullptr || own->values.size() != other->values.size()) continue;
    const std::vector<double> a = own->values;
    const std::vector<double> b = other->values;
    for (size_t i = 0; i < a.size(); ++i) row.Add(ratio, inverse ? b[i] / a[i] : a[i] / b[i]);
  }
}

// A line per row: median [lowest..highest] of each figure.
std::string TableOf(const CaseResult& result);

// An object of names and texts, and the cases.
std::string JsonOf(const std::vector<std::pair<std::string, std::string>>& about,
                   const std::vector<CaseResult>& cases);

}  // namespace odradek::bench
