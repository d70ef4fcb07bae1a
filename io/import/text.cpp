#include "io/import/text.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>

#include "io/error.hpp"

namespace dosi::imports {
namespace {

std::string lower(std::string_view s) {
  std::string out(s);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

// Bytes of a blank at the start of `s`, 0 if there is none.
std::size_t blank_at(std::string_view s) {
  if (s.empty()) return 0;
  if (s[0] == ' ' || (s[0] >= '\t' && s[0] <= '\r')) return 1;
  if (s.starts_with("\xC2\xA0")) return 2;  // no-break space
  if (s.starts_with("\xE3\x80\x80") || s.starts_with("\xEF\xBB\xBF") || s.starts_with("\xE2\x80\x8B")) return 3;
  return 0;
}

bool digit(char c) { return c >= '0' && c <= '9'; }

// Drops thousands separators where they stand in threes; nothing if commas stand elsewhere.
std::optional<std::string> without_separators(std::string_view s) {
  std::string out;
  const std::size_t end = std::min(s.find('.'), s.size());
  std::size_t run = 0;
  bool seen = false;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] == ',') {
      if (i > end || run == 0 || run > 3 || (seen && run != 3)) return std::nullopt;
      seen = true;
      run = 0;
      continue;
    }
    if (i < end && digit(s[i])) ++run;
    out += s[i];
  }
  if (seen && (run != 3 || out.find_first_of("eE") != std::string::npos)) return std::nullopt;
  return out;
}

}  // namespace

const char* name_of(Encoding encoding) { return encoding == Encoding::utf8 ? "UTF-8" : "CP949"; }

std::optional<Encoding> encoding_named(const std::string& name) {
  const std::string n = lower(name);
  if (n == "auto" || n.empty()) return std::nullopt;
  if (n == "utf-8" || n == "utf8") return Encoding::utf8;
  if (n == "cp949" || n == "euc-kr" || n == "euckr" || n == "uhc" || n == "ms949") return Encoding::cp949;
  throw UsageError("encoding '{}' is not known; use auto, UTF-8 or CP949", name);
}

void Utf8_check::feed(std::string_view bytes) {
  for (const char ch : bytes) {
    const auto c = static_cast<unsigned char>(ch);
    if (pending_ > 0) {
      unsigned least = 0x80, most = 0xBF;
      if (first_) {  // no overlong forms, no surrogates, nothing past U+10FFFF
        if (lead_ == 0xE0) least = 0xA0;
        if (lead_ == 0xED) most = 0x9F;
        if (lead_ == 0xF0) least = 0x90;
        if (lead_ == 0xF4) most = 0x8F;
      }
      first_ = false;
      if (c >= least && c <= most) {
        if (--pending_ == 0) ++good;
        continue;
      }
      ++bad;
      pending_ = 0;
    }
    if (c < 0x80) continue;
    lead_ = c;
    first_ = true;
    if (c >= 0xC2 && c <= 0xDF) pending_ = 1;
    else if (c >= 0xE0 && c <= 0xEF) pending_ = 2;
    else if (c >= 0xF0 && c <= 0xF4) pending_ = 3;
    else ++bad;
  }
}

void Utf8_check::finish() {
  if (pending_ > 0) ++bad;
  pending_ = 0;
}

bool is_utf8(std::string_view bytes) {
  Utf8_check check;
  check.feed(bytes);
  check.finish();
  return check.bad == 0;
}

Encoding detected(const Utf8_check& check) {
  return check.bad == 0 || check.good > 20 * check.bad ? Encoding::utf8 : Encoding::cp949;
}

Decoder::Decoder(Encoding encoding) : encoding_(encoding) {
  if (encoding == Encoding::utf8) return;
  const iconv_t c = iconv_open("UTF-8", "CP949");
  if (c == reinterpret_cast<iconv_t>(-1)) throw IoError("this system's iconv does not know CP949");
  iconv_ = c;
}

Decoder::~Decoder() {
  if (iconv_ != nullptr) iconv_close(static_cast<iconv_t>(iconv_));
}

