// Buildings along the streets, and who lives in them. What stands at a street is a pure function of the seed and the
// street's number, so buildings are made twice (once to add up the room there is, once to write them with their
// residents) and never kept: memory does not grow with them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/make_city/hexagons.hpp"
#include "host/make_city/streets.hpp"

namespace dosi::make_city {

enum class Building_kind : std::uint8_t { house, villa, apartment, shop, office, industrial };
inline constexpr const char* kBuildingKinds[] = {"house", "villa", "apartment", "shop", "office", "industrial"};

struct Building {
  Point at;
  Building_kind kind = Building_kind::house;
  std::int64_t floors = 1, footprint = 0;  // footprint in square metres
  double height = 0;                       // metres
  std::uint32_t room = 0;                  // in sixteenths of a resident
};

class Building_stock {
 public:
  Building_stock(const Land& land, const Streets& streets);

  const Land& land() const { return land_; }
  const Streets& streets() const { return streets_; }
  std::size_t edges() const { return streets_.edges.size(); }
  std::uint64_t size() const { return count_before_.back(); }
  std::uint64_t count_before(std::size_t edge) const { return count_before_[edge]; }
  // The people who live before the first building of an edge, or before `room` more sixteenths: whole numbers whose
  // last one is the number of people.
  std::int64_t people_before(std::size_t edge, std::uint64_t room = 0) const {
    return static_cast<std::int64_t>((room_before_[edge] + room) * people_ / room_before_.back());
  }
  std::int64_t people() const { return static_cast<std::int64_t>(people_); }
  // The edge at which person 0 .. people-1 lives.
  std::size_t edge_of_person(std::int64_t person) const;
  void of_edge(std::size_t edge, std::vector<Building>& out) const;
  // How many people live at each hexagon, about.
  std::vector<double> people_of(const Hexagons& hexagons) const;

 private:
  double rate(std::size_t edge) const;
  Building make(Random& random, Point street, double density) const;

  const Land& land_;
  const Streets& streets_;
  Noise estates_, works_;
  std::uint64_t people_;
  double per_rate_ = 1;
  std::vector<std::uint64_t> count_before_, room_before_;
};

// A place beside an edge: `t` of the way along, `offset` metres from its middle line, to the left if positive; never
// in the river.
Point beside_edge(const Land& land, const Streets& streets, const Edge& edge, double t, double offset);

}  // namespace dosi::make_city
