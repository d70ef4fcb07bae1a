// Marks of cases, read from a column of theirs: numbers, times with their censoring, or classes.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "host/scan/study.hpp"

namespace dosi::scan {
namespace {

// A column of the cases, as it stands, and as numbers where they are: NaN where a text is none.
struct Mark_column {
  Mark_column(const city::Table& records, const std::string& name, const char* parameter, const std::string& layer) {
    const auto* column = records.find(name);
    if (column == nullptr) {
      std::vector<std::string> names;
      for (const auto& c : records.columns) names.push_back(c.name);
      throw UsageError("{}: {} has no column '{}'; there are: {}", parameter, layer, name, fmt::join(names, ", "));
    }
    text = column->as_text();
    if (!column->is_text()) {
      number = column->as_numbers();
      return;
    }
    for (const auto& t : text) {
      double v = 0;
      const auto end = std::from_chars(t.data(), t.data() + t.size(), v);
      number.push_back(!t.empty() && end.ec == std::errc() && end.ptr == t.data() + t.size() ? v : std::nan(""));
    }
  }
  bool missing(std::size_t row) const {
    return text[row].empty() || (std::isnan(number[row]) && (text[row] == "nan" || text[row] == "NaN"));
  }

  std::vector<std::string> text;
  std::vector<double> number;
};

// Rows of the cases that are counted.
std::vector<std::size_t> counted(const Events& e) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < e.size(); ++i)
    if (e.count[i] > 0) out.push_back(i);
  return out;
}

void check_numbers(const Question& q, const Events& e, const Mark_column& mark, Problems& bad) {
  for (const auto i : counted(e)) {
    const auto row = e.row[i];
    const double v = mark.number[row];
    if (mark.missing(row)) bad.add("row {}: has no {}", row, q.mark);
    else if (!(std::abs(v) <= kMostValue))
      bad.add("row {}: {} '{}' must be a number between -1e100 and 1e100", row, q.mark, mark.text[row]);
    else if (q.risk == Risk::exponential && !(v > 0))
      bad.add("row {}: {} {} must be more than 0: it is a time under observation", row, q.mark, mark.text[row]);
  }
}

void check_censored(const Question& q, const Events& e, const Mark_column& censored, Problems& bad) {
  for (const auto i : counted(e))
    if (const double v = censored.number[e.row[i]]; v != 0 && v != 1)
      bad.add("row {}: {} '{}' must be 0, the event came, or 1, it did not", e.row[i], q.censored,
              censored.text[e.row[i]]);
}

// All classes from low to high, and what of the cases is in none.
std::vector<std::string> classes_of(const Question& q, const Events& e, const Mark_column& mark, Problems& bad) {
  std::vector<std::size_t> rows;
  for (const auto i : counted(e)) {
    if (mark.missing(e.row[i])) bad.add("row {}: has no {}", e.row[i], q.mark);
    else if (!q.classes.empty() &&
             std::find(q.classes.begin(), q.classes.end(), mark.text[e.row[i]]) == q.classes.end())
      bad.add("row {}: {} '{}' is not among the classes {}", e.row[i], q.mark, mark.text[e.row[i]],
              fmt::join(q.classes, ", "));
    else rows.push_back(e.row[i]);
  }
  if (q.classes.size() > kMostGroups)
    throw UsageError("classes: are {}; at most {} can be compared", q.classes.size(), kMostGroups);
  if (!q.classes.empty()) return q.classes;
  const bool numbers = std::none_of(rows.begin(), rows.end(), [&](auto r) { return std::isnan(mark.number[r]); });
  std::sort(rows.begin(), rows.end(), [&](auto a, auto b) {
    return numbers && mark.number[a] != mark.number[b] ? mark.number[a] < mark.number[b] : mark.text[a] < mark.text[b];
  });
  std::vector<std::string> names;
  for (const auto r : rows)
    if (names.empty() || names.back() != mark.text[r]) names.push_back(mark.text[r]);
  if (names.size() > kMostGroups)
    throw DataError("{}: {} has {} different values, such as {} and {}; at most {} classes can be compared", q.cases,
                    q.mark, names.size(), names[0], names[1], kMostGroups);
  if (!numbers && q.risk == Risk::ordinal)
    throw UsageError("classes: '{}' holds text: say which is lower and which is higher; there are: {}", q.mark,
                     fmt::join(names, ", "));
  return names;
}

