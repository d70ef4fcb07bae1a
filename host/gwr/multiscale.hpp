// Backfitting of a multiscale GWR: rounds over the columns, a bandwidth for each in each round, until the fit stays.
#pragma once

#include <filesystem>
#include <vector>

#include "host/comm/ranks.hpp"
#include "host/gwr/places.hpp"
#include "kernels/gwr/multiscale.hpp"

namespace dosi::gwr {

struct Backfitting {
  double start = 0;  // the bandwidth that it began with, one for all columns
  std::vector<Round> rounds;
  std::vector<double> changes;  // of the fit in each round; the last is below the tolerance where it converged
  bool converged = false;
};

// As mgwr has it: each smooth's bandwidth by golden section on its AICc, from 42 to `places` or between the limits
// given; once all have stayed for five rounds they are no longer searched. A round's change is the root of sum_ij (new
// f_ij - old f_ij)^2 / n over sum_i (sum_j f_ij)^2. Each round is kept in `file`, where an interrupted run goes on.
// Throws Stopped.
Backfitting backfit(Multiscale_engine& engine, const Question& q, double start, std::size_t columns, double places,
                    const std::filesystem::path& file);
// The same on several ranks: the first does it, all come to where it led. A meeting.
Backfitting backfit(Multiscale_engine& engine, const Question& q, double start, std::size_t columns, double places,
                    const std::filesystem::path& file, comm::Ranks& ranks);

// tr(R_j), variances and leverages of what backfit() left; see multiscale.hpp of the kernels.
struct Inferred {
  std::vector<double> parameters, variance, leverage;
  std::vector<double> predicted;  // of the predictions at new places, over the variance of the error
};
// `replay_last`: as if every round had had the last bandwidths, which is nearer to where the rounds lead. What is done
// is kept in `file` from time to time, and when the run is stopped. Throws Stopped.
Inferred infer(Multiscale_engine& engine, const Backfitting& b, bool replay_last, std::size_t columns,
               std::size_t places, const New_places& wanted, const std::filesystem::path& file, comm::Ranks& ranks);

}  // namespace dosi::gwr
