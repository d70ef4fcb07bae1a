// Text as it comes from outside: encodings, blanks, numbers, names to be compared.
// Korean open data is UTF-8 or CP949; everything past here is valid UTF-8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dosi::imports {

enum class Encoding { utf8, cp949 };
const char* name_of(Encoding encoding);
// "UTF-8", "CP949" (also EUC-KR, UHC, MS949), any case; "auto" gives nothing. Anything else is a UsageError.
std::optional<Encoding> encoding_named(const std::string& name);

// Counts what speaks for UTF-8 and what against it. Feed the bytes in pieces, then finish().
class Utf8_check {
 public:
  void feed(std::string_view bytes);
  void finish();
  std::uint64_t good = 0;  // sequences of two bytes and more
  std::uint64_t bad = 0;   // bytes that no valid sequence holds
 private:
  int pending_ = 0;
  unsigned lead_ = 0;
  bool first_ = false;
};
bool is_utf8(std::string_view bytes);
// UTF-8 unless its rules are broken; a few broken bytes among much good UTF-8 do not make a file CP949.
Encoding detected(const Utf8_check& check);

// Turns bytes of an encoding into UTF-8.
class Decoder {
 public:
  explicit Decoder(Encoding encoding);
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  // False if `in` is not valid in the encoding: each byte at fault is then written as \xNN.
  bool decode(std::string_view in, std::string& out);

 private:
  Encoding encoding_;
  void* iconv_ = nullptr;
};

std::string_view trimmed(std::string_view text);  // spaces, tabs, line ends, no-break and ideographic spaces
// For comparing names: trimmed, runs of blanks as one, the middle dots · ㆍ ・ ‧ as '.', ASCII in lower case.
std::string comparable(std::string_view text);

// A number with blanks around it and thousands separators ("1,234.5"); also nan and inf, as they are.
std::optional<double> number_in(std::string_view text);
// The same for whole numbers that fit 64 bits.
std::optional<std::int64_t> whole_in(std::string_view text);
// A code such as 00123: its leading zeros mean something, so it is not a number.
bool is_code(std::string_view text);
// "", nan, na, n/a, null in any case: how tables say that a number is missing.
bool is_missing(std::string_view text);

}  // namespace dosi::imports
