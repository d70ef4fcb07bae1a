#include "host/gwr/variability.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <sstream>

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
  for (std::size_t i = 0; i < b.size(); ++i) out[i % columns] += (b[i] - mean[i % columns]) * (b[i] - mean[i % columns]) / n;
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
std::vector<std::vector<double>> read_replicas(const std::filesystem::path& file, std::size_t columns) {
  std::vector<std::vector<double>> found;
  if (!std::filesystem::exists(file)) return found;
  std::istringstream lines(read_file(file));
  for (std::string line; std::getline(lines, line);) {
    const auto j = Json::parse(line, nullptr, false);
    if (!j.is_array() || j.size() != columns || !std::all_of(j.begin(), j.end(), [](const auto& v) { return v.is_number(); })) break;
    found.push_back(j.get<std::vector<double>>());
  }
  return found;
}

}  // namespace

std::vector<Variability> test_variability(const Device& device, const Question& q, const Places& places, const Bandwidth& bandwidth, const std::filesystem::path& file) {
  const std::size_t n = places.size(), k = places.terms.size();
  std::vector<double> b(n * k);
  const auto of = [&](const Model& model) {
    DOSI_BACKEND_OF(device, gwr::make_engine)(model, device.argument())->coefficients(bandwidth, b);
    return variances(b, k);
  };
  const auto observed = of(places.model(q.intercept));
  auto replicas = read_replicas(file, k);
  replicas.resize(std::min(replicas.size(), q.replicas));
  job::Progress progress("gwr: replicas", q.replicas, replicas.size());
  std::string text;
  for (const auto& r : replicas) text += Json(r).dump() + "\n";
  std::vector<double> x(n), y(n), z(places.model(q.intercept).z.size());
  while (replicas.size() < q.replicas) {
    if (job::stop_requested()) throw Stopped(fmt::format("gwr: stopped after {} replicas; the same command continues", replicas.size()));
    auto model = places.model(q.intercept);
    const auto order = dealt(n, q.seed, static_cast<std::uint32_t>(replicas.size() + 1));
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = model.x[order[i]];
      y[i] = model.y[order[i]];
      if (!z.empty()) z[i] = model.z[order[i]];
    }
    model.x = x;
    model.y = y;
    model.z = z;
    replicas.push_back(of(model));
    text += Json(replicas.back()).dump() + "\n";
    write_file(file, text);
    progress.advance();
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
