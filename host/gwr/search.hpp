// The search for a bandwidth. Every one that is tried is kept, in a file beside the result too, so that a run that was
// interrupted goes on where it was.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <vector>

#include "host/comm/ranks.hpp"
#include "host/gwr/criterion.hpp"
#include "host/gwr/curve.hpp"

namespace dosi::gwr {

// Golden section as the field's programs do it (mgwr's rules, so that searches can be compared): thirds of `low` to
// `high` at 0.38197, whole numbers where `whole`, until two scores differ by no more than 1e-6. Returns the best, to
// 0.01.
double golden_section(double low, double high, bool whole, const std::function<double(double)>& score);

struct Evaluation {
  double bandwidth = 0;
  Sums sums;
  Quality quality;
};

class Evaluations {
 public:
  // Without a file where `file` is empty. Throws Stopped where a signal asks for it. `ranks` are those of the engine's
  // company; making it, and at() and draw(), are meetings.
  Evaluations(Engine& engine, const Question& q, double places, std::filesystem::path file,
              comm::Ranks& ranks = comm::alone());
  const Evaluation& at(double bandwidth);
  // All of them, ascending, in one pass; what is under way is kept beside the file.
  void draw(const std::vector<double>& bandwidths, const Curve_maker& maker);
  double score(double bandwidth) { return at(bandwidth).quality.of(q_.criterion); }
  // By bandwidth.
  const std::map<double, Evaluation>& all() const { return done_; }
  std::size_t found_in_file() const { return found_; }

 private:
  Quality quality_of(const Sums& s) const;
  void read();
  void keep() const;

  Engine& engine_;
  const Question& q_;
  double places_;
  std::filesystem::path file_;
  comm::Ranks& ranks_;
  std::map<double, Evaluation> done_;
  std::size_t found_ = 0;
};

// The bandwidth that the question asks for: the one given, or the best that the search finds between the limits given,
// or else 40 + 2 x terms to n neighbours, or half the least to twice the largest distance between two places. `curve`:
// where the question asks for one.
double choose_bandwidth(const Question& q, std::span<const double> x, std::span<const double> y, std::size_t terms,
                        Evaluations& evaluations, const Curve_maker& curve = {});

}  // namespace dosi::gwr
