// Travel times between any points of a city, for jobs that measure distance so.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/access/hierarchy.hpp"
#include "host/access/places.hpp"
#include "host/access/way.hpp"
#include "host/comm/ranks.hpp"
#include "io/city/city.hpp"

namespace dosi::access {

// The network of that name, or the only one there is. UsageError where there is none or are several.
const city::Layer& network_layer(const city::City& city, const std::string& name);
// The mode's times by arc, taken out of the network, which loses the others too. UsageError that names the modes there
// are.
std::vector<std::uint32_t> take_times(city::Network& network, const std::string& name, const std::string& mode);

class Travel_times {
 public:
  // Errors as above; DataError where no street can be used. `device` as for make_engine.
  Travel_times(const city::City& city, const Way& way, const Device& device, comm::Ranks& ranks = comm::alone());

  // The places of points on the streets.
  Snapped snap(std::span<const double> x, std::span<const double> y) const;
  std::unique_ptr<Leaves> prepare(std::span<const Place> to) const {
    return engine_->prepare(Direction::from_roots, to);
  }
  // times[row][to], ms, from each place to all that were prepared; kNever where there is no way.
  void from(std::span<const Place> places, const Leaves& to, std::span<std::uint32_t> times) const;
  const Way& way() const { return way_; }

 private:
  Way way_;
  city::Network network_;
  std::unique_ptr<Hierarchy> hierarchy_;
  std::unique_ptr<Snapper> snapper_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace dosi::access
