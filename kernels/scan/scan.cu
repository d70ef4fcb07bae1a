// The engine of `scan` on one device: replicas are dealt and searched in batches that fit the memory. See scan.hpp.
#include "kernels/scan/scan.hpp"

#include <algorithm>

#include "kernels/scan/device_study.hpp"

namespace dosi::DOSI_BACKEND::scan {

using dosi::scan::Engine;
using dosi::scan::Window;

constexpr int kTeam = 128;  // threads of a team on a GPU
constexpr std::size_t kBatchBytes = std::size_t{4} << 30;

// What a search gives: [team].
struct Findings {
  View<Found> found;
  View<std::uint64_t> exact;
};

// A team's share of the centroids, and the best that any of its members finds in it. `rows`: of its replica.
template <class Search, class Row>
DOSI_HD void search_piece(Team& team, const Frame& frame, Search& search, const Row* rows, std::size_t piece,
                          std::size_t pieces, std::size_t index, const Findings& out) {
  const std::size_t first = piece * frame.centroids / pieces, last = (piece + 1) * frame.centroids / pieces;
  if (frame.steps == 1)
    team.for_each(last - first,
                  [&](std::size_t c) { search.search_discs(static_cast<std::uint32_t>(first + c), rows); });
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
  out.found[index] = best;
  out.exact[index] = sum;
}

// teams: replicas x pieces of the centroids, or one for each centroid.
template <class Case>
struct Search_discs {
  Frame frame;
  Scene scene;
  Own_measure own;
  View<const Case> sums;     // [replica][place][steps + 1]
  View<const float> excess;  // [replica][place][excesses]
  std::uint32_t pieces;
  Findings out;

  DOSI_HD void operator()(Team& team, std::size_t index) const {
    const std::size_t replica = index / pieces;
    const Scene here = own.scene(scene, frame, replica);
    Disc_search<Case> search(team, frame, here, excess.data + replica * frame.places * excesses(frame));
    search_piece(team, frame, search, sums.data + replica * frame.places * (frame.steps + 1), index % pieces, pieces,
                 index, out);
  }
};

struct Search_groups {
  Frame frame;
  Group_scene scene;
  View<const std::uint32_t> sums;  // [replica][row][place][steps + 1]
  std::uint32_t pieces;
  Findings out;

  DOSI_HD void operator()(Team& team, std::size_t index) const {
    Group_search search(team, frame, scene);
    search_piece(team, frame, search, sums.data + index / pieces * scene.rows() * frame.places * (frame.steps + 1),
                 index % pieces, pieces, index, out);
  }
};

// What replicas are dealt, and, of exponential scans, what bounds their measures.
struct Hands {
  par::Buffer<std::uint32_t> counts;
  par::Buffer<double> values, least, most;
};

class Device_engine : public Engine {
 public:
  Device_engine(const Windows& w, int device)
      : ctx_(device), places_(w.places), steps_(w.steps), runs_(dosi::scan::runs_of(w.shortest, w.longest)),
        host_first_(w.first.begin(), w.first.end()), host_neighbour_(w.neighbour.begin(), w.neighbour.end()),
        windows_(w), first_(ctx_, w.first), neighbour_(ctx_, w.neighbour), weight_(ctx_, w.weight) {
    windows_.first = host_first_;
    windows_.neighbour = host_neighbour_;
    windows_.weight = {};
    std::vector<Run> runs;
    for (const auto& r : runs_) runs.push_back({r.shortest, r.longest});
    run_ = upload(ctx_, runs);
    frame_ = {w.places,
              w.steps,
              static_cast<std::uint32_t>(w.first.size() - 1),
              w.first_end,
              static_cast<std::uint32_t>(runs.size()),
              first_.view(),
              neighbour_.view(),
              run_.view(),
              weight_.view()};
  }

  std::unique_ptr<Prepared> prepare(const Study& study) override {
    dosi::scan::check(windows_, study);
    return std::make_unique<Device_study>(ctx_, windows_, study, runs_);
  }

