// Dijkstra with a binary heap, as in a textbook, one source after another on one core.
#include <queue>

#include "bench/access/workload.hpp"

namespace dosi::bench::access {
namespace {

class Forward {
 public:
  explicit Forward(const Workload& w) : first_(std::size_t{w.nodes} + 1), time_(w.nodes) {
    for (std::size_t i = 0; i < w.tail.size(); ++i) first_[w.tail[i] + 1] += w.time[i] != dosi::access::kNever;
    for (std::uint32_t v = 0; v < w.nodes; ++v) first_[v + 1] += first_[v];
    arcs_.resize(first_.back());
    auto at = first_;
    for (std::size_t i = 0; i < w.tail.size(); ++i)
      if (w.time[i] != dosi::access::kNever) arcs_[at[w.tail[i]]++] = {w.head[i], w.time[i]};
  }
  const std::vector<std::uint32_t>& from(std::uint32_t source) {
    std::fill(time_.begin(), time_.end(), dosi::access::kNever);
    time_[source] = 0;
    queue_.push({0, source});
    while (!queue_.empty()) {
      const auto [t, v] = queue_.top();
      queue_.pop();
      if (t > time_[v]) continue;
      for (auto e = first_[v]; e < first_[v + 1]; ++e)
        if (const auto there = t + arcs_[e].time; there < time_[arcs_[e].head]) {
          time_[arcs_[e].head] = there;
          queue_.push({there, arcs_[e].head});
        }
    }
    return time_;
  }

 private:
  struct Arc {
    std::uint32_t head, time;
  };
  using Entry = std::pair<std::uint32_t, std::uint32_t>;
  std::vector<std::uint32_t> first_;
  std::vector<Arc> arcs_;
  std::vector<std::uint32_t> time_;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
};

class Trees : public Implementation {
 public:
  Trees(const Workload& w, std::size_t work) : w_(w), work_(work), forward_(w) {}
  void run(int sample) override {
    for (std::size_t i = 0; i < work_; ++i) forward_.from(w_.sources[(static_cast<std::size_t>(sample) * work_ + i) % w_.sources.size()]);
  }
  Answer answer() override {
    Answer answer;
    for (std::size_t i = 0; i < work_; ++i) answer.exact.push_back(digest(forward_.from(w_.sources[i])));
    return answer;
  }

 private:
  const Workload& w_;
  std::size_t work_;
  Forward forward_;
};

class Table : public Implementation {
 public:
  Table(const Workload& w, std::size_t rows, bool fused) : w_(w), rows_(rows), fused_(fused), forward_(w), row_(w.targets.size()) {}
  void run(int) override {
    answer_ = {};
    for (std::size_t r = 0; r < rows_; ++r) {
      const auto& time = forward_.from(w_.sources[r]);
      std::uint64_t within = 0;
      for (std::size_t i = 0; i < row_.size(); ++i) within += (row_[i] = time[w_.targets[i]]) <= kWithin;
      answer_.exact.push_back(fused_ ? within : digest(row_));
    }
  }
  Answer answer() override { return answer_; }

 private:
  const Workload& w_;
  std::size_t rows_;
  bool fused_;
  Forward forward_;
  std::vector<std::uint32_t> row_;
  Answer answer_;
};

}  // namespace

std::unique_ptr<Implementation> trees_dijkstra(const Workload& w, std::size_t work) { return std::make_unique<Trees>(w, work); }
std::unique_ptr<Implementation> table_dijkstra(const Workload& w, std::size_t rows, bool fused) { return std::make_unique<Table>(w, rows, fused); }

}  // namespace dosi::bench::access
