// dosi-bench access: travel times on a made city's streets by car, or on a real city's. The order of elimination, and
// new times on it; trees from random nodes to all nodes; a table between as many sources and targets; the same table
// reduced to a count for each source, which never exists as a table; and a table of a few places; 32 scenarios together
// and one after another.
#include <iostream>

#include "bench/access/workload.hpp"

namespace dosi::bench {

int bench_access(int argc, char** argv);

namespace {

using namespace access;
using dosi::access::Elimination;
using dosi::access::Hierarchy;

void describe(const char* order, const Hierarchy& h) {
  std::cout << order << ": " << h.arcs() << " arcs in the hierarchy, " << h.arcs_up()
            << " of them on some shortest path up, " << h.depth() << " deep" << std::endl;
}

class Bench {
 public:
  Bench(const Options& options, const Workload& w)
      : options_(options), w_(w), elimination_(std::make_shared<Elimination>(w.arcs())),
        hierarchy_(elimination_, w.arcs()), runner_(options) {
    describe("dosi's order", hierarchy_);
  }

  void run() {
    if (options_.cpu() && options_.wants("access order")) orders();
    // A hierarchy that is contracted anew takes too long for a first look at a device.
    if ((options_.cpu() || !options_.quick) && options_.wants("access new times")) times();
    if (options_.wants("access trees")) trees();
    for (const auto& [job, rows, fused] :
         {Table{"access table", w_.sources.size(), false}, Table{"access within reach", w_.sources.size(), true},
          Table{"access small table", 32, false}})
      if (options_.wants(job)) table(job, rows, fused);
    if (options_.wants("access scenarios")) scenarios();
    runner_.finish();
  }

 private:
  struct Table {
    const char* job;
    std::size_t rows;
    bool fused;
  };
  // What is built once for all cases that need it.
  const Peers& peers() {
    if (!peers_) peers_ = std::make_unique<Peers>(w_, options_.threads);
    return *peers_;
  }
  Case a_case(const char* job, std::size_t size, const char* unit, double bytes) const {
    return {.job = job,
            .size = size,
            .unit = unit,
            .bytes = bytes,
            .footprint = static_cast<std::size_t>(hierarchy_.arcs_up()) * 8,
            .ours = {},
            .others = {}};
  }
  template <class Make>
  void add_cpu(Case& c, double work, const Make& make) const {
    if (!options_.cpu()) return;
    c.ours.push_back({"dosi", make(options_.threads), "cpu", options_.threads, work});
    if (options_.threads > 1) c.ours.push_back({"dosi", make(1), "cpu", 1, work});
  }
  template <class Make>
  void add_cuda([[maybe_unused]] Case& c, [[maybe_unused]] double work, [[maybe_unused]] const Make& make) const {
#if DOSI_WITH_CUDA
    if (options_.cuda >= 0)
      c.ours.push_back({"dosi", make(options_.cuda), "cuda:" + std::to_string(options_.cuda), 1, work});
#endif
  }

  // What an order must at least move: the streets in, the ranks out.
  void orders() {
    Case c =
        a_case("access order", w_.nodes, "nodes/s", 4.0 * (1 + 2.0 * static_cast<double>(w_.tail.size()) / w_.nodes));
    add_cpu(c, w_.nodes, [&](int threads) { return order_ours(w_, threads); });
    if (auto metis = order_metis(w_))
      c.others.push_back({"METIS, one core", std::move(metis), "cpu", 1, static_cast<double>(w_.nodes)});
    if (!c.others.empty()) runner_.run(c);
  }

