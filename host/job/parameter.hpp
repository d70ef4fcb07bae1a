// A parameter is declared once. The declaration serves the command line, the plan, `describe`, the checks and
// the provenance of the result.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace dosi {
class Problems;  // io/error.hpp
namespace city {
class City;
}
}  // namespace dosi

namespace dosi::job {

using Json = nlohmann::ordered_json;

// texts, reals: lists, comma-separated on the command line; tables: of a plan, or of a TOML file on the command line.
enum class Form { text, whole, real, flag, texts, reals, tables };
const char* name_of(Form form);

struct Parameter {
  std::string name;  // as in a plan; on the command line --name with '-' for '_'
  Form form = Form::text;
  Json otherwise;    // the default; null: required unless `optional`
  std::string help;  // one line
  std::string unit = "";
  std::optional<double> least = std::nullopt, most = std::nullopt;  // inclusive, of each element of a list
  std::vector<std::string> choices = {};
  bool optional = false;                                        // no default and may be absent
  std::function<void(const Json&, Problems&)> check = nullptr;  // of tables: what the type does not say
  std::vector<std::string> layer_kinds = {};  // of a text that names a layer of the city: what kinds it may be
  bool changes_answer = true;                 // false: it says how, not what, is computed
};

// The values of one run, each checked against its declaration.
class Parameters {
 public:
  // Takes given values (JSON of the right type, or text to be read as that type), fills in the defaults, and
  // reports unknown names, wrong types, values out of range and missing ones together as one UsageError.
  Parameters(const std::vector<Parameter>& declared, const Json& given, const std::string& subject);

  bool has(const std::string& name) const { return !values_.at(name).is_null(); }
  std::string text(const std::string& name) const { return has(name) ? values_.at(name).get<std::string>() : ""; }
  std::int64_t whole(const std::string& name) const { return values_.at(name).get<std::int64_t>(); }
  double real(const std::string& name) const { return values_.at(name).get<double>(); }
  bool flag(const std::string& name) const { return values_.at(name).get<bool>(); }
  std::vector<std::string> texts(const std::string& name) const;
  std::vector<double> reals(const std::string& name) const;
  const Json& json() const { return values_; }

 private:
  Json values_;
};

// The value of `text` read as `form`; throws std::invalid_argument saying what would be right.
Json read_value(Form form, const std::string& text);
// Adds to `bad` each layer named that the city does not have, with what it has. `where` stands before each.
void check_layers(const std::vector<Parameter>& declared, const Parameters& given, const city::City& city,
                  const std::string& where, Problems& bad);
Json describe(const std::vector<Parameter>& declared);

}  // namespace dosi::job
