// Every bandwidth between two limits from one pass over the places; see kernels/gwr/curve.hpp.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "host/comm/ranks.hpp"
#include "host/gwr/question.hpp"
#include "kernels/gwr/curve.hpp"

namespace dosi::gwr {

// Makes the engine of a curve, once there is one to draw.
using Curve_maker = std::function<std::unique_ptr<Curve_engine>(const Bandwidths&)>;

// From `low` on by the step asked for, or else all numbers of neighbours, or a thousand distances evenly to `high`.
// UsageError where they are more than can be drawn for so many places.
std::vector<double> curve_bandwidths(const Question& q, double low, double high, std::size_t places);

// The sums of each of the bandwidths. Parts that are done are kept in `file`, where it is named, and not done again.
// UsageError where the places have too many neighbours; Stopped where a signal asks for it. A meeting.
std::vector<Sums> draw_curve(Curve_engine& engine, const Bandwidths& bandwidths, std::size_t places,
                             const std::filesystem::path& file, comm::Ranks& ranks);

}  // namespace dosi::gwr