  std::vector<Window> observed(const Prepared& prepared) override {
    const auto& study = static_cast<const Device_study&>(prepared);
    Hands hands;
    if (study.given.empty()) {
      std::vector<std::uint32_t> sums(std::size_t{places_} * (steps_ + 1));
      for (std::size_t p = 0; p < places_; ++p)
        for (std::size_t t = 0; t < steps_; ++t)
          sums[p * (steps_ + 1) + t + 1] = sums[p * (steps_ + 1) + t] + study.cases[p * steps_ + t];
      hands.counts = upload(ctx_, sums);
    } else {
      hands = deal(study, 0, 0, 0, 1, false);
    }
    std::vector<Window> out;
    for (const Found& f : search(study, hands, 1, frame_.centroids))
      out.push_back({f.llr, f.centroid, f.places, f.begin, f.end, f.cases, f.measure});
    for (std::size_t c = 0; c < out.size(); ++c) out[c].centroid = static_cast<std::uint32_t>(c);
    return out;
  }

  std::vector<double> maxima(const Prepared& prepared, std::uint64_t seed, std::uint32_t stream, std::uint32_t first,
                             std::uint32_t count) override {
    const auto& study = static_cast<const Device_study&>(prepared);
    std::vector<double> out;
    for (std::uint32_t done = 0; done < count;) {
      const std::uint32_t batch = std::min(count - done, batch_size(study));
      const auto hands = deal(study, seed, stream, first + done, batch, true);
      const auto at_once = static_cast<std::uint32_t>(ctx_.teams_at_once(kTeam, scratch(study)));
      const std::uint32_t pieces = std::clamp<std::uint32_t>((Team::serial ? 1 : 2) * at_once / batch, 1,
                                                             std::max<std::uint32_t>(1, frame_.centroids / 4));
      const auto found = search(study, hands, batch, pieces);
      for (std::uint32_t r = 0; r < batch; ++r) {
        double most = 0;
        for (std::uint32_t p = 0; p < pieces; ++p) most = std::max(most, found[r * pieces + p].llr);
        out.push_back(most);
      }
      done += batch;
    }
    return out;
  }

  std::vector<std::uint32_t> drawn(const Prepared& prepared, std::uint64_t seed, std::uint32_t stream,
                                   std::uint32_t replica) override {
    const auto& study = static_cast<const Device_study&>(prepared);
    par::Buffer<std::uint32_t> hand;
    const auto sums = deal(study, seed, stream, replica, 1, true, &hand).counts.to_host();
    if (!study.given.empty()) {
      const auto cells = hand.to_host();
      std::vector<std::uint32_t> of_mark(study.cards);
      for (std::size_t i = 0; i < study.cards; ++i) of_mark[study.given[i]] = cells[i];
      return of_mark;
    }
    std::vector<std::uint32_t> counts(std::size_t{places_} * steps_);
    for (std::size_t p = 0; p < places_; ++p)
      for (std::size_t t = 0; t < steps_; ++t)
        counts[p * steps_ + t] = sums[p * (steps_ + 1) + t + 1] - sums[p * (steps_ + 1) + t];
    return counts;
  }

 private:
  std::size_t scratch(const Device_study& study) const {
    const std::size_t members = Team::serial ? 1 : kTeam, longest = runs_.back().longest;
    const std::size_t of_search = has_groups(study.model) ? Group_search::scratch_bytes(steps_, study.groups.rows())
                                  : study.model == Model::normal
                                      ? Disc_search<double>::scratch_bytes(steps_, longest)
                                      : Disc_search<std::uint32_t>::scratch_bytes(steps_, longest);
    return of_search + Team::shared_bytes<Found>(members) + Team::shared_bytes<std::uint64_t>(members);
  }

