#include "host/make_city/blocks.hpp"

namespace dosi::make_city {
namespace {

constexpr double kNodesPerBlock = 1.62;  // observed: two T-junctions a split, less those merged or cut away
constexpr double kSmallest = 700, kLargest = 100000, kWild = 240000;  // square metres; kWild where nobody builds
constexpr double kAlwaysSplit = 200000;  // square metres: above, a block is looked at in several places
constexpr double kSecondary = 500000, kTertiary = 110000;  // square metres: a split of more is such a road
constexpr double kKeepWhole = 0.07;  // of blocks under three times the size: parks, estates, works
constexpr double kTilt = 0.16;       // of a split against the block's short side

// The sides of a block know their street; a street is a segment with a road class.
struct Segment {
  Point from, to;
  bool rim = false;
  std::uint32_t number = 0;
};

struct Crossing {
  std::size_t side = 0;
  Point at;
};

double area_of(const Block& b) {
  double twice = 0;
  for (std::size_t i = 0; i < b.size(); ++i) twice += cross(b[i].at, b[(i + 1) % b.size()].at);
  return 0.5 * twice;
}

Point middle_of(const Block& b) {
  Point sum;
  for (const auto& c : b) sum = sum + c.at;
  return sum * (1.0 / static_cast<double>(b.size()));
}

// The direction of the longer side of the smallest box around the block that lies along one of its sides.
struct Box {
  Point direction;
  double low = 0, high = 0;
};

Box box_of(const Block& b) {
  Box best;
  double least = -1;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const Point edge = b[(i + 1) % b.size()].at - b[i].at;
    if (dot(edge, edge) < 1) continue;
    const Point u = unit(edge), v = left_of(u);
    double u0 = 1e30, u1 = -1e30, v0 = 1e30, v1 = -1e30;
    for (const auto& c : b) {
      u0 = std::min(u0, dot(c.at, u)), u1 = std::max(u1, dot(c.at, u));
      v0 = std::min(v0, dot(c.at, v)), v1 = std::max(v1, dot(c.at, v));
    }
    const double area = (u1 - u0) * (v1 - v0);
    if (least >= 0 && area >= least * (1 - 1e-9)) continue;
    least = area;
    best = u1 - u0 >= v1 - v0 ? Box{u, u0, u1} : Box{v, v0, v1};
  }
  return best;
}

// Where the line through `at` along `line` leaves the block; two crossings if the block is convex.
std::vector<Crossing> crossings(const Block& b, Point at, Point line) {
  std::vector<Crossing> out;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const Point p = b[i].at, q = b[(i + 1) % b.size()].at;
    const double a = cross(line, p - at), c = cross(line, q - at);
    if ((a < 0) != (c < 0)) out.push_back({i, between_points(p, q, a / (a - c))});
  }
  return out;
}

double fraction_along(const Segment& s, Point p) {
  const Point along = s.to - s.from;
  return std::clamp(dot(p - s.from, along) / dot(along, along), 0.0, 1.0);
}

class Splitter {
 public:
  Splitter(const Land& land, const Bend& bend, const Block_size& size, std::uint64_t item)
      : land_(land), bend_(bend), size_(size), random_(stream(land.frame().seed, Stage::plan, item)) {}

  Block_streets run(const Block& superblock, const std::vector<Point>& nodes,
                    const std::vector<Arterials::Street>& arterials) {
    Block start = superblock;
    for (auto& corner : start) {
      const auto& street = arterials[corner.street];
      segments_.push_back({nodes[street.from], nodes[street.to], true, corner.street});
      corner.street = static_cast<std::uint32_t>(segments_.size() - 1);
    }
    std::vector<Block> open{std::move(start)};
    while (!open.empty()) {
      Block block = std::move(open.back());
      open.pop_back();
      split(block, open);
    }
    return std::move(out_);
  }

 private:
  double size_at(const Block& b, double area) const {
    const Point middle = middle_of(b);
    double size = size_(bend_(middle));
    if (area > kAlwaysSplit || size >= kLargest)  // its middle may lie in the river or on a hill
      for (const auto& c : b) size = std::min(size, size_(bend_(between_points(middle, c.at, 0.6))));
    return size;
  }

