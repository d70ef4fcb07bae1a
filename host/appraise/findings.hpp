// The tables that a result has beside its parcels, the panels of its page and its summary.
#pragma once

#include <vector>

#include "host/appraise/comparables.hpp"
#include "host/appraise/market.hpp"
#include "host/appraise/ratio_study.hpp"
#include "io/result/result.hpp"

namespace dosi::appraise {

// Of the parcels' table, read back.
struct Verified {
  std::vector<double> predicted, lower, upper, ratio, off, position, bandwidth;
  std::vector<std::uint8_t> outside;  // 0 inside, 1 below, 2 above
  std::vector<std::uint32_t> ranked;  // parcels outside, the furthest first
};

struct Findings {
  const Question& q;
  const Market& market;
  const Verified& parcels;
  const Ratio_study* study;  // none where no sale has an official value
  const Ratio_sales& ratio_sales;
  const std::vector<std::uint32_t>& ratio_of;  // ratio_sales' row of each sale, or kNoModel
  const std::vector<Comparable>& comparables;
  void write(result::Writer& result) const;

 private:
  void write_models(result::Writer& result) const;
  void write_evaluations(result::Writer& result) const;
  void write_index(result::Writer& result) const;
  void write_variogram(result::Writer& result) const;
  void write_sales(result::Writer& result) const;
  void write_listed(result::Writer& result) const;
  void write_comparables(result::Writer& result) const;
  void write_left_out(result::Writer& result) const;
  void write_panels(result::Writer& result) const;
  void write_summary(result::Writer& result) const;
  std::size_t listed() const { return std::min(q.list, parcels.ranked.size()); }
};

// Tables ratio_study and deciles.
void write_ratio_study(result::Writer& result, const Ratio_study& study);

}  // namespace dosi::appraise
