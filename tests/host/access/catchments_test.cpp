// Floating catchments of a made city against loops over the matrix of the same run.
#include <gtest/gtest.h>

#include <numeric>

#include "host/make_city/make_city.hpp"
#include "io/city/city.hpp"
#include "io/stream/stream.hpp"
#include "tests/reference/catchments.hpp"
#include "tests/support/program.hpp"

namespace dosi::access {
namespace {

struct Answered {
  reference::Times times;
  std::vector<double> people, supply;
};

Answered run_access(const std::filesystem::path& city, const std::filesystem::path& out,
                    const std::vector<std::string>& more) {
  std::vector<std::string> words{"access",   "--city",         city,      "--out",    out,         "--origins",
                                 "dong",     "--destinations", "clinics", "--groups", "residents", "--matrix",
                                 "--supply", "doctors"};
  words.insert(words.end(), more.begin(), more.end());
  const auto done = test_support::run_dosi(words);
  EXPECT_EQ(done.code, 0) << done.err;
  const auto file = h5::File::open(out);
  const auto origins = file.root().group("origins");
  Answered run;
  const auto all = stream::read_all<std::uint32_t>(origins, "time");
  run.people = stream::read_all<double>(origins, "people_residents");
  run.supply = stream::read_all<double>(origins, "supply");
  const std::size_t columns = all.size() / run.people.size();
  for (std::size_t o = 0; o < run.people.size(); ++o)
    run.times.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(o * columns),
                           all.begin() + static_cast<std::ptrdiff_t>((o + 1) * columns));
  return run;
}

TEST(Catchments, EqualLoopsOverAllPairs) {
  const test_support::Temp_folder folder;
  const auto path = folder / "city.h5";
  make_city::make({.people = 20'000, .seed = 8, .out = path});
  const auto city = city::City::open(path);
  std::vector<double> doctors;
  for (const auto& c : city.read_points("clinics").attributes.columns)
    if (c.name == "doctors") doctors = c.as_numbers();
  ASSERT_FALSE(doctors.empty());

  const reference::Rings plain{{900'000}, {1}}, rings{{300'000, 600'000, 900'000}, {1, 0.68, 0.22}};
  int run_number = 0;
  for (const auto* shape : {&plain, &rings})
    for (const bool choice : {false, true}) {
      std::vector<std::string> more{"--supply-method", choice ? "3sfca" : "2sfca", "--catchment",
                                    shape == &plain ? "15" : "5,10,15"};
      if (shape == &rings) more.insert(more.end(), {"--catchment-weights", "1,0.68,0.22"});
      const Answered run = run_access(path, folder / ("run" + std::to_string(run_number++) + ".h5"), more);
      const auto expected = reference::floating_catchments(run.times, run.people, doctors, *shape, choice);
      double met = 0, all = 0;
      for (std::size_t o = 0; o < expected.size(); ++o) {
        ASSERT_NEAR(run.supply[o], expected[o], 1e-9 * std::max(1.0, expected[o]))
            << more[1] << ", " << more[3] << ", origin " << o;
        met += run.supply[o] * run.people[o];
      }
      // Nothing is lost on the way: who is served gets all that is offered to anybody.
      for (std::size_t d = 0; d < doctors.size(); ++d) {
        bool reached = false;
        for (std::size_t o = 0; o < expected.size(); ++o) reached |= run.people[o] > 0 && run.times[o][d] <= 900'000;
        if (reached) all += doctors[d];
      }
      EXPECT_NEAR(met, all, 1e-6 * all);
      EXPECT_GT(all, 0);
    }
}

}  // namespace
}  // namespace dosi::access
