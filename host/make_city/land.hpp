// The land under the city, as one even grid: elevation, where building is possible, and how densely people live.
// Everything later reads these fields by bilinear interpolation, so all agree on them.
#pragma once

#include <vector>

#include "host/make_city/noise.hpp"
#include "host/make_city/river.hpp"

namespace dosi::make_city {

inline constexpr double kSteepestStreet = 0.22;  // rise per metre of the ground

struct Centre {
  Point at;
  double weight = 1, radius = 1;  // share of the main centre's density; metres
};

// One value per cell centre; row 0 southernmost.
struct Grid {
  std::size_t columns = 0, rows = 0;
  Point first;  // centre of cell (0, 0)
  double cell = 30;
  std::vector<float> values;
  double operator()(Point p) const;
  Point centre_of(std::size_t column, std::size_t row) const {
    return first + Point{static_cast<double>(column), static_cast<double>(row)} * cell;
  }
};

class Land {
 public:
  explicit Land(const Frame& frame);

  const Frame& frame() const { return frame_; }
  const River& river() const { return river_; }
  const std::vector<Centre>& centres() const { return centres_; }  // the main one first
  const Grid& elevation() const { return elevation_; }             // metres above the sea
  const Grid& buildable() const { return buildable_; }             // 0 .. 1
  const Grid& density() const { return density_; }                 // of people, the main centre's about 1
  // Rise per metre of the steepest way up.
  double slope(Point p) const;
  // 0 at the middle of the extent, 1 on the city's limits.
  double remoteness(Point p) const;
  // The remoteness at which streets end, so that what stands beside them is within the limits too.
  double last_street() const;
  // How much of a business district this is, 0 .. 1.
  double centrality(Point p) const;

 private:
  void raise_hills();
  void place_centres();
  void settle();
  Frame frame_;
  River river_;
  Noise outline_;
  std::vector<Centre> centres_;
  Grid elevation_, buildable_, density_;
};

}  // namespace dosi::make_city