  // On a CPU few at a time, so that what is dealt is still in a cache when it is searched.
  std::uint32_t batch_size(const Device_study& study) const {
    const std::size_t bytes = study.bytes_a_replica();
    if (Team::serial)
      return static_cast<std::uint32_t>(static_cast<std::size_t>(ctx_.teams_at_once(kTeam, 0)) *
                                        std::clamp<std::size_t>((std::size_t{8} << 20) / bytes, 4, 128));
    return static_cast<std::uint32_t>(
        std::clamp<std::size_t>(std::min(kBatchBytes, ctx_.free_memory() / 4) / bytes, 1, 65536));
  }

  // `kept`: the hand of one replica.
  Hands deal(const Device_study& study, std::uint64_t seed, std::uint32_t stream, std::uint32_t first,
             std::uint32_t count, bool shuffled, par::Buffer<std::uint32_t>* kept = nullptr) {
    const std::size_t sums = std::size_t{count} * places_ * (steps_ + 1);
    Hands h{{ctx_, sums * study.deck.rows}, {ctx_, study.summed_values ? sums : 0}, {}, {}};
    par::Buffer<std::uint32_t> hands(
        ctx_, std::min<std::size_t>(count, static_cast<std::size_t>(ctx_.teams_at_once(kTeam, 0))) * study.cards);
    par::for_each_team(
        ctx_, count, kTeam, 0,
        Deal{study.deck, seed, stream, first, study.cards, shuffled, hands.view(), h.counts.view(), h.values.view()});
    if (study.model == Model::exponential) {
      const std::size_t ranges = std::size_t{count} * places_ * frame_.runs;
      h.least = {ctx_, ranges};
      h.most = {ctx_, ranges};
      par::for_each_team(ctx_, count, kTeam, 0, Place_ranges{frame_, h.values.view(), h.least.view(), h.most.view()});
    }
    ctx_.synchronize();
    if (kept != nullptr) *kept = std::move(hands);
    return h;
  }

  std::vector<Found> search(const Device_study& study, const Hands& hands, std::uint32_t replicas,
                            std::uint32_t pieces) {
    const std::size_t teams = std::size_t{replicas} * pieces;
    par::Buffer<Found> found(ctx_, teams);
    par::Buffer<std::uint64_t> exact(ctx_, teams);
    const Findings out{found.view(), exact.view()};
    if (has_groups(study.model))
      par::for_each_team(ctx_, teams, kTeam, scratch(study),
                         Search_groups{frame_, study.groups, hands.counts.view(), pieces, out});
    else if (study.model == Model::normal) search_discs<double>(study, {}, hands.values.view(), replicas, pieces, out);
    else if (study.model == Model::exponential)
      search_discs<std::uint32_t>(study, {hands.values.view(), hands.least.view(), hands.most.view()},
                                  hands.counts.view(), replicas, pieces, out);
    else search_discs<std::uint32_t>(study, {}, hands.counts.view(), replicas, pieces, out);
    ctx_.synchronize();
    work_.windows += study.work.windows * replicas;
    work_.rows += study.work.rows * replicas;
    for (const auto e : exact.to_host()) work_.exact += static_cast<double>(e);
    return found.to_host();
  }

  template <class Case>
  void search_discs(const Device_study& study, const Own_measure& own, View<const Case> sums, std::uint32_t replicas,
                    std::uint32_t pieces, const Findings& out) {
    par::Buffer<float> excess(ctx_, std::size_t{replicas} * places_ * excesses(frame_));
    const std::size_t bytes = Place_excess<Case>::scratch_bytes(steps_, runs_.back().longest);
    if (steps_ > 1)
      par::for_each_team(ctx_, replicas, kTeam, bytes,
                         Place_excess<Case>{frame_, study.scene, own, sums, excess.view()});
    par::for_each_team(ctx_, std::size_t{replicas} * pieces, kTeam, scratch(study),
                       Search_discs<Case>{frame_, study.scene, own, sums, excess.view(), pieces, out});
    ctx_.synchronize();
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