bool Decoder::decode(std::string_view in, std::string& out) {
  out.clear();
  const bool ascii = std::all_of(in.begin(), in.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii || (encoding_ == Encoding::utf8 && is_utf8(in))) {
    out.assign(in);
    return true;
  }
  if (encoding_ == Encoding::utf8) {
    for (std::size_t i = 0; i < in.size();) {
      std::size_t n = 1;
      while (n <= 4 && i + n <= in.size() && !is_utf8(in.substr(i, n))) ++n;
      if (n <= 4 && i + n <= in.size()) {
        out += in.substr(i, n);
        i += n;
      } else {
        out += fmt::format("\\x{:02X}", static_cast<unsigned char>(in[i++]));
      }
    }
    return false;
  }
  bool whole = true;
  char* from = const_cast<char*>(in.data());
  std::size_t left = in.size();
  iconv(static_cast<iconv_t>(iconv_), nullptr, nullptr, nullptr, nullptr);
  while (left > 0) {
    char buffer[512];
    char* to = buffer;
    std::size_t room = sizeof buffer;
    const std::size_t r = iconv(static_cast<iconv_t>(iconv_), &from, &left, &to, &room);
    const int error = errno;
    out.append(buffer, static_cast<std::size_t>(to - buffer));
    if (r != static_cast<std::size_t>(-1) || error == E2BIG) continue;
    out += fmt::format("\\x{:02X}", static_cast<unsigned char>(*from));
    ++from;
    --left;
    whole = false;
  }
  return whole;
}

std::string_view trimmed(std::string_view s) {
  while (const auto n = blank_at(s)) s.remove_prefix(n);
  while (!s.empty()) {
    std::size_t n = 0;
    for (std::size_t k = 1; k <= 3 && k <= s.size(); ++k)
      if (blank_at(s.substr(s.size() - k)) == k) n = k;
    if (n == 0) break;
    s.remove_suffix(n);
  }
  return s;
}

std::string comparable(std::string_view text) {
  static constexpr std::string_view kDots[] = {"\xC2\xB7",     "\xE3\x86\x8D", "\xE3\x83\xBB",
                                               "\xE2\x80\xA7", "\xE2\x80\xA2", "\xEF\xBD\xA5"};
  std::string out;
  text = trimmed(text);
  while (!text.empty()) {
    if (const auto n = blank_at(text)) {
      if (out.back() != ' ') out += ' ';
      text.remove_prefix(n);
      continue;
    }
    const auto dot = std::find_if(std::begin(kDots), std::end(kDots), [&](auto d) { return text.starts_with(d); });
    if (dot != std::end(kDots)) {
      out += '.';
      text.remove_prefix(dot->size());
      continue;
    }
    out += text[0] >= 'A' && text[0] <= 'Z' ? static_cast<char>(text[0] + 32) : text[0];
    text.remove_prefix(1);
  }
  return out;
}

std::optional<double> number_in(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text[0] == '+') return std::nullopt;
  std::string plain;
  if (text.find(',') != std::string_view::npos) {
    auto p = without_separators(text);
    if (!p) return std::nullopt;
    plain = std::move(*p);
    text = plain;
  }
  double value = 0;
  const auto r = std::from_chars(text.data(), text.data() + text.size(), value);
  if (r.ptr != text.data() + text.size()) return std::nullopt;
  if (r.ec == std::errc::result_out_of_range) return std::nullopt;
  if (r.ec != std::errc()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> whole_in(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text[0] == '+') return std::nullopt;
  std::string plain;
  if (text.find(',') != std::string_view::npos) {
    auto p = without_separators(text);
    if (!p) return std::nullopt;
    plain = std::move(*p);
    text = plain;
  }
  std::int64_t value = 0;
  const auto r = std::from_chars(text.data(), text.data() + text.size(), value);
  if (r.ec != std::errc() || r.ptr != text.data() + text.size()) return std::nullopt;
  if (value == std::numeric_limits<std::int64_t>::min()) return std::nullopt;  // stands for missing
  return value;
}

bool is_code(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('-')) text.remove_prefix(1);
  return text.starts_with('+') || (text.size() > 1 && text[0] == '0' && digit(text[1]));
}

bool is_missing(std::string_view text) {
  text = trimmed(text);
  if (text.size() > 4) return false;
  const std::string t = lower(text);
  return t.empty() || t == "nan" || t == "na" || t == "n/a" || t == "null";
}

}  // namespace dosi::imports
