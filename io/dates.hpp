// Calendar dates as days since 1970-01-01 (CF: "days since 1970-01-01", proleptic Gregorian).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dosi {

inline constexpr const char* kDayUnits = "days since 1970-01-01";

enum class Date_precision { year, month, day };
const char* name_of(Date_precision precision);

struct Date {
  std::int64_t day = 0;  // the first day of a year or month that is not told apart further
  Date_precision precision = Date_precision::day;
};

// "2001", "2001-11", "2001/11/22", "2001-11-22 13:05:00" (the time of day is dropped), also with '.'. A year of two
// digits is 1950 to 2049. Nothing where it is none, or no such day is.
std::optional<Date> date_in(std::string_view text);
std::string date_text(std::int64_t day, Date_precision precision = Date_precision::day);
// The same day some months later (earlier), or the last of its month where it has no such day.
std::int64_t months_later(std::int64_t day, int months);
// The middle that a year or month stands for: 1 July, or the 15th.
std::int64_t middle_of(const Date& date);

}  // namespace dosi
