// The engine of one direction: the question that a site, its case and its wind are to a device.
#pragma once

#include <memory>
#include <span>

#include "host/device/device.hpp"
#include "host/wind/inflow.hpp"
#include "host/wind/site.hpp"

namespace dosi::wind {

// Cells whose speeds are counted, in bins up to `top` (cells a step).
struct Watched {
  std::span<const std::uint32_t> cells;
  std::uint32_t bins = 1;
  double top = 1;
};

// Started with the inflow of its height everywhere.
std::unique_ptr<Engine> engine_of(const City_site& site, const Case& c, const Profile& profile, double direction,
                                  const Scales& scales, const Device& device, const Watched& watched);

}  // namespace dosi::wind
