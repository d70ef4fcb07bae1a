// What the answer means for people: by zone and for the whole city, weighted by population.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "host/access/origins.hpp"
#include "host/access/scenario_summary.hpp"
#include "io/result/result.hpp"

namespace dosi::access {

// The first column of nearest_time of a finished origins table, ms.
std::vector<std::uint32_t> first_nearest(const h5::Group& origins);
// The least time that at least `share` of the people are within; kNever where too few are reached at all.
// `order` lists the rows by rising time.
std::uint32_t weighted_quantile(std::span<const std::uint32_t> times, std::span<const double> people,
                                std::span<const std::size_t> order, double share);

double minutes(std::uint32_t ms);  // NaN for kNever

// Cut-offs in seconds, opportunities by name.
std::vector<result::Axis> reach_axes(const Question& q);

void write_origins(h5::Group& table, const Origins& o, const Snapped& snapped, const Zone_frame& frame);
void write_destinations(result::Writer& result, const Destinations& d, const Snapped& snapped,
                        const std::vector<double>& supply_ratio);

class Summary {
 public:
  // `table`: the finished origins table, read for what is within reach.
  Summary(const Question& q, const Origins& o, const Zone_frame& frame, const std::vector<std::uint32_t>& nearest,
          const h5::Group& table);
  // Tables "zones" (where there are zones) and "city", the panels of the report, and the headline numbers.
  void write(result::Writer& result, std::size_t missed_origins, std::size_t missed_destinations, const Destinations& d,
             const Scenario_summary& scenarios) const;

  struct Figures {
    double people = 0, median = 0, p90 = 0, beyond = 0, unreached = 0;  // people; minutes, NaN unreached; shares
  };

 private:
  // Of what is within reach, for a place and a group: [cutoff x opportunity].
  struct Reach {
    std::vector<double> mean, gini, palma;
  };

  Figures figures(std::span<const std::size_t> rows_by_time, std::size_t group) const;
  void add_reach(std::vector<std::vector<std::size_t>>& zone_rows);
  void write_reach(h5::Group& table, const std::string& rows, const std::vector<Reach>& reach) const;
  void write_zones(result::Writer& result) const;
  void write_city(result::Writer& result) const;
  void write_panels(result::Writer& result, const Destinations& d, const Scenario_summary& scenarios) const;

  const Question& q_;
  const Origins& origins_;
  const Zone_frame& frame_;
  const std::vector<std::uint32_t>& nearest_;
  std::vector<double> within_;                  // [origin][cutoff x opportunity]
  std::vector<std::vector<Figures>> zones_;     // [zone][group]
  std::vector<Figures> city_;                   // [group]
  std::vector<Reach> zone_reach_, city_reach_;  // [zone][group], [group]
  std::vector<std::string> status_;             // [zone]
};

}  // namespace dosi::access
