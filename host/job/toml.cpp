#include "host/job/toml.hpp"

#include "io/error.hpp"
#include "io/files.hpp"

namespace dosi::job {
namespace {

// Outside of quotes and comments TOML is ASCII. toml++ (3.0) runs into undefined behaviour on other letters there.
void check_bare_text(std::string_view text, const std::string& file) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::size_t line = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (static_cast<unsigned char>(c) >= 0x80)
      throw UsageError("{}: line {}: letters that are not ASCII must stand in quotes", file, line);
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size()) - 1;
    } else if (c == '"' || c == '\'') {
      const bool is_long = text.substr(i, 3) == std::string(3, c);
      const auto quote = text.substr(i, is_long ? 3 : 1);
      if (!is_long && text.substr(i + 1, 1) == quote) {  // empty
        ++i;
        continue;
      }
      for (i += quote.size(); i < text.size() && text.substr(i, quote.size()) != quote; ++i) {
        if (text[i] == '\\' && c == '"') ++i;
        if (i < text.size() && text[i] == '\n') {
          ++line;
          if (!is_long) break;
        }
      }
      i += quote.size() - 1;
      for (int more = 0; is_long && more < 2 && text.substr(std::min(i + 1, text.size()), 1) == std::string(1, c);
           ++more)
        ++i;  // """a"""""
    }
  }
}

}  // namespace

toml::table read_toml(const std::filesystem::path& path) {
  std::error_code none;
  if (!std::filesystem::is_regular_file(path, none)) throw IoError("{}: no such file", path.string());
  const auto text = read_file(path);
  check_bare_text(text, path.string());
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& e) {
    throw UsageError("{}: line {}: {}", path.string(), e.source().begin.line, std::string(e.description()));
  }
}

Json to_json(const toml::node& node) {
  if (const auto* s = node.as_string()) return s->get();
  if (const auto* i = node.as_integer()) return i->get();
  if (const auto* d = node.as_floating_point()) return d->get();
  if (const auto* b = node.as_boolean()) return b->get();
  if (const auto* a = node.as_array()) {
    auto list = Json::array();
    for (const auto& e : *a) list.push_back(to_json(e));
    return list;
  }
  if (const auto* t = node.as_table()) {
    auto object = Json::object();
    for (const auto& [key, value] : *t) object[std::string(key.str())] = to_json(value);
    return object;
  }
  return "a date";
}

Json tables_of_file(const std::filesystem::path& path, const std::string& key) {
  const auto root = read_toml(path);
  Problems bad;
  for (const auto& [other, node] : root)
    if (other.str() != key)
      bad.add("line {}: '{}': only [[{}]] may stand here", node.source().begin.line, std::string(other.str()), key);
  const auto* node = root.get(key);
  if (node == nullptr || !node->is_array()) bad.add("has no [[{}]]", key);
  bad.raise_if_any(Exit::usage, path.string() + ": is wrong");
  return to_json(*node);
}

}  // namespace dosi::job
