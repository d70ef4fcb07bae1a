// What others use on a CPU (contraction.hpp): Dijkstra's algorithm as in a textbook and as fast as it gets, and a
// contraction hierarchy with PHAST for trees, RPHAST and buckets for tables.
#include <omp.h>

#include <algorithm>

#include "bench/access/contraction.hpp"
#include "bench/access/workload.hpp"

namespace dosi::bench::access {

using namespace contraction;

// What is built once and only read by all contenders.
struct Peers::Built {
  explicit Built(const Workload& w)
      : streets(w.nodes, w.tail, w.head, w.time), hierarchy(w.nodes, w.tail, w.head, w.time) {}
  Streets streets;
  Contraction hierarchy;
};

namespace {

using Built = std::shared_ptr<const Peers::Built>;

std::uint64_t digest_by_node(const auto& position_of, std::uint32_t nodes, const std::uint32_t* times,
                             std::size_t stride) {
  std::vector<std::uint32_t> by_node(nodes);
  for (std::uint32_t v = 0; v < nodes; ++v) {
    const auto t = times[std::size_t{position_of(v)} * stride];
    by_node[v] = t >= kFar ? kNever : t;
  }
  return digest(by_node);
}

class Dijkstra_trees : public Implementation {
 public:
  Dijkstra_trees(const Workload& w, Built built, std::size_t work, bool textbook)
      : w_(w), built_(std::move(built)), work_(work), textbook_(textbook), times_(w.nodes) {}
  void run(int sample) override {
    for (std::size_t i = 0; i < work_; ++i)
      tree(w_.sources[(static_cast<std::size_t>(sample) * work_ + i) % w_.sources.size()]);
  }
  Answer answer() override {
    Answer answer;
    for (std::size_t i = 0; i < work_; ++i) {
      tree(w_.sources[i]);
      answer.exact.push_back(
          digest_by_node([&](auto v) { return built_->streets.position(v); }, w_.nodes, times_.data(), 1));
    }
    return answer;
  }

 private:
  void tree(std::uint32_t source) {
    if (textbook_) textbook_tree(built_->streets, source, times_);
    else dijkstra_tree(built_->streets, source, buckets_, times_);
  }
  const Workload& w_;
  Built built_;
  std::size_t work_;
  bool textbook_;
  std::vector<std::uint32_t> times_;
  Buckets buckets_;
};

// f(thread's workspace and labels, first source, sources) for batches of lanes, on several threads.
class Batches {
 public:
  Batches(const Contraction& hierarchy, int threads, std::size_t rows) {
    for (int t = 0; t < threads; ++t) {
      workspaces.emplace_back(hierarchy);
      labels.emplace_back(rows * kLanes);
    }
  }
  template <class F>
  void run(std::size_t count, F f) {
    const auto batches = static_cast<std::int64_t>((count + kLanes - 1) / kLanes);
#pragma omp parallel for schedule(dynamic) num_threads(int(workspaces.size()))
    for (std::int64_t b = 0; b < batches; ++b) {
      const auto t = static_cast<std::size_t>(omp_get_thread_num());
      const std::size_t first = static_cast<std::size_t>(b) * kLanes;
      f(workspaces[t], labels[t].data(), first, std::min<std::size_t>(kLanes, count - first));
    }
  }
  std::vector<Workspace> workspaces;
  std::vector<std::vector<std::uint32_t>> labels;
};

class Phast_trees : public Implementation {
 public:
  Phast_trees(const Workload& w, Built built, std::size_t work, int threads)
      : w_(w), built_(std::move(built)), work_(work), batches_(built_->hierarchy, threads, w.nodes) {}
  void run(int sample) override {
    const std::size_t runs = w_.sources.size() / work_;
    sweep(std::span(w_.sources).subspan(static_cast<std::size_t>(sample) % runs * work_, work_));
  }
  Answer answer() override {
    Answer answer;
    const std::size_t n = std::min<std::size_t>(work_, 16);
    sweep(std::span(w_.sources).first(n));
    for (std::size_t i = 0; i < n; ++i)
      answer.exact.push_back(digest_by_node([&](auto v) { return built_->hierarchy.position(v); }, w_.nodes,
                                            batches_.labels[0].data() + i, kLanes));
    return answer;
  }

 private:
  // A single batch is always the first thread's, whose labels answer() reads.
  void sweep(std::span<const std::uint32_t> sources) {
    if (sources.size() <= kLanes)
      return built_->hierarchy.trees(sources, batches_.workspaces[0], batches_.labels[0].data());
    batches_.run(sources.size(),
                 [&](Workspace& workspace, std::uint32_t* labels, std::size_t first, std::size_t count) {
                   built_->hierarchy.trees(sources.subspan(first, count), workspace, labels);
                 });
  }
  const Workload& w_;
  Built built_;
  std::size_t work_;
  Batches batches_;
};

// Rows of the table as they come, as a digest of each or as the count within reach.
class Table : public Implementation {
 public:
  Table(const Workload& w, Built built, std::size_t rows, std::size_t columns, bool fused)
      : w_(w), built_(std::move(built)), rows_(rows), columns_(columns), fused_(fused), answer_(rows) {}
  Answer answer() override { return {answer_, {}}; }

