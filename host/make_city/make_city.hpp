// A made city: for the same seed and number of people the same on any machine and with any number of threads.
// docs/make-city.md says what it holds and what was planted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dosi::make_city {

inline constexpr std::int64_t kLeastPeople = 20'000, kMostPeople = 20'000'000;

struct Options {
  std::int64_t people = 100'000;
  std::uint64_t seed = 1;
  std::filesystem::path out;
  std::optional<double> extent_km;  // side of the square; by default 1 km² for 2,200 people
  bool overwrite = false;
};

struct Made_layer {
  std::string kind, name;
  std::size_t rows = 0;
  std::string note;
};

struct Summary {
  std::vector<Made_layer> layers;
  std::size_t clusters = 0, wrong_assessments = 0, bridges = 0;
  double extent_km = 0, seconds = 0;
  std::uintmax_t bytes = 0;
};

// Writes the city. UsageError if it cannot be asked for so; on any error nothing is left behind.
Summary make(const Options& options);

}  // namespace dosi::make_city