  // Of each triangle every side is relaxed both ways.
  void times() {
    Case c = a_case("access new times", w_.nodes, "customisations/s", 16.0 * static_cast<double>(hierarchy_.arcs()));
    for (std::size_t v = 0; v < w_.nodes; ++v) {
      const auto above = static_cast<double>(elimination_->up_first[v + 1] - elimination_->up_first[v]);
      c.operations += 6 * above * (above - 1) / 2;
    }
    add_cpu(c, 1, [&](int threads) { return times_ours(w_, elimination_, Device::choose("cpu", threads)); });
    add_cuda(c, 1, [&](int device) {
      return times_ours(w_, elimination_, Device::choose("cuda:" + std::to_string(device), 0));
    });
    c.others.push_back({"contraction hierarchy anew, one core", times_contraction(w_), "cpu", 1, 1});
    runner_.run(c);
  }

  // A label written for each node of each tree. The arcs are read once for all lanes of a group.
  void trees() {
    constexpr std::size_t work = 256;
    Case c = a_case("access trees", w_.nodes, "trees/s", 4.0 * w_.nodes);
    c.operations = 2 * static_cast<double>(hierarchy_.arcs_up());
    add_cpu(c, work, [&](int threads) { return trees_ours_cpu(w_, hierarchy_, threads, work); });
    // A device takes as many at once as its memory holds.
    const std::size_t many = w_.sources.size();
    add_cuda(c, static_cast<double>(many), [&](int device) { return trees_ours_cuda(w_, hierarchy_, device, many); });
    c.others = peers().trees(work);
    if (const auto order = metis_order(w_); !order.empty()) {
      by_metis_ = std::make_unique<Hierarchy>(std::make_shared<Elimination>(w_.arcs(), order), w_.arcs());
      describe("METIS's order", *by_metis_);
    }
    if (by_metis_)
      c.others.push_back({"dosi on METIS's order, one core", trees_ours_cpu(w_, *by_metis_, 1, work), "cpu", 1,
                          static_cast<double>(work)});
    runner_.run(c);
  }

  void table(const char* job, std::size_t rows, bool fused) {
    Case c = a_case(job, rows, "pairs/s", fused ? 0.0 : 4.0);
    const double pairs = static_cast<double>(rows) * static_cast<double>(rows);
    add_cpu(c, pairs, [&](int threads) { return table_ours_cpu(w_, hierarchy_, threads, rows, fused); });
    add_cuda(c, pairs, [&](int device) { return table_ours_cuda(w_, hierarchy_, device, rows, fused); });
    c.others = peers().table(rows, fused);
    runner_.run(c);
  }

  // At least the times of each arc of each state, once.
  void scenarios() {
    Case c = a_case("access scenarios", w_.nodes, "states/s", 8.0 * static_cast<double>(hierarchy_.arcs_up()));
    const auto work = static_cast<double>(scenarios_states());
    add_cpu(c, work, [&](int threads) { return scenarios_together(w_, elimination_, Device::choose("cpu", threads)); });
    add_cuda(c, work, [&](int device) {
      return scenarios_together(w_, elimination_, Device::choose("cuda:" + std::to_string(device), 0));
    });
    c.others.push_back({"one after another",
                        scenarios_one_by_one(w_, elimination_, Device::choose("cpu", options_.threads)), "cpu",
                        options_.threads, work});
    runner_.run(c);
  }

  const Options& options_;
  const Workload& w_;
  std::shared_ptr<const Elimination> elimination_;
  Hierarchy hierarchy_;
  std::unique_ptr<Hierarchy> by_metis_;
  std::unique_ptr<Peers> peers_;
  Runner runner_;
};

}  // namespace

int bench_access(int argc, char** argv) {
  const Options options = parse_options(
      argc, argv, "Travel times; --size in nodes of the network; --input: a city whose streets are tiled to that size.",
      1'000'000);
  const std::size_t places = options.quick ? 1'024 : 10'240;
  const Workload w = options.input.empty() ? Workload::made(options.size, places)
                                           : Workload::tiled(options.input, options.size, places);
  std::cout << w.nodes << " nodes, " << w.tail.size() << " arcs" << std::endl;
  Bench(options, w).run();
  return 0;
}

}  // namespace dosi::bench