// What leaves nothing to compare.
void check_scan(const Question& q, const Scan_data& s, Problems& bad) {
  const auto& m = s.marks;
  const std::string of = s.name.empty() ? "" : fmt::format(", {}", s.name);
  if (m.cell.size() < 2) bad.add("{}{}: is that of one case alone", q.mark, of);
  else if (q.risk == Risk::normal &&
           std::all_of(m.value.begin(), m.value.end(), [&](double v) { return v == m.value[0]; }))
    bad.add("{}{}: is {} everywhere; there is nothing to compare", q.mark, of, m.value[0]);
  else if (q.risk == Risk::exponential && std::none_of(m.group.begin(), m.group.end(), [](auto g) { return g == 1; }))
    bad.add("{}{}: all cases are censored, and no event came", q.censored, of);
  else if (q.classed() && m.classes.size() == 1)
    bad.add("{}{}: is '{}' everywhere; two classes are needed", q.mark, of, m.classes[0]);
}

}  // namespace

void drop_empty_classes(Mark_data& m) {
  std::vector<std::uint32_t> number(m.classes.size(), 0);
  for (const auto g : m.group) number[g] = 1;
  std::vector<std::string> names;
  for (std::size_t k = 0; k < number.size(); ++k) {
    if (number[k] == 0) continue;
    number[k] = static_cast<std::uint32_t>(names.size());
    names.push_back(m.classes[k]);
  }
  for (auto& g : m.group) g = number[g];
  m.classes = std::move(names);
}

void read_marks(const city::City& city, const Question& q, const Events& cases, Study_data& study) {
  const Mark_column mark(cases.records, q.mark, "mark", q.cases);
  std::optional<Mark_column> censored;
  if (!q.censored.empty()) censored.emplace(cases.records, q.censored, "censored", q.cases);
  Problems bad;
  std::vector<std::string> classes;
  if (q.classed()) classes = classes_of(q, cases, mark, bad);
  else check_numbers(q, cases, mark, bad);
  if (censored) check_censored(q, cases, *censored, bad);
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: marks of {} cannot be used", city.file_name(), q.cases));

  const auto steps = static_cast<std::uint32_t>(study.time.steps());
  for (const auto i : counted(cases)) {
    auto& m = study.scans[cases.category[i]].marks;
    const auto row = cases.row[i];
    m.cell.insert(m.cell.end(), cases.count[i],
                  cases.place[i] * steps + static_cast<std::uint32_t>(*step_of(study.time, cases.day[i])));
    if (q.classed())
      m.group.insert(
          m.group.end(), cases.count[i],
          static_cast<std::uint32_t>(std::find(classes.begin(), classes.end(), mark.text[row]) - classes.begin()));
    else m.value.insert(m.value.end(), cases.count[i], mark.number[row]);
    if (q.risk == Risk::exponential)
      m.group.insert(m.group.end(), cases.count[i], censored && censored->number[row] == 1 ? 0 : 1);
  }
  for (auto& s : study.scans) {
    s.individuals = s.cases;
    s.measure.assign(s.individuals.begin(), s.individuals.end());
    if (q.classed()) {
      s.marks.classes = classes;
      drop_empty_classes(s.marks);
    }
    check_scan(q, s, bad);
    if (q.risk != Risk::exponential) continue;
    std::fill(s.cases.begin(), s.cases.end(), 0u);
    for (std::size_t i = 0; i < s.marks.cell.size(); ++i) s.cases[s.marks.cell[i]] += s.marks.group[i];
  }
  bad.raise_if_any(Exit::bad_data, fmt::format("{}: marks of {} cannot be used", city.file_name(), q.cases));
}

}  // namespace dosi::scan
