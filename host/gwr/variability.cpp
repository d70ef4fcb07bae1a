#include "host/gwr/variability.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <numeric>
#include <sstream>

#include "host/job/kept.hpp"
#include "host/job/progress.hpp"
#include "host/job/signals.hpp"
#include "io/error.hpp"
#include "io/files.hpp"
#include "kernels/core/philox.hpp"

namespace dosi::gwr {
namespace {

using Json = nlohmann::ordered_json;

// Of each column of b[row][column], over rows.
std::vector<double> variances(const std::vector<double>& b, std::size_t columns) {
  const double n = static_cast<double>(b.size() / columns);
  std::vector<double> mean(columns, 0), out(columns, 0);
  for (std::size_t i = 0; i < b.size(); ++i) mean[i % columns] += b[i] / n;
  for (std::size_t i = 0; i < b.size(); ++i)
    out[i % columns] += (b[i] - mean[i % columns]) * (b[i] - mean[i % columns]) / n;
  return out;
}

std::vector<std::uint32_t> dealt(std::size_t n, std::uint64_t seed, std::uint32_t replica) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0u);
  Random random(seed, 0, replica);
  for (std::size_t i = n - 1; i > 0; --i) std::swap(order[i], order[random.below(static_cast<std::uint32_t>(i + 1))]);
  return order;
}

// One line a replica, in order; what a crash cut short is left out with all behind it.
std::vector<std::vector<double>> read_replicas(const std::string& text, std::size_t columns) {
  std::vector<std::vector<double>> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto j = Json::parse(line, nullptr, false);
    if (!j.is_array() || j.size() != columns ||
        !std::all_of(j.begin(), j.end(), [](const auto& v) { return v.is_number(); }))
      break;
    found.push_back(j.get<std::vector<double>>());
  }
  return found;
}

}  // namespace

std::vector<Variability> test_variability(const Device& device, const Question& q, const Places& places,
                                          const Bandwidth& bandwidth, const std::filesystem::path& file,
                                          comm::Ranks& ranks) {
  const std::size_t n = places.size(), k = places.terms.size();
  std::vector<double> b(n * k);
  const auto of = [&](const Model& model) {
    DOSI_BACKEND_OF(device, gwr::make_engine)(model, device.argument(), {})->coefficients(bandwidth, b);
    return variances(b, k);
  };
  // A replica each rank, the first rank's word on what was observed.
  std::vector<double> observed(k);
  if (ranks.first()) observed = of(places.model(q.intercept));
  ranks.complete(std::span(observed), 0, ranks.first() ? k : 0);
  auto replicas = read_replicas(job::kept_text(file, ranks), k);
  replicas.resize(std::min(replicas.size(), q.replicas));
  job::Progress progress("gwr: replicas", q.replicas, replicas.size(), "replicas");
  std::string text;
  for (const auto& r : replicas) text += Json(r).dump() + "\n";
  std::vector<double> x(n), y(n), z(places.model(q.intercept).z.size()), t(places.model(q.intercept).t.size());
  const auto deal = [&](std::size_t replica) {
    auto model = places.model(q.intercept);
    const auto order = dealt(n, q.seed, static_cast<std::uint32_t>(replica));
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = model.x[order[i]];
      y[i] = model.y[order[i]];
      if (!z.empty()) z[i] = model.z[order[i]];
      if (!t.empty()) t[i] = model.t[order[i]];
    }
    model.x = x;
    model.y = y;
    model.z = z;
    model.t = t;
    return of(model);
  };
  while (replicas.size() < q.replicas) {
    if (job::stop_requested(ranks))
      throw Stopped(fmt::format("gwr: stopped after {} replicas; the same command continues", replicas.size()));
    const std::size_t count = std::min(ranks.size(), q.replicas - replicas.size());
    std::vector<double> drawn(count * k);
    const bool in_turn = ranks.rank() < count;
    if (in_turn) {
      const auto own = deal(replicas.size() + 1 + ranks.rank());
      std::copy(own.begin(), own.end(), drawn.begin() + static_cast<std::ptrdiff_t>(ranks.rank() * k));
    }
    ranks.complete(std::span(drawn), in_turn ? ranks.rank() * k : 0, in_turn ? k : 0);
    for (std::size_t r = 0; r < count; ++r) {
      replicas.emplace_back(drawn.begin() + static_cast<std::ptrdiff_t>(r * k),
                            drawn.begin() + static_cast<std::ptrdiff_t>((r + 1) * k));
      text += Json(replicas.back()).dump() + "\n";
    }
    if (ranks.first()) write_file(file, text);
    progress.advance(count);
  }
  std::vector<Variability> out;
  const double all = static_cast<double>(q.replicas);
  for (std::size_t c = 0; c < k; ++c) {
    Variability v{observed[c], 0, 1 / (1 + all)};
    for (const auto& r : replicas) {
      v.expected += r[c] / all;
      if (r[c] >= observed[c]) v.p += 1 / (1 + all);
    }
    out.push_back(v);
  }
  return out;
}

}  // namespace dosi::gwr
