// A question made ready for a device: one byte a cell, and ascending lists of the few that need more than a collision.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/core/backend.hpp"
#include "kernels/wind/wind.hpp"

namespace dosi::wind {

// The byte: the kind of a cell (3 bits); and of fluid (5 bits) what chooses the subgrid model's mixing length: 0 far
// from all, or what the next wall is (the highest of several as near) and how many layers of cells it is away, the
// first being half a cell away. A plane of given velocity counts where no rough wall is near. Ground is open where all
// of kOpenLayers cells above it are fluid, and nothing else than ground is next to them.
inline constexpr std::uint8_t kKindBits = 0x07;
inline constexpr int kMixingShift = 3, kMixings = 32;
enum class Near : std::uint8_t { smooth = 0, ground = 1, building = 2, given = 3, open = 4 };
inline constexpr int kLayers[] = {6, 7, 7, 2, 9};  // by Near
inline constexpr int kOpenLayers = kLayers[static_cast<int>(Near::open)];
struct Nearness {
  Near wall = Near::smooth;
  int layer = 0;  // 0: far from all
};
Nearness nearness_of(int mixing);
DOSI_HD inline Kind kind_of(std::uint8_t flag) { return static_cast<Kind>(flag & kKindBits); }
DOSI_HD inline bool rough(Kind kind) { return kind == Kind::ground || kind == Kind::building; }
DOSI_HD inline bool solid(Kind kind) { return kind == Kind::wall || rough(kind); }

inline constexpr double kKarman = 0.4;
// Of the subgrid model, in cells.
double mixing_length(const Question& question, Nearness near);
// Force along open ground against the velocity, over density times squared speed, a cell: see Question::smagorinsky.
double unresolved_drag(const Question& question, Nearness near);

struct Domain {
  std::vector<std::uint8_t> flags;            // of each cell; rough walls without roughness are walls
  std::vector<std::uint32_t> boundary_cells;  // fluid with a neighbour that is not,
  std::vector<std::uint32_t>
      boundary_links;  // bit i: the neighbour in direction i is solid; bit 0: one is neither fluid nor solid
  std::vector<std::uint32_t> rough_cells;     // fluid with a rough wall straight ahead
  std::vector<std::uint32_t> straight_cells;  // fluid with anything else than fluid straight ahead
  std::vector<std::uint32_t> moving_cells;    // of kind velocity
  std::vector<std::uint32_t> outlet_cells;    // fluid with an outlet straight ahead,
  std::vector<std::int8_t> outlet_axis;       // at higher x (1), y (2), z (3), or at lower (negative)
};

// Throws std::invalid_argument with all that is wrong.
void check(const Question& question);
// Of a question that is right, the same for any number of threads; 0: all.
Domain make_domain(const Question& question, int threads = 0);

}  // namespace dosi::wind
