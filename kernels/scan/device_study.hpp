// A study where the device works: the scene of its search and the deck that its replicas are dealt from. Included by
// scan.cu.
#pragma once

#ifndef DOSI_BACKEND
#error "device_study.hpp belongs in device code"
#endif

#include <algorithm>
#include <functional>
#include <numeric>

#include "kernels/par/par.hpp"
#include "kernels/scan/draw.hpp"
#include "kernels/scan/group_search.hpp"
#include "kernels/scan/marks.hpp"
#include "kernels/scan/prepare.hpp"
#include "kernels/scan/search.hpp"

namespace dosi::DOSI_BACKEND::scan {

using dosi::scan::Model;
using dosi::scan::Prepared;
using dosi::scan::Rates;
using dosi::scan::Study;
using dosi::scan::Windows;

template <class T>
par::Buffer<T> upload(par::Context& ctx, const std::vector<T>& host) {
  return {ctx, std::span<const T>(host)};
}

class Device_study : public Prepared {
 public:
  Device_study(par::Context& ctx, const Windows& w, const Study& s, std::span<const dosi::scan::Length_run> runs)
      : model(s.model), work(dosi::scan::work_of(w, s.reach)), cases(s.cases.begin(), s.cases.end()),
        reach_(ctx, s.reach) {
    scene = {.reach = reach_.view(),
             .fewest = static_cast<double>(s.fewest),
             .unit = 1,
             .side = {s.rates != Rates::low, s.rates != Rates::high}};
    if (!dosi::scan::has_marks(model)) {
      of_cases(ctx, w, s, runs);
      return;
    }
    const auto marks = dosi::scan::dealt_marks(s);
    given = marks.given;
    const auto people = dosi::scan::individuals_of(w, s.marks);
    if (model == Model::normal) of_values(ctx, w, s, marks, people, runs);
    else if (model == Model::exponential) of_times(ctx, w, s, marks, people);
    else of_groups(ctx, w, s, marks, people, runs);
    deal_marks(ctx, w, marks);
  }

  Model model;
  dosi::scan::Work work;
  std::vector<std::uint32_t> cases, given;  // given: of each mark in the deck, its number in the study
  Scene scene;                              // all models but those of groups
  Group_scene groups;
  Deck deck;
  std::size_t cards = 0;
  bool summed_values = false;  // replicas have sums of values

  std::size_t bytes_a_replica() const {
    const std::size_t sums = std::size_t{deck.places} * (deck.steps + 1);
    return sums * (deck.rows * sizeof(std::uint32_t) + (summed_values ? sizeof(double) : 0));
  }

 private:
  void of_cases(par::Context& ctx, const Windows& w, const Study& s, std::span<const dosi::scan::Length_run> runs) {
    scene.separable = s.measure.empty();
    place_measure_ = {ctx, s.place_measure};
    scene.place_measure = place_measure_.view();
    const auto total = static_cast<double>(std::accumulate(cases.begin(), cases.end(), std::uint64_t{0}));
    const double measure =
        model == Model::bernoulli
            ? static_cast<double>(std::accumulate(s.individuals.begin(), s.individuals.end(), std::uint64_t{0}))
            : total;
    measure_rows(ctx, w, scene.separable ? s.step_share : s.measure, runs, scene.separable);
    const auto likelihood = dosi::scan::likelihood_of(model, total, measure);
    borders(ctx, likelihood, dosi::scan::widest_of(w, s),
            [&](const auto&, auto, bool high) { return (high ? 0.9 : 1.1) * likelihood.rate; });
    deal_cases(ctx, w, s);
  }

  void of_values(par::Context& ctx, const Windows& w, const Study& s, const dosi::scan::Dealt_marks& marks,
                 const std::vector<std::uint32_t>& people, std::span<const dosi::scan::Length_run> runs) {
    const std::vector<double> measure(people.begin(), people.end());
    measure_rows(ctx, w, measure, runs, false);
    const auto moments = dosi::scan::moments_of(marks.value);
    const double widest = dosi::scan::widest_of(w, {.measure = measure, .reach = s.reach});
    borders(ctx,
            dosi::scan::likelihood_of(model, moments.sum, static_cast<double>(marks.value.size()), moments.squares),
            widest,
            [&](const auto& nodes, auto first, bool high) { return dosi::scan::ease_of(nodes, first, widest, high); });
  }

  // What is expected of a disc is in proportion to the time of its individuals: at most that of the longest.
  void of_times(par::Context& ctx, const Windows& w, const Study& s, const dosi::scan::Dealt_marks& marks,
                const std::vector<std::uint32_t>& people) {
    const auto events = static_cast<double>(std::count(marks.row.begin(), marks.row.end(), 0u));
    auto longest = marks.value;
    std::sort(longest.begin(), longest.end(), std::greater<>());
    scene.unit = events / std::accumulate(longest.begin(), longest.end(), 0.0);
    const std::vector<double> measure(people.begin(), people.end());
    const auto most = static_cast<std::ptrdiff_t>(dosi::scan::widest_of(w, {.measure = measure, .reach = s.reach}));
    const double widest = scene.unit * std::accumulate(longest.begin(), longest.begin() + most, 0.0);
    borders(ctx, dosi::scan::likelihood_of(Model::poisson, events, events), widest,
            [](const auto&, auto, bool high) { return high ? 0.9 : 1.1; });
  }

