#include "io/dates.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>

namespace dosi {
namespace {

using namespace std::chrono;

std::int64_t days(year_month_day d) { return sys_days(d).time_since_epoch().count(); }
year_month_day civil(std::int64_t day) { return year_month_day(sys_days(std::chrono::days(day))); }

}  // namespace

const char* name_of(Date_precision precision) {
  return precision == Date_precision::year ? "year" : precision == Date_precision::month ? "month" : "day";
}

std::optional<Date> date_in(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '"')) text.remove_prefix(1);
  if (const auto end = text.find_first_of(" T\""); end != std::string_view::npos) text = text.substr(0, end);
  std::array<int, 3> part{0, 1, 1};
  int parts = 0;
  while (!text.empty() && parts < 3) {
    const auto end = std::min(text.find_first_of("-/."), text.size());
    const auto digits = text.substr(0, end);
    const auto [stop, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), part[static_cast<std::size_t>(parts)]);
    if (error != std::errc() || stop != digits.data() + digits.size() || digits.size() > 4 ||
        part[static_cast<std::size_t>(parts)] < 0)
      return std::nullopt;
    if (parts == 0 && digits.size() <= 2) part[0] += part[0] < 50 ? 2000 : 1900;
    ++parts;
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  if (parts == 0 || !text.empty()) return std::nullopt;
  const year_month_day d{year(part[0]), month(static_cast<unsigned>(part[1])), day(static_cast<unsigned>(part[2]))};
  if (!d.ok()) return std::nullopt;
  return Date{days(d), parts == 1 ? Date_precision::year : parts == 2 ? Date_precision::month : Date_precision::day};
}

std::string date_text(std::int64_t day, Date_precision precision) {
  const auto d = civil(day);
  const int y = static_cast<int>(d.year());
  if (precision == Date_precision::year) return fmt::format("{:04}", y);
  const unsigned m = static_cast<unsigned>(d.month());
  if (precision == Date_precision::month) return fmt::format("{:04}-{:02}", y, m);
  return fmt::format("{:04}-{:02}-{:02}", y, m, static_cast<unsigned>(d.day()));
}

std::int64_t months_later(std::int64_t day, int count) {
  auto d = civil(day) + months(count);
  if (!d.ok()) d = d.year() / d.month() / last;
  return days(d);
}

std::int64_t middle_of(const Date& date) {
  if (date.precision == Date_precision::day) return date.day;
  const auto d = civil(date.day);
  return date.precision == Date_precision::year ? days(d.year() / July / 1) : days(d.year() / d.month() / 15);
}

}  // namespace dosi
