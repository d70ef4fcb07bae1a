#include "host/scan/clusters.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dosi::scan {

std::vector<Cluster> choose_clusters(const Study_data& study, const Question& q, const Neighbours& neighbours, std::size_t scan, std::vector<Window> windows, const Maxima& maxima,
                                     std::size_t most) {
  std::sort(windows.begin(), windows.end(), better);
  const auto& data = study.scans[scan];
  const std::size_t steps = study.time.steps(), places = study.places.size();
  double all_measure = 0;                       // of a scan without marks, what `rate` is of
  for (std::size_t p = 0; p < places; ++p)
    for (std::size_t t = 0; t < steps; ++t) all_measure += data.measure_of(p, t, steps);
  const double all = data.total_cases(), rate = all / all_measure;
  std::vector<bool> taken(places, false);
  std::vector<Cluster> out;
  for (const auto& w : windows) {
    if (!(w.llr > 0) || out.size() == most) break;
    const std::uint32_t* first = neighbours.place.data() + neighbours.first[w.centroid];
    if (std::any_of(first, first + w.places, [&](auto p) { return taken[p]; })) continue;
    Cluster c{.scan = scan, .rank = out.size() + 1, .window = w};
    c.centre = neighbours.place_of(w.centroid);
    c.shape = neighbours.shape_of(w.centroid);
    c.places.assign(first, first + w.places);
    for (const auto p : c.places) taken[p] = true;
    const auto cases = static_cast<double>(w.cases);
    if (q.marked()) {
      c.marks = describe_marks(data.marks, q, c.places, w, steps);
      c.high = c.marks.high;
    }
    c.expected = q.risk == Risk::exponential ? w.measure : q.marked() ? std::nan("") : w.measure * rate;
    if (!q.marked()) c.high = cases > c.expected;
    c.relative_risk = all > cases ? (cases / c.expected) / ((all - cases) / (all - c.expected)) : INFINITY;
    if (q.marked() && q.risk != Risk::exponential) c.relative_risk = std::nan("");
    c.p = maxima.p_value(w.llr);
    out.push_back(std::move(c));
  }
  return out;
}

void add_false_discovery(std::vector<Cluster>& clusters, std::size_t scans) {
  std::vector<double> p(scans, 1);
  for (const auto& c : clusters)
    if (c.rank == 1) p[c.scan] = c.p.p;
  const auto q = false_discovery_rates(p);
  for (auto& c : clusters) c.q = c.rank == 1 ? q[c.scan] : std::nan("");
}

}  // namespace dosi::scan
