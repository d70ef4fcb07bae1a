// Names of dong, districts and facilities, in Latin letters and in Hangul alike.
#include "host/make_city/zones.hpp"

#include <numeric>

namespace dosi::make_city {
namespace {

struct Syllable {
  const char *latin, *hangul;
};

constexpr Syllable kFirst[] = {
    {"Han", "한"},  {"Gang", "강"}, {"Seo", "서"},    {"Nam", "남"},  {"Buk", "북"}, {"Cheong", "청"}, {"Baek", "백"},
    {"Geum", "금"}, {"Ok", "옥"},   {"Song", "송"},   {"Yong", "용"}, {"Hak", "학"}, {"Dae", "대"},    {"Sin", "신"},
    {"Gu", "구"},   {"Jang", "장"}, {"Myeong", "명"}, {"Un", "운"},   {"Mun", "문"}, {"Hyo", "효"},    {"In", "인"},
    {"Ui", "의"},   {"Sang", "상"}, {"Ha", "하"},     {"Jung", "중"}, {"Wol", "월"}, {"Il", "일"},     {"Hwa", "화"},
    {"Mae", "매"},  {"Do", "도"},   {"Eun", "은"},    {"Hong", "홍"}};
constexpr Syllable kSecond[] = {
    {"san", "산"},   {"cheon", "천"}, {"gok", "곡"},  {"won", "원"},  {"hyeon", "현"}, {"rim", "림"}, {"pyeong", "평"},
    {"seong", "성"}, {"ho", "호"},    {"po", "포"},   {"jeon", "전"}, {"dam", "담"},   {"am", "암"},  {"bong", "봉"},
    {"ju", "주"},    {"jin", "진"},   {"deok", "덕"}, {"su", "수"},   {"an", "안"},    {"hwa", "화"}, {"ryeong", "령"},
    {"yang", "양"},  {"mok", "목"},   {"bi", "비"},   {"nae", "내"},  {"ma", "마"},    {"gye", "계"}, {"dong", "동"},
    {"ji", "지"},    {"ok", "옥"},    {"hak", "학"},  {"ro", "로"}};

}  // namespace

std::vector<Zone_name> zone_names(std::uint64_t seed, std::size_t first, std::size_t count, const char* latin_ending,
                                  const char* hangul_ending) {
  constexpr std::size_t kSecondCount = std::size(kSecond), kPairs = std::size(kFirst) * kSecondCount;
  std::vector<std::uint32_t> order(kPairs);
  std::iota(order.begin(), order.end(), 0u);
  Random random = stream(seed, Stage::names);
  for (std::size_t i = kPairs - 1; i > 0; --i)
    std::swap(order[i], order[random.below(static_cast<std::uint32_t>(i) + 1)]);
  std::vector<Zone_name> out;
  for (std::size_t i = first; i < first + count; ++i) {
    const auto pair = order[i % kPairs];
    const Syllable &a = kFirst[pair / kSecondCount], &b = kSecond[pair % kSecondCount];
    const std::size_t again = i / kPairs;  // a second round adds a number, as dong have: Hansan 2-dong
    const std::string number = again == 0 ? "" : std::to_string(again + 1);
    out.push_back({std::string(a.latin) + b.latin + (number.empty() ? "" : " " + number) + latin_ending,
                   std::string(a.hangul) + b.hangul + number + hangul_ending});
  }
  return out;
}

}  // namespace dosi::make_city
