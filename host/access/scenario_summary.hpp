// What scenarios mean for people: who takes longer, who is nearer, by zone and for the whole city.
#pragma once

#include <span>
#include <vector>

#include "host/access/origins.hpp"
#include "host/access/question.hpp"
#include "host/access/street_changes.hpp"
#include "io/result/result.hpp"

namespace dosi::access {

result::Axis scenario_axis(const std::vector<Scenario>& scenarios);

class Scenario_summary {
 public:
  // `nearest`: as the streets are; `table`: the finished origins table. Does nothing without scenarios.
  Scenario_summary(const Question& q, const Street_changes& changes, const Origins& origins, const Zone_frame& frame,
                   const std::vector<std::uint32_t>& nearest, const h5::Group& table);

  // Variables of the table "zones", which is there where there are zones, and the table "scenarios".
  void write(result::Writer& result) const;
  void add_panels(result::Json& panels, const std::string& label_of_destinations) const;
  void add_headline(result::Json& list) const;

  // Of a group of people in a zone or the city, in one scenario against the streets as they are. Who no longer reaches
  // any destination is among those who take longer, and beyond the limit.
  struct Change {
    double median = 0;                              // min, NaN unreached
    double slower = 0, faster = 0;                  // people whose time to the nearest grows, falls
    double mean = 0;                                // min a person, of those who reach one in both; NaN: nobody
    double newly_beyond = 0, no_longer_beyond = 0;  // people; the limit of the question
    double newly_unreached = 0, newly_reached = 0;  // people
    double people = 0, unreached = 0;
    std::vector<double> within;  // [cutoff x opportunity], mean a person
  };

 private:
  std::vector<Change> changes_of(const std::vector<std::uint32_t>& now) const;
  void add_within(h5::Dataset within);
  void write_figures(h5::Group& table, const std::string& prefix, const std::vector<std::string>& dimensions,
                     const std::vector<const Change*>& figures) const;
  const Change& city(std::size_t scenario, std::size_t group) const;

  const Question& q_;
  const Street_changes& streets_;
  const Origins& origins_;
  const Zone_frame& frame_;
  const std::vector<std::uint32_t>& nearest_;
  std::size_t zones_ = 0, groups_ = 0;
  std::size_t columns_ = 0;                   // cut-offs x opportunities
  std::vector<std::vector<Change>> changes_;  // [scenario][zone, then city][group]
};

}  // namespace dosi::access
