#include "host/appraise/appraise_job.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "host/appraise/findings.hpp"
#include "io/result/figures.hpp"

namespace dosi::appraise {
namespace {

class Appraise_job final : public job::Job {
 public:
  explicit Appraise_job(const job::Setting& s)
      : q_(s.parameters), device_(s.device), market_(s.city, q_, read_roll(s.city, q_), s.device, s.ranks) {
    const auto& roll = market_.roll();
    spdlog::info("appraise: {} sales, {} parcels, {} model{}", roll.sales.size(), roll.parcels.size(),
                 market_.models().size(), market_.models().size() == 1 ? "" : "s");
    schema_.table = "parcels";
    schema_.dimension = "parcel";
    schema_.rows = roll.parcels.size();
    number("predicted", "price that the market says, at the valuation date", "시장 예측 가격");
    number("lower", "lower end of the interval of a sale's price", "예측 구간 하한");
    number("upper", "upper end of the interval of a sale's price", "예측 구간 상한");
    number("error", "standard error of a sale's price, as a share", "가격의 표준오차(비율)", "1");
    number("ratio", "official value over the price predicted", "공시가격 / 예측 가격");
    number("off", "official value over that in line with the market, less 1", "시장 수준 대비 공시가격의 차이", "1");
    number("position", "distance from the market in half widths of the interval; outside beyond -1 or 1",
           "구간 반폭 단위의 거리 (±1 밖이면 이탈)");
    number("beyond", "official value beyond the end of the interval at the level of assessment", "구간을 벗어난 금액");
    flag("outside", "1: official value below the interval, 2: above", "1: 공시가격이 구간보다 낮음, 2: 높음");
    schema_.axes = {{.name = "column", .length = q_.x.size(), .texts = q_.x, .long_name = "column of the model"}};
    number("coefficient",
           q_.scale == Scale::log ? "what one more adds to the logarithm of the price here"
                                  : "what one more adds to the price here",
           "지역 계수", "", true);
    number("condition_number", "condition number of the local design", "지역 조건수");
    number("bandwidth", "bandwidth of the local model", "대역폭", "m");
    flag("singular", "1: columns are collinear around, a ridge was added", "1: 주변에서 열이 공선이라 능형을 더함");
    schema_.variables.push_back({.name = "model",
                                 .type = h5::type_of<std::uint32_t>(),
                                 .long_name = "row of the table models; 4294967295: none",
                                 .fill = bytes_of(kNoModel),
                                 .long_name_ko = "모형 번호"});
  }

  const result::Rows_schema& schema() const override { return schema_; }
  result::Table_kind table_kind() const override { return result::Table_kind::points; }
  result::Json title() const override {
    const auto& roll = market_.roll();
    return result::words(
        fmt::format("{} of {} against {} sales of {}", q_.assessed.empty() ? "Market value" : q_.assessed,
                    roll.parcels.layer, roll.sales.size(), roll.sales.layer),
        fmt::format("{}: {}, 매매 {}건({})과 비교", q_.assessed.empty() ? "시장 가치" : q_.assessed, roll.parcels.layer,
                    roll.sales.size(), roll.sales.layer));
  }
  std::string level() const override {
    return "ratio study exact; appraisals within 1e-6 between devices, exact for any threads, tiles and ranks";
  }

  void prepare(const std::filesystem::path& folder) override { market_.fit(folder); }

  void run(result::Tile& tile) override {
    const auto e = market_.estimate(tile.first(), tile.count());
    const auto copy = [&](const char* name, const std::vector<double>& from) {
      std::copy(from.begin(), from.end(), tile.values<double>(name).begin());
    };
    copy("predicted", e.predicted);
    copy("lower", e.lower);
    copy("upper", e.upper);
    copy("error", e.error);
    copy("coefficient", e.coefficient);
    copy("condition_number", e.condition);
    copy("bandwidth", e.bandwidth);
    std::copy(e.singular.begin(), e.singular.end(), tile.values<std::uint8_t>("singular").begin());
    std::copy(e.model.begin(), e.model.end(), tile.values<std::uint32_t>("model").begin());
    const auto ratio = tile.values<double>("ratio"), off = tile.values<double>("off"),
               position = tile.values<double>("position"), beyond = tile.values<double>("beyond");
    const auto outside = tile.values<std::uint8_t>("outside");
    for (std::size_t r = 0; r < tile.count(); ++r) {
      const double official = market_.roll().parcels.assessed[tile.first() + r],
                   level = e.model[r] == kNoModel ? std::nan("") : market_.models()[e.model[r]].level;
      ratio[r] = official / e.predicted[r];
      off[r] = ratio[r] / level - 1;
      position[r] = market_.position(e, r, official / level);
      outside[r] = position[r] < -1 ? 1 : position[r] > 1 ? 2 : 0;
      beyond[r] = outside[r] == 1           ? official - level * e.lower[r]
                  : outside[r] == 2         ? official - level * e.upper[r]
                  : std::isnan(position[r]) ? position[r]
                                            : 0;
    }
  }