  void of_groups(par::Context& ctx, const Windows& w, const Study& s, const dosi::scan::Dealt_marks& marks,
                 const std::vector<std::uint32_t>& people, std::span<const dosi::scan::Length_run> runs) {
    std::vector<double> sums = dosi::scan::sums_of(std::vector<double>(people.begin(), people.end()), w.steps);
    const auto ranges = dosi::scan::ranges_of(sums, w.steps, w.first_end, runs, false);
    people_ = upload(ctx, std::vector<std::uint32_t>(sums.begin(), sums.end()));
    least_ = upload(ctx, ranges.least);
    most_ = upload(ctx, ranges.most);
    groups = group_scene(dosi::scan::group_ratio_of(s), marks.group_of_row);
    groups.people = people_.view();
    groups.least = least_.view();
    groups.most = most_.view();
    groups.reach = reach_.view();
    groups.fewest = s.fewest;
  }

  void measure_rows(par::Context& ctx, const Windows& w, std::span<const double> rows,
                    std::span<const dosi::scan::Length_run> runs, bool positive) {
    const auto sums = dosi::scan::sums_of(rows, w.steps);
    const auto ranges = dosi::scan::ranges_of(sums, w.steps, w.first_end, runs, positive);
    sums_ = upload(ctx, sums);
    least_ = upload(ctx, ranges.least);
    most_ = upload(ctx, ranges.most);
    scene.sums = sums_.view();
    scene.least = least_.view();
    scene.most = most_.view();
  }

  // ease(nodes, first, high): the slope that the border keeps as far as it can.
  template <class F>
  void borders(par::Context& ctx, const Likelihood& likelihood, double widest, F ease) {
    scene.likelihood = likelihood;
    std::int64_t first = 0;
    std::vector<double> levels;
    for (int side = 0; side < 2; ++side) {
      scene.eased[side] = -1;
      scene.ease[side] = 0;
      if (!scene.side[side]) continue;
      const auto nodes = dosi::scan::border_nodes(likelihood, side == 0, first, levels);
      scene.ease[side] = ease(nodes, first, side == 0);
      scene.eased[side] = dosi::scan::eased_level(nodes, first, widest, side == 0, scene.ease[side]);
      border_[side] = upload(ctx, nodes);
      scene.border[side] = {border_[side].view().data, first};
    }
    levels_ = upload(ctx, levels);
    scene.levels = levels_.view().data;
  }

  void deal_cases(par::Context& ctx, const Windows& w, const Study& s) {
    std::vector<Alias> host_place, host_step;
    const auto add_bins = [](std::vector<Alias>& to, std::span<const double> weights) {
      for (const auto& b : dosi::scan::alias_of(weights)) to.push_back({b.keep, b.other});
    };
    std::vector<std::uint32_t> host_cell, host_when;
    if (s.null == Null::multinomial) {
      add_bins(host_place, scene.separable ? s.place_measure : s.measure);
      if (scene.separable) add_bins(host_step, s.step_share);
    } else if (s.null == Null::stratified) {
      for (std::uint32_t i = 0; i < cases.size(); ++i) host_when.insert(host_when.end(), cases[i], i % w.steps);
      if (scene.separable) add_bins(host_place, s.place_measure);
      for (std::uint32_t t = 0; t < w.steps && !scene.separable; ++t)
        add_bins(host_place, dosi::scan::weights_in_step(w, s, t));
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
    place_ = upload(ctx, host_place);
    step_ = upload(ctx, host_step);
    cell_ = upload(ctx, host_cell);
    when_ = upload(ctx, host_when);
    const auto total = static_cast<std::uint32_t>(std::accumulate(cases.begin(), cases.end(), std::uint64_t{0}));
    deck = {s.null, w.places, w.steps, total, scene.separable, place_.view(), step_.view(), cell_.view(), when_.view()};
  }

  void deal_marks(par::Context& ctx, const Windows& w, const dosi::scan::Dealt_marks& marks) {
    cell_ = upload(ctx, marks.cell);
    row_ = upload(ctx, marks.row);
    value_ = upload(ctx, marks.value);
    cards = marks.cell.size();
    summed_values = !marks.value.empty();
    deck = {.null = Null::marks,
            .places = w.places,
            .steps = w.steps,
            .cases = marks.dealt,
            .separable = false,
            .cell = cell_.view(),
            .row = row_.view(),
            .value = value_.view(),
            .rows = marks.rows};
  }

  par::Buffer<std::uint32_t> reach_;
  par::Buffer<double> place_measure_, sums_, least_, most_, border_[2], levels_, value_;
  par::Buffer<Alias> place_, step_;
  par::Buffer<std::uint32_t> cell_, when_, row_, people_;
};

}  // namespace dosi::DOSI_BACKEND::scan
