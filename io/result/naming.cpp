#include "io/result/naming.hpp"

#include <algorithm>

namespace dosi::result {

const city::Column* naming_column(const city::Table& table) {
  for (const char* name : {"label", "name", "이름", "명칭", "사업장명", "시설명", "상호", "상호명", "업소명"})
    if (const auto* c = table.find(name); c != nullptr && c->is_text()) return c;
  for (const auto& c : table.columns) {
    if (!c.is_text()) continue;
    const auto texts = c.as_text();
    if (2 * static_cast<std::size_t>(
                std::count_if(texts.begin(), texts.end(), [](const auto& t) { return !t.empty(); })) >
        texts.size())
      return &c;
  }
  return nullptr;
}

std::vector<std::string> place_names(const Result& result, const std::string& table) {
  const auto tables = result.tables();
  if (std::find(tables.begin(), tables.end(), table) == tables.end()) return {};
  const auto g = result.root().group(table);
  std::vector<std::string> texts;
  for (const auto& v : g.variables())
    if (g.dataset(v).type().kind == h5::Kind::string) texts.push_back(v);
  const auto t = result.flat_columns(table, texts);
  const auto* c = naming_column(t);
  return c == nullptr ? std::vector<std::string>{} : c->as_text();
}

}  // namespace dosi::result
