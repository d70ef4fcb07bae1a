// The engine of `scan` on one device: replicas are dealt and searched in batches that fit the memory. See scan.hpp.
#include "kernels/scan/scan.hpp"

#include <algorithm>
#include <numeric>

#include "kernels/par/par.hpp"
#include "kernels/scan/draw.hpp"
#include "kernels/scan/prepare.hpp"
#include "kernels/scan/search.hpp"

namespace dosi::DOSI_BACKEND::scan {

using dosi::scan::Engine;
using dosi::scan::Prepared;
using dosi::scan::Study;
using dosi::scan::Window;
using dosi::scan::Windows;

constexpr int kTeam = 128;                   // threads of a team on a GPU
constexpr std::size_t kBatchBytes = std::size_t{4} << 30;

template <class T>
par::Buffer<T> upload(par::Context& ctx, const std::vector<T>& host) {
  return {ctx, std::span<const T>(host)};
}

// teams: replicas x pieces of the centroids, or one for each centroid.
struct Search {
  Frame frame;
  Scene scene;
  View<const std::uint32_t> sums;            // [replica][place][steps + 1]
  View<const float> excess;                  // [replica][place][side][run]
  std::uint32_t pieces;
  View<Found> found;                         // [team]
  View<std::uint64_t> exact;                 // [team]

  DOSI_HD void operator()(Team& team, std::size_t index) const {
    const std::size_t replica = index / pieces, piece = index % pieces;
    const std::uint32_t* rows = sums.data + replica * frame.places * (frame.steps + 1);
    Disc_search search(team, frame, scene, excess.data + replica * frame.places * 2 * frame.runs);
    const std::size_t first = piece * frame.centroids / pieces, last = (piece + 1) * frame.centroids / pieces;
    if (frame.steps == 1) team.for_each(last - first, [&](std::size_t c) { search.search_discs(static_cast<std::uint32_t>(first + c), rows); });
    else
      for (std::size_t c = first; c < last; ++c) search.search(static_cast<std::uint32_t>(c), rows);
    const View<Found> bests = team.shared<Found>(team.size());
    const View<std::uint64_t> counts = team.shared<std::uint64_t>(team.size());
    bests[team.rank()] = search.best();
    counts[team.rank()] = search.exact();
    team.sync();
    if (team.rank() > 0) return;
    Found best = bests[0];
    std::uint64_t sum = counts[0];
    for (unsigned i = 1; i < team.size(); ++i) {
      if (best.loses_to(bests[i])) best = bests[i];
      sum += counts[i];
    }
    found[index] = best;
    exact[index] = sum;
  }
};

class Device_study : public Prepared {
 public:
  Device_study(par::Context& ctx, const Windows& w, const Study& s, std::span<const dosi::scan::Length_run> runs)
      : separable(s.measure.empty()), cases(s.cases.begin(), s.cases.end()), work(dosi::scan::work_of(w, s.reach)), reach(ctx, s.reach), place_measure(ctx, s.place_measure) {
    const std::vector<double> host_sums = dosi::scan::sums_of(separable ? s.step_share : s.measure, w.steps);
    const auto ranges = dosi::scan::ranges_of(host_sums, w.steps, w.first_end, runs, separable);
    sums = upload(ctx, host_sums);
    least = upload(ctx, ranges.least);
    most = upload(ctx, ranges.most);
    total = std::accumulate(cases.begin(), cases.end(), std::uint64_t{0});
    double measure = static_cast<double>(total);
    if (s.model == dosi::scan::Model::bernoulli) measure = static_cast<double>(std::accumulate(s.individuals.begin(), s.individuals.end(), std::uint64_t{0}));
    const auto likelihood = dosi::scan::likelihood_of(s.model, static_cast<double>(total), measure);
    std::int64_t first = 0;
    std::vector<double> host_levels;
    scene = {.likelihood = likelihood, .border = {}, .levels = nullptr, .reach = reach.view(), .place_measure = place_measure.view(), .sums = sums.view(),
             .least = least.view(), .most = most.view(), .fewest = static_cast<double>(s.fewest), .ease = {0.9 * likelihood.rate, 1.1 * likelihood.rate},
             .eased = {-1, -1}, .separable = separable, .side = {s.rates != dosi::scan::Rates::low, s.rates != dosi::scan::Rates::high}};
    const double widest = dosi::scan::widest_of(w, s);
    for (int side = 0; side < 2; ++side) {
      if (!scene.side[side]) continue;
      const auto nodes = dosi::scan::border_nodes(likelihood, side == 0, first, host_levels);
      scene.eased[side] = dosi::scan::eased_level(nodes, first, widest, side == 0, scene.ease[side]);
      border[side] = upload(ctx, nodes);
      scene.border[side] = {border[side].view().data, first};
    }
    levels = upload(ctx, host_levels);
    scene.levels = levels.view().data;
    prepare_deck(ctx, w, s);
  }

