// dosi-bench access: travel times on a made city's streets by car. Trees from random nodes to all nodes; a table
// between as many sources and targets; and the same table reduced to a count for each source, which never exists as a
// table.
#include <iostream>

#include "bench/access/workload.hpp"

namespace dosi::bench {

int bench_access(int argc, char** argv);

namespace {

using namespace access;

}  // namespace

int bench_access(int argc, char** argv) {
  const Options options = parse_options(argc, argv, "Travel times; --size in nodes of the network; --input: a city whose streets are tiled to that size.", 1'000'000);
  const std::size_t places = options.quick ? 1'024 : 10'240, trees = 256;
  const Workload w = options.input.empty() ? Workload::made(options.size, places) : Workload::tiled(options.input, options.size, places);
  std::cout << w.nodes << " nodes, " << w.tail.size() << " arcs" << std::endl;
  const auto elimination = std::make_shared<dosi::access::Elimination>(w.arcs());
  dosi::access::Hierarchy hierarchy(elimination, w.arcs());
  const double arcs = static_cast<double>(hierarchy.arcs_up()), nodes = w.nodes;
  std::cout << hierarchy.arcs() << " arcs in the hierarchy, " << hierarchy.arcs_up() << " of them on some shortest path up, "
            << hierarchy.depth() << " deep" << std::endl;
  const Peers peers(w, options.threads);
  Runner runner(options);

  const auto ours = [&](Case& c, double work, const auto& cpu, const auto& cuda) {
    if (options.cpu()) {
      c.ours.push_back({"dosi", cpu(options.threads), "cpu", options.threads, work});
      if (options.threads > 1) c.ours.push_back({"dosi", cpu(1), "cpu", 1, work});
    }
#if DOSI_WITH_CUDA
    if (options.cuda >= 0) c.ours.push_back({"dosi", cuda(options.cuda), "cuda:" + std::to_string(options.cuda), 1, work});
#else
    (void)cuda;
#endif
  };

  // A label written for each node of each tree. The arcs are read once for all lanes of a group.
  Case tree{.job = "access trees", .size = w.nodes, .unit = "trees/s", .bytes = nodes * 4, .operations = 2 * arcs, .footprint = 0, .ours = {}, .others = {}};
  tree.footprint = static_cast<std::size_t>(arcs * 8);
  ours(tree, static_cast<double>(trees), [&](int threads) { return trees_ours_cpu(w, hierarchy, threads, trees); },
       [&](int device) { return trees_ours_cuda(w, hierarchy, device, trees); });
  tree.others = peers.trees(trees);
  runner.run(tree);

  const auto pairs = static_cast<double>(places * places);
  for (const bool fused : {false, true}) {
    Case table{.job = fused ? "access within reach" : "access table", .size = places, .unit = "pairs/s", .bytes = fused ? 0.0 : 4.0, .footprint = 0, .ours = {}, .others = {}};
    table.footprint = tree.footprint;
    ours(table, pairs, [&](int threads) { return table_ours_cpu(w, hierarchy, threads, places, fused); },
         [&](int device) { return table_ours_cuda(w, hierarchy, device, places, fused); });
    table.others = peers.table(places, fused);
    runner.run(table);
  }
  runner.finish();
  return 0;
}

}  // namespace dosi::bench
