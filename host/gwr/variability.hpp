// Do coefficients differ over space by more than chance makes them? A Monte Carlo test (Brunsdon, Fotheringham and
// Charlton 1998): the places are dealt out anew to the rows, the model is fitted with the same bandwidth, and the
// variance of each coefficient over places is set against that of the data.
#pragma once

#include <filesystem>
#include <vector>

#include "host/device/device.hpp"
#include "host/gwr/places.hpp"

namespace dosi::gwr {

struct Variability {
  double observed = 0;  // variance of the local coefficients
  double expected = 0;  // its mean over replicas
  double p = 0;         // (1 + replicas with a variance as large) / (1 + replicas)
};

// By term. Replica r deals by a shuffle of Philox keyed by (seed, r): the same for any device, threads and
// interruptions. Replicas are kept in `file`, so that an interrupted run goes on. Throws Stopped.
std::vector<Variability> test_variability(const Device& device, const Question& q, const Places& places,
                                          const Bandwidth& bandwidth, const std::filesystem::path& file,
                                          comm::Ranks& ranks = comm::alone());

}  // namespace dosi::gwr