  bool separable;
  std::vector<std::uint32_t> cases;
  std::uint64_t total = 0;
  dosi::scan::Work work;
  Scene scene;
  Deck deck;
  std::size_t cards = 0;

 private:
  void prepare_deck(par::Context& ctx, const Windows& w, const Study& s) {
    std::vector<Alias> host_place, host_step;
    const auto add_bins = [](std::vector<Alias>& to, std::span<const double> weights) {
      for (const auto& b : dosi::scan::alias_of(weights)) to.push_back({b.keep, b.other});
    };
    std::vector<std::uint32_t> host_cell, host_when;
    if (s.null == Null::multinomial) {
      add_bins(host_place, separable ? s.place_measure : s.measure);
      if (separable) add_bins(host_step, s.step_share);
    } else if (s.null == Null::stratified) {
      for (std::uint32_t i = 0; i < cases.size(); ++i) host_when.insert(host_when.end(), cases[i], i % w.steps);
      if (separable) add_bins(host_place, s.place_measure);
      for (std::uint32_t t = 0; t < w.steps && !separable; ++t) add_bins(host_place, dosi::scan::weights_in_step(w, s, t));
    } else if (s.null == Null::hypergeometric) {
      for (std::uint32_t i = 0; i < s.individuals.size(); ++i) host_cell.insert(host_cell.end(), s.individuals[i], i);
      cards = host_cell.size();
    } else {
      for (std::uint32_t i = 0; i < cases.size(); ++i) {
        host_cell.insert(host_cell.end(), cases[i], i / w.steps);
        host_when.insert(host_when.end(), cases[i], i % w.steps);
      }
      cards = host_when.size();
    }
    place = upload(ctx, host_place);
    step = upload(ctx, host_step);
    cell = upload(ctx, host_cell);
    when = upload(ctx, host_when);
    deck = {s.null, w.places, w.steps, static_cast<std::uint32_t>(total), static_cast<std::uint32_t>(cards), separable, place.view(), step.view(), cell.view(), when.view()};
  }

  par::Buffer<std::uint32_t> reach;
  par::Buffer<double> place_measure, sums, least, most, border[2], levels;
  par::Buffer<Alias> place, step;
  par::Buffer<std::uint32_t> cell, when;
};

class Device_engine : public Engine {
 public:
  Device_engine(const Windows& w, int device)
      : ctx_(device), places_(w.places), steps_(w.steps), runs_(dosi::scan::runs_of(w.shortest, w.longest)),
        host_first_(w.first.begin(), w.first.end()), host_neighbour_(w.neighbour.begin(), w.neighbour.end()), windows_(w),
        first_(ctx_, w.first), neighbour_(ctx_, w.neighbour), weight_(ctx_, w.weight) {
    windows_.first = host_first_;
    windows_.neighbour = host_neighbour_;
    windows_.weight = {};
    std::vector<Run> runs;
    for (const auto& r : runs_) runs.push_back({r.shortest, r.longest});
    run_ = upload(ctx_, runs);
    frame_ = {w.places, w.steps, static_cast<std::uint32_t>(w.first.size() - 1), w.first_end, static_cast<std::uint32_t>(runs.size()), first_.view(), neighbour_.view(), run_.view(), weight_.view()};
  }

  std::unique_ptr<Prepared> prepare(const Study& study) override {
    dosi::scan::check(windows_, study);
    return std::make_unique<Device_study>(ctx_, windows_, study, runs_);
  }

  std::vector<Window> observed(const Prepared& prepared) override {
    const auto& study = static_cast<const Device_study&>(prepared);
    std::vector<std::uint32_t> sums(std::size_t{places_} * (steps_ + 1));
    for (std::size_t p = 0; p < places_; ++p)
      for (std::size_t t = 0; t < steps_; ++t) sums[p * (steps_ + 1) + t + 1] = sums[p * (steps_ + 1) + t] + study.cases[p * steps_ + t];
    const auto d_sums = upload(ctx_, sums);
    std::vector<Window> out;
    for (const Found& f : search(study, d_sums.view(), 1, frame_.centroids))
      out.push_back({f.llr, f.centroid, f.places, f.begin, f.end, f.cases, f.measure});
    for (std::size_t c = 0; c < out.size(); ++c) out[c].centroid = static_cast<std::uint32_t>(c);
    return out;
  }