  void finish(result::Writer& result) override {
    auto table = result.table(schema_.table);
    Verified v;
    const auto read = [&](const char* name) { return stream::read_all<double>(table, name); };
    v.predicted = read("predicted");
    v.lower = read("lower");
    v.upper = read("upper");
    v.ratio = read("ratio");
    v.off = read("off");
    v.position = read("position");
    v.bandwidth = read("bandwidth");
    v.outside = stream::read_all<std::uint8_t>(table, "outside");
    for (std::uint32_t i = 0; i < v.outside.size(); ++i)
      if (v.outside[i] != 0) v.ranked.push_back(i);
    std::sort(v.ranked.begin(), v.ranked.end(), [&](auto a, auto b) {
      return std::pair(-std::fabs(v.position[a]), a) < std::pair(-std::fabs(v.position[b]), b);
    });
    std::vector<std::uint32_t> rank(v.outside.size(), 0), listed;
    for (std::uint32_t i = 0; i < v.ranked.size(); ++i) rank[v.ranked[i]] = i + 1;

    const auto& parcels = market_.roll().parcels;
    result::Figures more(result.table(schema_.table), schema_.dimension);
    more.places(parcels.x, parcels.y);
    more.wholes("row", parcels.row, "row of the layer " + parcels.layer, "레이어의 행");
    more.numbers("official", parcels.assessed, "official value", "공시가격");
    more.wholes("rank", rank, "rank among the parcels outside, the furthest first; 0: inside",
                "이탈 순위 (0: 구간 안)");

    listed.assign(v.ranked.begin(), v.ranked.begin() + static_cast<std::ptrdiff_t>(std::min(q_.list, v.ranked.size())));
    const auto comparables = comparables_of(market_, q_, listed, v.bandwidth, read("coefficient"));
    std::vector<std::uint32_t> ratio_of;
    const auto ratios = ratio_sales(ratio_of);
    Ratio_study study;
    if (!ratios.price.empty()) study = study_ratios(ratios, q_, device_);
    else if (!q_.assessed.empty()) spdlog::warn("appraise: no sale has an official value; there is no ratio study");
    Findings{q_, market_, v, ratios.price.empty() ? nullptr : &study, ratios, ratio_of, comparables}.write(result);
    if (!q_.assessed.empty())
      spdlog::info("appraise: {} of {} official values outside their interval: {} below, {} above", v.ranked.size(),
                   v.outside.size(), std::count(v.outside.begin(), v.outside.end(), 1),
                   std::count(v.outside.begin(), v.outside.end(), 2));
  }

 private:
  template <class T>
  static std::vector<std::byte> bytes_of(T value) {
    std::vector<std::byte> bytes(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
  }
  void number(const char* name, const char* english, const char* korean, const char* units = "",
              bool by_column = false) {
    schema_.variables.push_back({.name = name,
                                 .type = h5::type_of<double>(),
                                 .axes = by_column ? std::vector<std::string>{"column"} : std::vector<std::string>{},
                                 .units = units,
                                 .long_name = english,
                                 .fill = bytes_of(std::nan("")),
                                 .long_name_ko = korean});
  }
  void flag(const char* name, const char* english, const char* korean) {
    schema_.variables.push_back(
        {.name = name, .type = h5::type_of<std::uint8_t>(), .long_name = english, .long_name_ko = korean});
  }

  // Sales with an official value; `of`: their number by sale.
  Ratio_sales ratio_sales(std::vector<std::uint32_t>& of) const {
    const auto& sales = market_.roll().sales;
    Ratio_sales out;
    out.strata.resize(sales.strata.size());
    of.assign(sales.size(), kNoModel);
    for (std::size_t i = 0; i < sales.size(); ++i) {
      if (std::isnan(sales.assessed[i])) continue;
      of[i] = static_cast<std::uint32_t>(out.price.size());
      out.assessed.push_back(sales.assessed[i]);
      out.price.push_back(market_.prices()[i]);
      for (std::size_t c = 0; c < sales.strata.size(); ++c) out.strata[c].push_back(sales.strata[c][i]);
    }
    if (q_.level) {
      out.level = *q_.level;
    } else if (!out.price.empty()) {
      std::vector<double> r;
      for (std::size_t i = 0; i < out.price.size(); ++i) r.push_back(out.assessed[i] / out.price[i]);
      std::sort(r.begin(), r.end());
      out.level = (r[(r.size() - 1) / 2] + r[r.size() / 2]) / 2;
    }
    return out;
  }

  Question q_;
  const Device& device_;
  Market market_;
  result::Rows_schema schema_;
};

}  // namespace

job::Job_kind appraise_kind() {
  return {"appraise",
          "official values against the market: predicted prices with intervals, a ratio study with confidence "
          "intervals, the parcels to inspect with comparable sales",
          declared_parameters(),
          [](const job::Setting& s) -> std::unique_ptr<job::Job> { return std::make_unique<Appraise_job>(s); }};
}

}  // namespace dosi::appraise
