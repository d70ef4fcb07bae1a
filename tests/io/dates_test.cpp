#include "io/dates.hpp"

#include <gtest/gtest.h>

namespace dosi {
namespace {

std::int64_t day(const char* text) { return date_in(text)->day; }

TEST(Dates, ReadsWhatDatesLookLike) {
  EXPECT_EQ(day("1970-01-01"), 0);
  EXPECT_EQ(day("2001/11/22"), 11648);
  EXPECT_EQ(day("2001.11.22"), day("2001-11-22 23:59:59"));
  EXPECT_EQ(day("73"), day("1973-01-01"));
  EXPECT_EQ(day("1960-02-29"), -3594);
  EXPECT_EQ(date_in("1985")->precision, Date_precision::year);
  EXPECT_EQ(date_in("1985/7")->precision, Date_precision::month);
  for (const char* wrong :
       {"", "yesterday", "2001-02-29", "2001-13-01", "2001-1-1-1", "20011122", "-5", "2001//1", "1e3"})
    EXPECT_FALSE(date_in(wrong)) << wrong;
}

TEST(Dates, WritesThem) {
  EXPECT_EQ(date_text(11648), "2001-11-22");
  EXPECT_EQ(date_text(11648, Date_precision::month), "2001-11");
  EXPECT_EQ(date_text(11648, Date_precision::year), "2001");
}

TEST(Dates, CountsMonths) {
  EXPECT_EQ(date_text(months_later(day("2024-01-31"), 1)), "2024-02-29");
  EXPECT_EQ(date_text(months_later(day("1992-01-01"), -19 * 12)), "1973-01-01");
  EXPECT_EQ(date_text(middle_of(*date_in("1982"))), "1982-07-01");
  EXPECT_EQ(date_text(middle_of(*date_in("1982/3"))), "1982-03-15");
  EXPECT_EQ(date_text(middle_of(*date_in("1982/3/2"))), "1982-03-02");
}

}  // namespace
}  // namespace dosi
