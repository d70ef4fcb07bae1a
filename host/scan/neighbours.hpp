// Discs: for each centroid the places around it by distance, as far as a scan may go. A centroid is a place with a
// shape: a circle, or an ellipse in some direction (Kulldorff et al. 2006).
#pragma once

#include <cstdint>
#include <vector>

#include "host/scan/study.hpp"

namespace dosi::scan {

// Long axis over short axis, and the long axis' direction, counter-clockwise from east.
struct Shape {
  double ratio = 1, angle = 0;  // radians
};

// The circle, and each ratio in three times as many directions, spread evenly; in four at least.
std::vector<Shape> shapes_of(const std::vector<double>& ratios);

// What the ratio of windows of a shape counts (Kulldorff et al. 2006): (4 s / (s + 1)^2)^power, s the ratio of its
// axes.
double weight_of(const Shape& shape, double power);

struct Neighbours {
  std::vector<Shape> shapes{Shape{}};  // centroid c is place c / shapes with shape c % shapes
  std::size_t place_of(std::size_t centroid) const { return centroid / shapes.size(); }
  const Shape& shape_of(std::size_t centroid) const { return shapes[centroid % shapes.size()]; }

  std::vector<std::uint64_t> first{0};            // centroids + 1
  std::vector<std::uint32_t> place;               // by distance; ties in the order of places
  std::vector<double> weight;                     // [centroid]; empty: all count the same
  std::vector<std::vector<std::uint32_t>> reach;  // [scan][centroid]: places that its widest disc has; 0: none
};

// Distances between places: in the plane, or the chord through a sphere of 6,371,008.8 m.
class Distances {
 public:
  Distances(const Place_set& places, const Question& q);
  double between(std::size_t a, std::size_t b) const;
  // The short half-axis of the ellipse around a that b lies on, times the root of the ratio: that of a circle as large.
  double between(std::size_t a, std::size_t b, const Shape& shape) const;

 private:
  std::vector<double> x_, y_, z_;
};

// The measure of each place over all steps.
std::vector<double> measures_of(const Study_data& study, std::size_t scan);

// A disc grows while its measure is at most q.max_population of the whole and its radius (of an ellipse,
// that of a circle as large) at most q.max_distance. Places of which nothing is left are in none.
Neighbours neighbours_of(const Study_data& study, const Question& q, const Distances& distances);
// The reach of a scan where discs are at most `share` of the whole.
std::vector<std::uint32_t> reach_within(const Study_data& study, const Neighbours& neighbours, std::size_t scan,
                                        double share);

}  // namespace dosi::scan