  void split(const Block& block, std::vector<Block>& open) {
    const double area = area_of(block);
    const double size = size_at(block, area);
    const double threshold = size * between(random_, 0.75, 1.4);
    if (area <= threshold || land_.remoteness(bend_(middle_of(block))) > 1.1) return;
    const bool whole = chance(random_, kKeepWhole);
    if (whole && area < 3 * size) return;

    const Box box = box_of(block);
    std::vector<Crossing> cut;
    for (int tries = 0; tries < 4 && cut.size() != 2; ++tries) {
      const double place = between(random_, 0.37, 0.63), tilt = between(random_, -kTilt, kTilt);
      const Point line = left_of(box.direction) + box.direction * tilt;
      const Point middle = middle_of(block);
      const Point at = middle + box.direction * (box.low + place * (box.high - box.low) - dot(middle, box.direction));
      cut = crossings(block, at, line);
    }
    if (cut.size() != 2) return;
    const double alley = random_.uniform();
    city::Road road = city::Road::residential;
    if (area > kSecondary) road = city::Road::secondary;
    else if (area > kTertiary) road = city::Road::tertiary;
    else if (area < 1.6 * size && alley < 0.2) road = city::Road::service;
    const std::uint32_t street = add_street(block, cut, road);
    open.push_back(part(block, cut[0], cut[1], street));
    open.push_back(part(block, cut[1], cut[0], street));
  }

  std::uint32_t add_street(const Block& block, const std::vector<Crossing>& cut, city::Road road) {
    const auto number = static_cast<std::uint32_t>(out_.street_road.size());
    out_.street_road.push_back(static_cast<std::uint8_t>(road));
    segments_.push_back({cut[0].at, cut[1].at, false, number});
    for (int end = 0; end < 2; ++end) {
      const auto node = static_cast<std::uint32_t>(out_.nodes.size());
      const Crossing& c = cut[static_cast<std::size_t>(end)];
      out_.nodes.push_back(c.at);
      out_.stops.push_back({false, {number, node, static_cast<double>(end)}});
      const Segment& side = segments_[block[c.side].street];
      out_.stops.push_back({side.rim, {side.number, node, fraction_along(side, c.at)}});
    }
    return static_cast<std::uint32_t>(segments_.size() - 1);
  }

  // From one crossing along the rim to the other, and back by the new street.
  static Block part(const Block& block, const Crossing& from, const Crossing& to, std::uint32_t street) {
    Block out{{from.at, block[from.side].street}};
    for (std::size_t i = (from.side + 1) % block.size();; i = (i + 1) % block.size()) {
      out.push_back(block[i]);
      if (i == to.side) break;
    }
    out.push_back({to.at, street});
    return out;
  }

  const Land& land_;
  const Bend& bend_;
  const Block_size& size_;
  Random random_;
  std::vector<Segment> segments_;
  Block_streets out_;
};

}  // namespace

double Block_size::of_density(double density) const {
  if (density < 0.008) return kWild;
  return std::clamp(base_ / (std::sqrt(density) * std::sqrt(std::sqrt(density))), kSmallest, kLargest);
}

Block_size::Block_size(const Land& land, double nodes) : density_(land.density()) {
  constexpr double kMeanOfLargest = 0.66;  // a block's area against the largest allowed
  const auto& grid = density_;
  const std::size_t stride = std::max<std::size_t>(1, grid.columns / 400);
  double low = 100, high = 100000;
  for (int step = 0; step < 40; ++step) {
    base_ = std::sqrt(low * high);
    double blocks = 0;
    const double cell = grid.cell * grid.cell * static_cast<double>(stride * stride);
    for (std::size_t j = 0; j < grid.rows; j += stride)
      for (std::size_t i = 0; i < grid.columns; i += stride) {
        const double density = grid.values[j * grid.columns + i];
        if (density >= 0.008) blocks += cell / (kMeanOfLargest * of_density(density));
      }
    (blocks * kNodesPerBlock > nodes ? low : high) = base_;
  }
}

Block_streets split_superblock(const Block& superblock, const std::vector<Point>& arterial_nodes,
                               const std::vector<Arterials::Street>& arterials, const Land& land, const Bend& bend,
                               const Block_size& size, std::uint64_t item) {
  return Splitter(land, bend, size, item).run(superblock, arterial_nodes, arterials);
}

}  // namespace dosi::make_city
