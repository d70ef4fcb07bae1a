// The page from its parts: the template, styles, scripts and d3 that are compiled in, and the results as JSON.
// Data only ever stands inside <script type="application/json">, where no '<' is left as it is.
#include "io/report/report.hpp"

#include <fmt/chrono.h>

#include <ctime>
#include <string_view>

#include "io/error.hpp"
#include "io/files.hpp"
#include "io/h5/h5.hpp"
#include "io/report/data.hpp"

extern "C" {
extern const char dosi_d3_begin[], dosi_d3_end[];
extern const char dosi_page_html_begin[], dosi_page_html_end[];
extern const char dosi_page_css_begin[], dosi_page_css_end[];
extern const char dosi_page_js_begin[], dosi_page_js_end[];
}

namespace dosi::report {
namespace {

namespace fs = std::filesystem;

std::string_view between(const char* begin, const char* end) { return {begin, static_cast<std::size_t>(end - begin)}; }

std::string escaped_html(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '&') out += "&amp;";
    else if (c == '"') out += "&quot;";
    else out += c;
  }
  return out;
}

// JSON that may stand in a <script>: in JSON '<' is only ever inside a string, and so are the two separators that
// JavaScript once took for line ends.
std::string embeddable(const Json& json) {
  const auto text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<') out += "\\u003c";
    else if (text.compare(i, 3, "\xE2\x80\xA8") == 0) out += "\\u2028", i += 2;
    else if (text.compare(i, 3, "\xE2\x80\xA9") == 0) out += "\\u2029", i += 2;
    else out += text[i];
  }
  return out;
}

std::string page_title(const Page_options& options, const Json& results) {
  if (!options.title.empty()) return options.title;
  if (results.size() == 1) return text_of(results[0].at("title"), options.language.c_str());
  return options.language == "ko" ? fmt::format("결과 {}건", results.size())
                                  : fmt::format("{} results", results.size());
}

void write_whole(const fs::path& page, const std::string& text) {
  const fs::path partial = page.string() + ".partial";
  write_file(partial, text);
  h5::publish(partial, page);
}

}  // namespace

void write_page(const std::vector<fs::path>& results, const fs::path& page, const Page_options& options) {
  if (results.empty()) throw UsageError("a page needs one result at least");
  h5::check_replaceable(page);
  Page_data data;
  for (const auto& r : results) data.add(r);
  const auto title = page_title(options, data.results());
  const Json embedded{{"title", title},
                      {"title_given", !options.title.empty()},
                      {"language", options.language},
                      {"made", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
                      {"geometries", data.geometries()},
                      {"results", data.results()}};

  std::string_view rest = between(dosi_page_html_begin, dosi_page_html_end);
  std::string text;
  const auto fill = [&](std::string_view mark, std::string_view with) {
    const auto at = rest.find(mark);
    if (at == std::string_view::npos) throw Error(Exit::internal, fmt::format("the page template has no {}", mark));
    text.append(rest.substr(0, at)).append(with);
    rest.remove_prefix(at + mark.size());
  };
  fill("@LANGUAGE@", options.language);
  fill("@TITLE@", escaped_html(title));
  fill("@STYLE@", between(dosi_page_css_begin, dosi_page_css_end));
  fill("@DATA@", embeddable(embedded));
  fill("@D3@", between(dosi_d3_begin, dosi_d3_end));
  fill("@SCRIPT@", between(dosi_page_js_begin, dosi_page_js_end));
  text.append(rest);
  write_whole(page, text);
}

}  // namespace dosi::report
