#include "host/job/parameter.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "io/city/city.hpp"
#include "io/error.hpp"
#include "io/nearest_name.hpp"

namespace dosi::job {
namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  std::string part;
  for (const char c : text + ",") {
    if (c != ',') {
      part += c;
      continue;
    }
    const auto first = part.find_first_not_of(" \t"), last = part.find_last_not_of(" \t");
    if (first != std::string::npos) out.push_back(part.substr(first, last - first + 1));
    part.clear();
  }
  return out;
}

double to_real(const std::string& text) {
  double v = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (ec != std::errc() || end != text.data() + text.size() || !std::isfinite(v))
    throw std::invalid_argument("'" + text + "' is not a number");
  return v;
}

bool right_type(Form form, const Json& v) {
  switch (form) {
    case Form::text: return v.is_string();
    case Form::whole: return v.is_number_integer();
    case Form::real: return v.is_number();
    case Form::flag: return v.is_boolean();
    case Form::texts:
      return v.is_array() && std::all_of(v.begin(), v.end(), [](const auto& e) { return e.is_string(); });
    case Form::reals:
      return v.is_array() && std::all_of(v.begin(), v.end(), [](const auto& e) { return e.is_number(); });
    case Form::tables:
      return v.is_array() && std::all_of(v.begin(), v.end(), [](const auto& e) { return e.is_object(); });
  }
  return false;
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& n : names) out += (out.empty() ? "" : ", ") + n;
  return out;
}

void check_range(const Parameter& p, const Json& v, Problems& bad) {
  if (v.is_array()) {
    for (const auto& e : v) check_range(p, e, bad);
    return;
  }
  if (v.is_number()) {
    const double x = v.get<double>();
    if (!std::isfinite(x)) bad.add("{}: {} is not a finite number", p.name, x);
    else if ((p.least && x < *p.least) || (p.most && x > *p.most))
      bad.add("{}: {} is out of range; it must be {}{}{}", p.name, x,
              p.least ? fmt::format("at least {}", *p.least) : "", p.least && p.most ? " and " : "",
              p.most ? fmt::format("at most {}", *p.most) : "");
  }
  if (v.is_string() && !p.choices.empty() &&
      std::find(p.choices.begin(), p.choices.end(), v.get<std::string>()) == p.choices.end())
    bad.add("{}: '{}' is not one of: {}", p.name, v.get<std::string>(), listed(p.choices));
}

}  // namespace

const char* name_of(Form form) {
  switch (form) {
    case Form::text: return "text";
    case Form::whole: return "whole number";
    case Form::real: return "number";
    case Form::flag: return "true or false";
    case Form::texts: return "list of texts";
    case Form::reals: return "list of numbers";
    case Form::tables: return "list of tables";
  }
  return "?";
}

Json read_value(Form form, const std::string& text) {
  switch (form) {
    case Form::text: return text;
    case Form::whole: {
      std::int64_t v = 0;
      const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), v);
      if (ec != std::errc() || end != text.data() + text.size())
        throw std::invalid_argument("'" + text + "' is not a whole number");
      return v;
    }
    case Form::real: return to_real(text);
    case Form::flag:
      if (text == "true" || text == "1" || text == "yes") return true;
      if (text == "false" || text == "0" || text == "no") return false;
      throw std::invalid_argument("'" + text + "' is neither true nor false");
    case Form::texts: return split(text);
    case Form::reals: {
      Json list = Json::array();
      for (const auto& part : split(text)) list.push_back(to_real(part));
      return list;
    }
    case Form::tables: throw std::invalid_argument("'" + text + "' is a text");
  }
  return nullptr;
}

Parameters::Parameters(const std::vector<Parameter>& declared, const Json& given, const std::string& subject) {
  Problems bad;
  std::vector<std::string> names;
  for (const auto& p : declared) names.push_back(p.name);
  for (const auto& [key, value] : given.items()) {
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    const auto near = nearest_name(key, names);
    bad.add("{}: unknown parameter{}", key,
            near.empty() ? "; its parameters are: " + listed(names) : "; did you mean " + near + "?");
  }
  for (const auto& p : declared) {
    Json v = given.contains(p.name) ? given.at(p.name) : p.otherwise;
    if (v.is_null()) {
      if (!p.optional) bad.add("{}: is required: {}", p.name, p.help);
      values_[p.name] = nullptr;
      continue;
    }
    try {
      if (v.is_string() && p.form != Form::text) v = read_value(p.form, v.get<std::string>());
      else if (p.form == Form::texts && v.is_string()) v = Json::array({v});
      else if (p.form == Form::reals && v.is_number()) v = Json::array({v});
    } catch (const std::invalid_argument& e) {
      bad.add("{}: {}; a {} is needed", p.name, e.what(), name_of(p.form));
      continue;
    }
    if (!right_type(p.form, v)) {
      bad.add("{}: {} is not a {}", p.name, v.dump(), name_of(p.form));
      continue;
    }
    // 10 and 10.0 are one question, however they are typed.
    if (p.form == Form::real) v = v.get<double>();
    if (p.form == Form::reals) v = v.get<std::vector<double>>();
    check_range(p, v, bad);
    if (p.check) p.check(v, bad);
    values_[p.name] = std::move(v);
  }
  bad.raise_if_any(Exit::usage, subject + ": parameters are wrong");
}

std::vector<std::string> Parameters::texts(const std::string& name) const {
  return has(name) ? values_.at(name).get<std::vector<std::string>>() : std::vector<std::string>{};
}
std::vector<double> Parameters::reals(const std::string& name) const {
  return has(name) ? values_.at(name).get<std::vector<double>>() : std::vector<double>{};
}

Json describe(const std::vector<Parameter>& declared) {
  Json list = Json::array();
  for (const auto& p : declared) {
    Json j{{"name", p.name}, {"type", name_of(p.form)}};
    if (!p.unit.empty()) j["unit"] = p.unit;
    j["default"] = p.otherwise;
    j["required"] = p.otherwise.is_null() && !p.optional;
    if (p.least) j["least"] = *p.least;
    if (p.most) j["most"] = *p.most;
    if (!p.choices.empty()) j["choices"] = p.choices;
    if (!p.layer_kinds.empty()) j["layer_kinds"] = p.layer_kinds;
    j["help"] = p.help;
    list.push_back(std::move(j));
  }
  return list;
}

void check_layers(const std::vector<Parameter>& declared, const Parameters& given, const city::City& city,
                  const std::string& where, Problems& bad) {
  for (const auto& p : declared) {
    if (p.layer_kinds.empty() || given.text(p.name).empty()) continue;
    try {
      city.find(given.text(p.name), p.layer_kinds);
    } catch (const UsageError& e) {
      bad.add("{}{}: {}", where, p.name, e.what());
    }
  }
}

}  // namespace dosi::job