 protected:
  void row(std::size_t r, std::span<const std::uint32_t> times) {
    if (!fused_) {
      answer_[r] = digest(times);
      return;
    }
    std::uint64_t within = 0;
    for (const auto t : times) within += t <= kWithin;
    answer_[r] = within;
  }
  const Workload& w_;
  Built built_;
  std::span<const std::uint32_t> wanted() const { return std::span(w_.targets).first(columns_); }
  std::size_t rows_, columns_;
  bool fused_;
  std::vector<std::uint64_t> answer_;
};

class Dijkstra_table : public Table {
 public:
  using Table::Table;
  void run(int) override {
    std::vector<std::uint32_t> times(w_.nodes), row_of_table(columns_);
    for (std::size_t r = 0; r < rows_; ++r) {
      dijkstra_tree(built_->streets, w_.sources[r], buckets_, times);
      for (std::size_t i = 0; i < row_of_table.size(); ++i) {
        const auto t = times[built_->streets.position(wanted()[i])];
        row_of_table[i] = t >= kFar ? kNever : t;
      }
      row(r, row_of_table);
    }
  }

 private:
  Buckets buckets_;
};

class Rphast_table : public Table {
 public:
  Rphast_table(const Workload& w, Built built, std::size_t rows, std::size_t columns, bool fused, int threads)
      : Table(w, std::move(built), rows, columns, fused), threads_(threads), table_(fused ? 0 : rows * columns) {}
  void run(int) override {
    const Targets targets(built_->hierarchy, wanted());
    Batches batches(built_->hierarchy, threads_, targets.rows());
    const std::size_t columns = columns_;
    batches.run(rows_, [&](Workspace& workspace, std::uint32_t* labels, std::size_t first, std::size_t count) {
      targets.trees(std::span(w_.sources).subspan(first, count), workspace, labels);
      std::vector<std::uint64_t> within(kLanes);
      for (std::size_t i = 0; i < columns; ++i) {
        const std::uint32_t* label = labels + std::size_t{targets.row(i)} * kLanes;
        if (fused_) {
          for (std::size_t l = 0; l < kLanes; ++l) within[l] += label[l] <= kWithin;
        } else {
          for (std::size_t l = 0; l < count; ++l)
            table_[(first + l) * columns + i] = label[l] >= kFar ? kNever : label[l];
        }
      }
      if (fused_) std::copy_n(within.begin(), count, answer_.begin() + static_cast<std::ptrdiff_t>(first));
    });
  }
  Answer answer() override {
    if (!fused_)
      for (std::size_t r = 0; r < rows_; ++r) row(r, std::span(table_).subspan(r * columns_, columns_));
    return Table::answer();
  }

 private:
  int threads_;
  std::vector<std::uint32_t> table_;
};

class Bucket_table : public Table {
 public:
  Bucket_table(const Workload& w, Built built, std::size_t rows, std::size_t columns, bool fused, int threads)
      : Table(w, std::move(built), rows, columns, fused), threads_(threads) {}
  void run(int) override {
    table_ = built_->hierarchy.table(std::span(w_.sources).first(rows_), wanted(), threads_);
    if (!fused_) return;
    for (std::size_t r = 0; r < rows_; ++r) row(r, std::span(table_).subspan(r * columns_, columns_));
  }
  Answer answer() override {
    for (std::size_t r = 0; r < rows_; ++r) row(r, std::span(table_).subspan(r * columns_, columns_));
    return Table::answer();
  }

 private:
  int threads_;
  std::vector<std::uint32_t> table_;
};

std::string on(const char* name, int threads) {
  return std::string(name) + ", " + (threads == 1 ? "one core" : std::to_string(threads) + " cores");
}

}  // namespace

Peers::Peers(const Workload& w, int threads) : w_(w), threads_(threads), built_(std::make_shared<Built>(w)) {}

std::vector<Contender> Peers::trees(std::size_t work) const {
  std::vector<Contender> all;
  const auto add = [&](std::string name, std::unique_ptr<Implementation> one, int threads, std::size_t units) {
    all.push_back({std::move(name), std::move(one), "cpu", threads, static_cast<double>(units)});
  };
  add("textbook Dijkstra, one core", std::make_unique<Dijkstra_trees>(w_, built_, 4, true), 1, 4);
  add("bucket Dijkstra, one core", std::make_unique<Dijkstra_trees>(w_, built_, 4, false), 1, 4);
  add(on("PHAST", threads_), std::make_unique<Phast_trees>(w_, built_, work, threads_), threads_, work);
  if (threads_ > 1) add("PHAST, one core", std::make_unique<Phast_trees>(w_, built_, work, 1), 1, work);
  return all;
}

std::vector<Contender> Peers::table(std::size_t size, bool fused) const {
  std::vector<Contender> all;
  const auto add = [&](std::string name, std::unique_ptr<Implementation> one, int threads, std::size_t units) {
    all.push_back({std::move(name), std::move(one), "cpu", threads, static_cast<double>(units * size)});
  };
  add("bucket Dijkstra, one core", std::make_unique<Dijkstra_table>(w_, built_, 4, size, fused), 1, 4);
  add(on("buckets", threads_), std::make_unique<Bucket_table>(w_, built_, size, size, fused, threads_), threads_, size);
  add(on("RPHAST", threads_), std::make_unique<Rphast_table>(w_, built_, size, size, fused, threads_), threads_, size);
  return all;
}

}  // namespace dosi::bench::access
