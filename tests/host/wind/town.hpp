// A small town for the wind: four blocks around a crossing, streets, a stack, probes, and rasters of the same.
#pragma once

#include <filesystem>

#include "host/make_city/crs.hpp"
#include "io/city/city.hpp"
#include "tests/support/temp_folder.hpp"

namespace dosi::test_support {

inline void add_block(city::Zones& z, double x0, double y0, double x1, double y1) {
  auto& p = z.polygons;
  for (const auto& [x, y] : {std::pair{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}, {x0, y0}}) {
    p.x.push_back(x);
    p.y.push_back(y);
  }
  p.vertex_first.push_back(p.x.size());
  p.ring_is_hole.push_back(0);
  p.ring_first.push_back(p.ring_is_hole.size());
}

struct Town {
  static constexpr double kX = 200000, kY = 550000;  // the crossing
  city::Zones blocks;
  city::Points stacks, probes, houses;
  city::Network streets;
  city::Raster terrain, surface;

  Town() {
    for (const double sx : {-1, 1})
      for (const double sy : {-1, 1})
        add_block(blocks, kX + (sx < 0 ? -40 : 10), kY + (sy < 0 ? -40 : 10), kX + (sx < 0 ? -10 : 40),
                  kY + (sy < 0 ? -10 : 40));
    blocks.attributes.rows = 4;
    blocks.attributes.add("height_m", std::vector<double>{12, 24, 12, 16}, "m");
    stacks.x = {kX, kX + 3000};
    stacks.y = {kY, kY};
    stacks.attributes.rows = 2;
    stacks.attributes.add("gram", std::vector<double>{2.5, 9}, "g/s");
    probes.x = {kX, kX + 5};
    probes.y = {kY, kY - 60};
    probes.attributes.rows = 2;
    probes.attributes.add("z", std::vector<double>{2, 30}, "m");
    houses.x = {kX - 25, kX + 25};
    houses.y = {kY - 25, kY + 25};
    houses.attributes.rows = 2;
    houses.attributes.add("height_m", std::vector<double>{12, 16}, "m");
    houses.attributes.add("footprint_m2", std::vector<double>{900, 900}, "m2");
    streets.node_x = {kX - 100, kX + 100};
    streets.node_y = {kY, kY};
    streets.node_id = {1, 2};
    streets.arc_tail = {0, 1};
    streets.arc_head = {1, 0};
    streets.arc_length = {200, 200};
    streets.arc_class = {4, 4};
    streets.times["walk"] = {1000, 1000};
    terrain = {.columns = 60,
               .rows = 60,
               .x0 = kX - 118,
               .y0 = kY - 118,
               .cell = 4,
               .values = std::vector<float>(3600),
               .units = "m",
               .long_name = "ground"};
    surface = terrain;
    for (std::size_t i = 0; i < 3600; ++i) {
      const double x = terrain.x0 + 4 * static_cast<double>(i % 60) - kX,
                   y = terrain.y0 + 4 * static_cast<double>(i / 60) - kY;
      terrain.values[i] = static_cast<float>(30 + 0.1 * x);
      const bool built = std::abs(x) > 10 && std::abs(x) < 40 && std::abs(y) > 10 && std::abs(y) < 40;
      surface.values[i] = terrain.values[i] + (built ? 12.0f : 0.0f);
    }
  }
  std::filesystem::path write(const std::filesystem::path& path) const {
    city::City_writer w(path, make_city::korean_crs());
    const city::Layer_note note{"test", "test"};
    w.add("blocks", blocks, note);
    w.add("stacks", stacks, note);
    w.add("probes", probes, note);
    w.add("houses", houses, note);
    w.add("streets", streets, note);
    w.add("terrain", terrain, note);
    w.add("surface", surface, note);
    w.publish();
    return path;
  }
};

}  // namespace dosi::test_support
