// Tables ratio_study and deciles.
#include "host/appraise/columns_of.hpp"
#include "host/appraise/findings.hpp"
#include "io/result/figures.hpp"

namespace dosi::appraise {

using result::each;
using result::Figures;

void write_ratio_study(result::Writer& result, const Ratio_study& study) {
  struct Column {
    Measure measure;
    const char *name, *english, *korean;
  };
  static constexpr Column kColumns[] = {
      {Measure::median, "median", "median ratio", "중위 비율"},
      {Measure::mean, "mean", "mean ratio", "평균 비율"},
      {Measure::weighted_mean, "weighted_mean", "weighted mean ratio", "가중 평균 비율"},
      {Measure::cod, "cod", "coefficient of dispersion, COD", "분산계수 COD"},
      {Measure::prd, "prd", "price-related differential, PRD", "가격 관련 차이 PRD"},
      {Measure::prb, "prb", "coefficient of price-related bias, PRB", "가격 관련 편향 PRB"},
      {Measure::mki, "mki", "modified Kakwani index, MKI", "수정 카콰니 지수 MKI"}};
  // Within a tenth of value, bias by value says nothing.
  const auto write = [&](Figures& t, const std::vector<Sample_study>& rows, bool bias) {
    t.wholes("sales", counts(rows, [](const Sample_study& s) { return s.sales; }), "sales", "거래 수");
    for (const auto& c : kColumns) {
      if (!bias && c.measure >= Measure::prd) break;
      const std::string name = c.name, english = c.english, korean = c.korean;
      t.numbers(name, each(rows, [&](const Sample_study& s) { return s.of(c.measure); }), english, korean);
      t.numbers(name + "_lower", each(rows, [&](const Sample_study& s) { return s.low(c.measure); }),
                english + ", lower end", korean + " 하한");
      t.numbers(name + "_upper", each(rows, [&](const Sample_study& s) { return s.high(c.measure); }),
                english + ", upper end", korean + " 상한");
    }
  };
  Figures t(result, "ratio_study", "stratum", study.strata.size(), "Ratio study");
  t.texts("column", names(study.strata, [](const Sample_study& s) { return s.column; }), "column of the stratum",
          "층의 열");
  t.texts("value", names(study.strata, [](const Sample_study& s) { return s.value; }), "stratum", "층");
  t.wholes("trimmed", counts(study.strata, [](const Sample_study& s) { return s.trimmed; }), "outliers left out",
           "제외한 이상치");
  write(t, study.strata, true);
  const auto verdict = [&](const char* name, const char* english, const char* korean, Verdict Sample_study::*v,
                           Range Limits::*r) {
    t.texts(std::string(name) + "_verdict",
            names(study.strata, [&](const Sample_study& s) { return std::string(name_of(s.*v)); }),
            std::string(english) + ": within its limits", std::string(korean) + " 판정");
    t.numbers(std::string(name) + "_lowest",
              each(study.strata, [&](const Sample_study& s) { return (s.limits.*r).low; }),
              std::string(english) + ": lowest that passes", std::string(korean) + " 기준 하한");
    t.numbers(std::string(name) + "_highest",
              each(study.strata, [&](const Sample_study& s) { return (s.limits.*r).high; }),
              std::string(english) + ": highest that passes", std::string(korean) + " 기준 상한");
  };
  verdict("level", "median ratio over the level", "공시 수준", &Sample_study::level, &Limits::level);
  verdict("cod", "COD", "COD", &Sample_study::cod, &Limits::cod);
  verdict("prd", "PRD", "PRD", &Sample_study::prd, &Limits::prd);
  verdict("prb", "PRB", "PRB", &Sample_study::prb, &Limits::prb);
  verdict("mki", "MKI", "MKI", &Sample_study::mki, &Limits::mki);
  if (study.deciles.empty()) return;
  Figures d(result, "deciles", "tenth", study.deciles.size(), "Ratio by tenth of value");
  d.numbers("decile", each(study.deciles, [](const Sample_study& s) { return std::stod(s.value); }),
            "tenth, the cheapest first", "10분위");
  d.numbers("value", study.decile_value, "median value: the mean of price and official value over the median ratio",
            "중위 가치");
  write(d, study.deciles, false);
}

}  // namespace dosi::appraise
