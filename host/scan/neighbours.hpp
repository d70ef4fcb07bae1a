// Discs: for each centroid the places around it by distance, as far as a scan may go.
#pragma once

#include <cstdint>
#include <vector>

#include "host/scan/study.hpp"

namespace dosi::scan {

struct Neighbours {
  std::vector<std::uint64_t> first{0};         // centroids + 1
  std::vector<std::uint32_t> place;            // by distance; ties in the order of places
  std::vector<std::vector<std::uint32_t>> reach;  // [scan][centroid]: places that its widest disc has
};

// Distances between places: in the plane, or the chord through a sphere of 6,371,008.8 m.
class Distances {
 public:
  Distances(const Place_set& places, const Question& q);
  double between(std::size_t a, std::size_t b) const;
  bool on_sphere() const { return !z_.empty(); }

 private:
  std::vector<double> x_, y_, z_;
};

// A disc grows while its measure is at most q.max_population of the whole and its radius at most q.max_distance.
Neighbours neighbours_of(const Study_data& study, const Question& q, const Distances& distances);

}  // namespace dosi::scan
