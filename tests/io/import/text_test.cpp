// Text and tables as they come from outside.
#include <gmock/gmock.h>

#include <cmath>
#include "io/error.hpp"
#include "io/import/csv.hpp"
#include "io/import/report.hpp"
#include "tests/io/import/temp.hpp"

namespace dosi::imports {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::thrown;

TEST(Import_text, reads_numbers_with_blanks_and_separators) {
  EXPECT_EQ(number_in("2.04 "), 2.04);
  EXPECT_EQ(number_in("\t-1,234,567.5\r\n"), -1234567.5);
  EXPECT_EQ(number_in("+7"), 7);
  EXPECT_EQ(whole_in("10,013,781"), 10013781);
  EXPECT_EQ(number_in("1e3"), 1000);
  for (const char* bad :
       {"", "-", "+", "++1", "1,23", "1,2345", ",123", "1,234,", "0x10", "1 2", "12a", "1.2.3", "1e", "1e999"})
    EXPECT_FALSE(number_in(bad)) << bad;
  EXPECT_FALSE(whole_in("9223372036854775808"));
  EXPECT_FALSE(whole_in("-9223372036854775808")) << "stands for missing";
  EXPECT_TRUE(std::isnan(*number_in("nan")));
  EXPECT_TRUE(is_code("00123"));
  EXPECT_FALSE(is_code("0"));
  EXPECT_FALSE(is_code("0.5"));
}

TEST(Import_text, compares_names_without_regard_to_dots_and_blanks) {
  EXPECT_EQ(comparable("  성동구\t 금호2·3가동 "), "성동구 금호2.3가동");
  EXPECT_EQ(comparable("종로1ㆍ2・3.4가동"), "종로1.2.3.4가동");
  EXPECT_EQ(comparable("\xC2\xA0 SEOUL\xE3\x80\x80Gu"), "seoul gu");
  EXPECT_EQ(comparable(""), "");
}

TEST(Import_text, tells_utf8_from_cp949) {
  EXPECT_TRUE(is_utf8("서울"));
  EXPECT_FALSE(is_utf8("\xBC\xAD\xBF\xEF"));
  EXPECT_FALSE(is_utf8("\xC0\xAF"));          // overlong
  EXPECT_FALSE(is_utf8("\xED\xA0\x80"));      // a surrogate
  EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80"));  // past U+10FFFF
  EXPECT_FALSE(is_utf8("\xE3\x80"));          // cut short
  Decoder cp949(Encoding::cp949);
  std::string out;
  EXPECT_TRUE(cp949.decode("\xBC\xAD\xBF\xEF \x8C\x63", out));
  EXPECT_EQ(out, "서울 똠");
  EXPECT_FALSE(
      cp949.decode("a\xFF"
                   "b\xBC",
                   out));
  EXPECT_EQ(out, "a\\xFFb\\xBC");
  Decoder utf8(Encoding::utf8);
  EXPECT_FALSE(utf8.decode("서\xFF울", out));
  EXPECT_EQ(out, "서\\xFF울");
  EXPECT_THROW(encoding_named("latin1"), UsageError);
}

struct Csv : testing::Folder {
  std::vector<Record> all(const std::string& bytes, const std::string& encoding = "auto") {
    Csv_reader reader(write("a b'c.csv", bytes), encoding);
    std::vector<Record> out;
    for (Record r; reader.next(r);) out.push_back(r);
    return out;
  }
};

TEST_F(Csv, keeps_quotes_separators_and_line_ends_in_fields) {
  const auto r = all("\xEF\xBB\xBFname,note\r\n\"Kim, \"\"Min\"\"\",\"two\nlines\"\r\n\n plain \"x\" ,\n");
  ASSERT_EQ(r.size(), 3u);
  EXPECT_THAT(r[0].cells, ElementsAre("name", "note"));
  EXPECT_THAT(r[1].cells, ElementsAre("Kim, \"Min\"", "two\nlines"));
  EXPECT_EQ(r[1].line, 2u);
  EXPECT_THAT(r[2].cells, ElementsAre(" plain \"x\" ", ""));
  EXPECT_EQ(r[2].line, 5u);
}

TEST_F(Csv, finds_the_separator_and_the_line_end) {
  EXPECT_THAT(all("a;b,c;d\n1;2;3\n")[0].cells, ElementsAre("a", "b,c", "d"));
  EXPECT_THAT(all("a\tb\n1\t2\n")[1].cells, ElementsAre("1", "2"));
  const auto old = all("a,b\r1,2\r3,4");
  ASSERT_EQ(old.size(), 3u);
  EXPECT_EQ(old[2].line, 3u);
}

TEST_F(Csv, reports_a_record_that_breaks_the_rules) {
  const auto r = all(std::string("a,b\n\"x\"y,2\nu\0v,3\n", 17));
  EXPECT_EQ(r[1].fault, "text after a closing quote");
  EXPECT_THAT(r[1].cells, ElementsAre("xy", "2"));
  EXPECT_EQ(r[2].fault, "a zero byte in the text");
  EXPECT_EQ(all("a,b\n\xFF,\xBC\xAD\n", "CP949")[1].fault, "text is not valid CP949");
}

TEST_F(Csv, refuses_what_is_no_table) {
  EXPECT_THAT(thrown([&] { all(""); }), HasSubstr("is empty"));
  EXPECT_THAT(thrown([&] { all("a,b\n1,\"2\n3,4\n"); }), HasSubstr("line 2: a quote is opened and never closed"));
  EXPECT_THAT(thrown([&] {
                all("\xFF\xFE"
                    "a");
              }),
              HasSubstr("UTF-16"));
  EXPECT_THAT(thrown([&] { all("PK\x03\x04zip"); }), HasSubstr("zip"));
  EXPECT_THAT(thrown([&] { all(std::string(70000, ',')); }), HasSubstr("more than 65536 fields"));
  EXPECT_THROW(Csv_reader(folder, "auto"), IoError);
  EXPECT_THROW(Csv_reader(folder / "none.csv", "auto"), IoError);
}

TEST_F(Csv, any_bytes_end_in_records_or_an_error) {
  std::uint64_t state = 1;
  const char alphabet[] = {'"',    ',', '\n', '\r', 'a',    '\0',   '\xBC', '\xAD',
                           '\xFF', ';', '\t', ' ',  '\xEF', '\xBB', '\xBF'};
  for (int round = 0; round < 500; ++round) {
    std::string bytes;
    for (int i = 0; i < 60; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      bytes += alphabet[(state >> 33) % sizeof alphabet];
    }
    try {
      for (const auto& r : all(bytes))
        for (const auto& c : r.cells) EXPECT_TRUE(is_utf8(c) && c.find('\0') == std::string::npos);
    } catch (const Error&) {}
  }
}

TEST_F(Csv, rejects_can_be_read_again) {
  Reject_list list{"", {"name", "row"}, {}};
  list.add(7, "more fields than the header", {"a,\"b\"", "c\nd", "e", "f,g"});
  list.add(9, "missing coordinates", {"x"});
  write_rejects(folder / "r.csv", list);
  const auto r = all(read(folder / "r.csv"));
  EXPECT_THAT(r[0].cells, ElementsAre("name", "row", "extra", "row_", "reason"));
  EXPECT_THAT(r[1].cells, ElementsAre("a,\"b\"", "c\nd", "e,\"f,g\"", "7", "more fields than the header"));
  EXPECT_THAT(r[2].cells, ElementsAre("x", "", "", "9", "missing coordinates"));
}

}  // namespace
}  // namespace dosi::imports
