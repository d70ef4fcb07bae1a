// A table of a plan whose keys are read one by one, each with what it must be; all that is wrong is gathered.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/job/parameter.hpp"
#include "io/error.hpp"
#include "io/nearest_name.hpp"

namespace dosi::job {

// Keys that nobody has read when it goes are unknown.
class Fields {
 public:
  Fields(const Json& table, std::string where, Problems& bad) : table_(table), where_(std::move(where)), bad_(bad) {}
  ~Fields() {
    for (const auto& [key, value] : table_.items()) {
      if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
      const auto near = nearest_name(key, known_);
      bad_.add("{}: unknown key '{}'; {}", where_, key,
               near.empty() ? fmt::format("there are: {}", fmt::join(known_, ", ")) : "did you mean " + near + "?");
    }
  }
  Fields(const Fields&) = delete;

  bool has(const char* key) const { return table_.contains(key); }
  template <class... A>
  void wrong(fmt::format_string<A...> f, A&&... a) {
    bad_.add("{}: {}", where_, fmt::format(f, std::forward<A>(a)...));
  }

  // The value, where it is there and `right`.
  const Json* find(const char* key, const char* what, const std::function<bool(const Json&)>& right) {
    known_.emplace_back(key);
    const auto it = table_.find(key);
    if (it == table_.end()) return nullptr;
    if (right(*it)) return &*it;
    wrong("{} = {}: must be {}", key, it->dump(-1, ' ', false, Json::error_handler_t::replace), what);
    return nullptr;
  }
  std::string text(const char* key) {
    const auto* v = find(key, "a text", [](const Json& j) { return j.is_string() && !j.get<std::string>().empty(); });
    return v == nullptr ? "" : v->get<std::string>();
  }
  bool flag(const char* key) {
    const auto* v = find(key, "true or false", [](const Json& j) { return j.is_boolean(); });
    return v != nullptr && v->get<bool>();
  }
  std::optional<double> number(const char* key, double most) {
    const auto* v = find(key, fmt::format("a number above 0, at most {}", most).c_str(), [&](const Json& j) {
      return j.is_number() && j.get<double>() > 0 && j.get<double>() <= most;
    });
    return v == nullptr ? std::nullopt : std::optional(v->get<double>());
  }
  void point(const char* key, double& x, double& y) {
    const auto number = [](const Json& j) { return j.is_number() && std::abs(j.get<double>()) <= 1e9; };
    const auto* v = find(key, "[x, y] in metres of the city's CRS",
                         [&](const Json& j) { return j.is_array() && j.size() == 2 && number(j[0]) && number(j[1]); });
    if (!has(key)) wrong("{} is missing", key);
    if (v == nullptr) return;
    x = (*v)[0].get<double>();
    y = (*v)[1].get<double>();
  }
  // f for each of a list of tables.
  void tables(const char* key, const std::function<void(Fields&)>& f) {
    const auto* v = find(key, "a list of tables", [](const Json& j) {
      return j.is_array() && std::all_of(j.begin(), j.end(), [](const Json& e) { return e.is_object(); });
    });
    if (v == nullptr) return;
    for (std::size_t i = 0; i < v->size(); ++i) {
      Fields each((*v)[i], fmt::format("{}: {}[{}]", where_, key, i), bad_);
      f(each);
    }
  }

 private:
  const Json& table_;
  std::string where_;
  Problems& bad_;
  std::vector<std::string> known_;
};

}  // namespace dosi::job