  std::vector<double> maxima(const Prepared& prepared, std::uint64_t seed, std::uint32_t stream, std::uint32_t first, std::uint32_t count) override {
    const auto& study = static_cast<const Device_study&>(prepared);
    std::vector<double> out;
    for (std::uint32_t done = 0; done < count;) {
      const std::uint32_t batch = std::min(count - done, batch_size());
      const auto sums = deal(study, seed, stream, first + done, batch);
      const auto at_once = static_cast<std::uint32_t>(ctx_.teams_at_once(kTeam, scratch()));
      const std::uint32_t pieces = std::clamp<std::uint32_t>((Team::serial ? 1 : 2) * at_once / batch, 1, std::max<std::uint32_t>(1, frame_.centroids / 4));
      const auto found = search(study, sums.view(), batch, pieces);
      for (std::uint32_t r = 0; r < batch; ++r) {
        double most = 0;
        for (std::uint32_t p = 0; p < pieces; ++p) most = std::max(most, found[r * pieces + p].llr);
        out.push_back(most);
      }
      done += batch;
    }
    return out;
  }

  std::vector<std::uint32_t> drawn(const Prepared& prepared, std::uint64_t seed, std::uint32_t stream, std::uint32_t replica) override {
    const auto& study = static_cast<const Device_study&>(prepared);
    const auto sums = deal(study, seed, stream, replica, 1).to_host();
    std::vector<std::uint32_t> counts(std::size_t{places_} * steps_);
    for (std::size_t p = 0; p < places_; ++p)
      for (std::size_t t = 0; t < steps_; ++t) counts[p * steps_ + t] = sums[p * (steps_ + 1) + t + 1] - sums[p * (steps_ + 1) + t];
    return counts;
  }

 private:
  std::size_t scratch() const {
    const std::size_t members = Team::serial ? 1 : kTeam;
    return Disc_search::scratch_bytes(steps_, runs_.back().longest) + Team::shared_bytes<Found>(members) + Team::shared_bytes<std::uint64_t>(members);
  }

  // On a CPU few at a time, so that what is dealt is still in a cache when it is searched.
  std::uint32_t batch_size() const {
    const std::size_t bytes = std::size_t{places_} * (steps_ + 1) * sizeof(std::uint32_t);
    if (Team::serial) return static_cast<std::uint32_t>(static_cast<std::size_t>(ctx_.teams_at_once(kTeam, 0)) * std::clamp<std::size_t>((std::size_t{8} << 20) / bytes, 4, 128));
    return static_cast<std::uint32_t>(std::clamp<std::size_t>(std::min(kBatchBytes, ctx_.free_memory() / 4) / bytes, 1, 65536));
  }

  par::Buffer<std::uint32_t> deal(const Device_study& study, std::uint64_t seed, std::uint32_t stream, std::uint32_t first, std::uint32_t count) {
    par::Buffer<std::uint32_t> sums(ctx_, std::size_t{count} * places_ * (steps_ + 1));
    par::Buffer<std::uint32_t> hands(ctx_, std::min<std::size_t>(count, static_cast<std::size_t>(ctx_.teams_at_once(kTeam, 0))) * study.cards);
    par::for_each_team(ctx_, count, kTeam, 0, Deal{study.deck, seed, stream, first, study.cards, hands.view(), sums.view()});
    ctx_.synchronize();
    return sums;
  }

  std::vector<Found> search(const Device_study& study, View<const std::uint32_t> sums, std::uint32_t replicas, std::uint32_t pieces) {
    const std::size_t teams = std::size_t{replicas} * pieces;
    par::Buffer<Found> found(ctx_, teams);
    par::Buffer<std::uint64_t> exact(ctx_, teams);
    par::Buffer<float> excess(ctx_, std::size_t{replicas} * places_ * 2 * frame_.runs);
    if (steps_ > 1) par::for_each_team(ctx_, replicas, kTeam, Place_excess::scratch_bytes(steps_, runs_.back().longest), Place_excess{frame_, study.scene, sums, excess.view()});
    par::for_each_team(ctx_, teams, kTeam, scratch(), Search{frame_, study.scene, sums, excess.view(), pieces, found.view(), exact.view()});
    ctx_.synchronize();
    work_.windows += study.work.windows * replicas;
    work_.rows += study.work.rows * replicas;
    for (const auto e : exact.to_host()) work_.exact += static_cast<double>(e);
    return found.to_host();
  }

  par::Context ctx_;
  std::uint32_t places_, steps_;
  std::vector<dosi::scan::Length_run> runs_;
  std::vector<std::uint64_t> host_first_;
  std::vector<std::uint32_t> host_neighbour_;
  Windows windows_;
  par::Buffer<std::uint64_t> first_;
  par::Buffer<std::uint32_t> neighbour_;
  par::Buffer<double> weight_;
  par::Buffer<Run> run_;
  Frame frame_;
};

std::unique_ptr<Engine> make_engine(const Windows& windows, int device) {
  dosi::scan::check(windows);
  return std::make_unique<Device_engine>(windows, device);
}

}  // namespace dosi::DOSI_BACKEND::scan
