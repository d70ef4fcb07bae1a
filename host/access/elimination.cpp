#include "host/access/elimination.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <bit>
#include <numeric>

#include "host/access/order.hpp"
#include "io/error.hpp"
#include "io/stream/stream.hpp"
#include "kernels/access/access.hpp"

namespace dosi::access {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kFormat = 2;  // of what is kept; also raised when the order would come out otherwise

// A digest of values in order: multiply and rotate, as xxHash does it.
class Digest {
 public:
  template <class T>
  void add(std::span<const T> values) {
    add(values.size());
    for (const T v : values) {
      if constexpr (std::is_floating_point_v<T>) add(std::bit_cast<std::uint64_t>(v));
      else add(std::uint64_t{v});
    }
  }
  void add(std::uint64_t v) { state_ = std::rotl(state_ ^ (v * 0x9E3779B185EBCA87u), 31) * 0xC2B2AE3D27D4EB4Fu; }
  std::string hex() const { return fmt::format("{:016x}", state_ ^ (state_ >> 29)); }

 private:
  std::uint64_t state_ = kFormat;
};

std::string digest_of(const Arcs& arcs) {
  Digest d;
  d.add(std::uint64_t{arcs.nodes});
  d.add(arcs.tail);
  d.add(arcs.head);
  d.add(arcs.x);
  d.add(arcs.y);
  return d.hex();
}

std::string digest_of(const Elimination& e) {
  Digest d;
  d.add(std::span<const std::uint32_t>(e.rank));
  d.add(std::span<const std::uint64_t>(e.up_first));
  d.add(std::span<const std::uint32_t>(e.up_head));
  d.add(std::span<const std::uint32_t>(e.parent));
  return d.hex();
}

fs::path file_of(const fs::path& folder, const Arcs& arcs) {
  return folder / fmt::format("order-{}.h5", digest_of(arcs));
}

// The same elimination with its tree numbered so that each subtree is one run of ranks. The tree by Liu's algorithm
// (1986): no fill is needed for it.
std::vector<std::uint32_t> in_postorder(const Topology& t, const std::vector<std::uint32_t>& rank) {
  const std::uint32_t n = t.nodes();
  std::vector<std::uint32_t> node(n), parent(n, kNoNode), ancestor(n, kNoNode), size(n, 1), last(n);
  for (std::uint32_t v = 0; v < n; ++v) node[rank[v]] = v;
  for (std::uint32_t v = 0; v < n; ++v)
    for (auto e = t.first[node[v]]; e < t.first[node[v] + 1]; ++e)
      for (std::uint32_t r = rank[t.neighbour[e]]; r < v;) {
        const std::uint32_t next = ancestor[r];
        ancestor[r] = v;
        if (next == kNoNode) parent[r] = v;
        r = next;
      }
  for (std::uint32_t v = 0; v < n; ++v)
    if (parent[v] != kNoNode) size[parent[v]] += size[v];
  // last[v]: the rank after those that are left for v's children.
  std::uint32_t left = n;
  std::vector<std::uint32_t> out(n);
  for (std::uint32_t v = n; v-- > 0;) {
    std::uint32_t& end = parent[v] == kNoNode ? left : last[parent[v]];
    out[node[v]] = last[v] = end - 1;
    end -= size[v];
  }
  return out;
}

}  // namespace

Elimination::Elimination(const Arcs& arcs) {
  const Topology topology = make_topology(arcs.nodes, arcs.tail, arcs.head, arcs.x, arcs.y);
  rank = in_postorder(topology, nested_dissection(topology));
  eliminate(arcs);
}

Elimination::Elimination(const Arcs& arcs, const std::vector<std::uint32_t>& order) {
  rank = in_postorder(make_topology(arcs.nodes, arcs.tail, arcs.head, arcs.x, arcs.y), order);
  eliminate(arcs);
}

// Eliminating nodes in rank order joins the higher neighbours of each. It suffices to hand them to the lowest of
// them, which hands on what is above itself.
void Elimination::eliminate(const Arcs& arcs) {
  const std::uint32_t n = arcs.nodes;
  std::vector<std::vector<std::uint32_t>> above(n);
  for (std::size_t i = 0; i < arcs.tail.size(); ++i) {
    const auto a = rank[arcs.tail[i]], b = rank[arcs.head[i]];
    if (a != b) above[std::min(a, b)].push_back(std::max(a, b));
  }
  up_first.assign(1, 0);
  up_first.reserve(std::size_t{n} + 1);
  parent.assign(n, kNoNode);
  for (std::uint32_t v = 0; v < n; ++v) {
    auto& list = above[v];
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    if (!list.empty()) {
      parent[v] = list[0];
      above[list[0]].insert(above[list[0]].end(), list.begin() + 1, list.end());
    }
    if (up_head.size() + list.size() > kMostArcs)
      throw DataError(
          "network: {} nodes and {} arcs are tangled so that their hierarchy would need more than {} arcs; "
          "this is not a road network",
          n, arcs.tail.size(), kMostArcs);
    up_head.insert(up_head.end(), list.begin(), list.end());
    up_first.push_back(up_head.size());
    std::vector<std::uint32_t>().swap(list);
  }
}

std::uint64_t Elimination::place_of(std::uint32_t low, std::uint32_t high) const {
  const auto begin = up_head.begin() + static_cast<std::ptrdiff_t>(up_first[low]);
  const auto end = up_head.begin() + static_cast<std::ptrdiff_t>(up_first[low + 1]);
  return static_cast<std::uint64_t>(std::lower_bound(begin, end, high) - up_head.begin());
}

// Everything that others rely on: ranks are a permutation, each subtree is one run of them, every street is among the
// arcs, and what is above a node is above its parent too, so that no way is missing.
bool Elimination::eliminates(const Arcs& arcs) const {
  const std::size_t n = arcs.nodes;
  if (rank.size() != n || parent.size() != n || up_first.size() != n + 1 || up_first[0] != 0 ||
      up_first[n] != up_head.size())
    return false;
  std::vector<bool> seen(n);
  for (const auto r : rank) {
    if (r >= n || seen[r]) return false;
    seen[r] = true;
  }
  for (std::size_t v = 0; v < n; ++v)
    if (up_first[v] > up_first[v + 1] || up_first[v + 1] > up_head.size()) return false;
  const auto above = [&](std::size_t v) {
    return std::span(up_head).subspan(up_first[v], up_first[v + 1] - up_first[v]);
  };
  std::vector<std::uint32_t> size(n, 1);
  for (std::size_t v = 0; v < n; ++v) {
    std::size_t last = v;
    for (const auto u : above(v)) {
      if (u <= last || u >= n) return false;
      last = u;
    }
    if (parent[v] != (above(v).empty() ? kNoNode : above(v)[0])) return false;
    if (parent[v] != kNoNode) size[parent[v]] += size[v];
  }
  for (std::size_t v = 0; v < n; ++v) {
    if (parent[v] == kNoNode) continue;
    const auto rest = above(v).subspan(1), higher = above(parent[v]);
    if (v + 1 - size[v] < parent[v] + 1 - size[parent[v]] ||
        !std::includes(higher.begin(), higher.end(), rest.begin(), rest.end()))
      return false;
  }
  for (std::size_t i = 0; i < arcs.tail.size(); ++i) {
    const auto a = rank[arcs.tail[i]], b = rank[arcs.head[i]];
    const auto heads = above(std::min(a, b));
    if (a != b && !std::binary_search(heads.begin(), heads.end(), std::max(a, b))) return false;
  }
  return true;
}

std::optional<Elimination> Elimination::find(const fs::path& folder, const Arcs& arcs) {
  const fs::path path = file_of(folder, arcs);
  std::error_code none;
  if (!fs::exists(path, none)) return std::nullopt;
  try {
    const auto file = h5::File::open(path);
    const auto root = file.root();
    Elimination e;
    e.rank = stream::read_all<std::uint32_t>(root, "rank");
    e.up_first = stream::read_all<std::uint64_t>(root, "up_first");
    e.up_head = stream::read_all<std::uint32_t>(root, "up_head");
    e.parent = stream::read_all<std::uint32_t>(root, "parent");
    if (root.string_attribute("digest") == digest_of(e) && e.eliminates(arcs)) return e;
    spdlog::warn("{}: is damaged; the order is made again", path.string());
  } catch (const Error& error) {
    spdlog::warn("{}: cannot be used, the order is made again: {}", path.string(), error.what());
  }
  return std::nullopt;
}

void Elimination::keep(const fs::path& folder, const Arcs& arcs) const {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw IoError("{}: {}", folder.string(), error.message());
  h5::Draft draft(file_of(folder, arcs));
  {
    auto root = draft.root();
    root.set_attribute("title", "Order of elimination of a street network, made by dosi access; may be deleted");
    root.set_attribute("digest", digest_of(*this));
    const auto write = [&](const char* name, auto values) {
      root.create_dimension(std::string(name) + "_row", values.size());
      using T = std::remove_const_t<typename decltype(values)::element_type>;
      root.create_variable(name, h5::type_of<T>(), {std::string(name) + "_row"}, {});
      stream::Writer writer(root.dataset(name));
      writer.append<T>(values);
      writer.finish();
    };
    write("rank", std::span<const std::uint32_t>(rank));
    write("up_first", std::span<const std::uint64_t>(up_first));
    write("up_head", std::span<const std::uint32_t>(up_head));
    write("parent", std::span<const std::uint32_t>(parent));
  }
  draft.publish();
}

std::shared_ptr<const Elimination> elimination_of(const Arcs& arcs, const fs::path& folder) {
  if (folder.empty()) return std::make_shared<Elimination>(arcs);
  if (auto kept = Elimination::find(folder, arcs)) return std::make_shared<Elimination>(std::move(*kept));
  auto made = std::make_shared<Elimination>(arcs);
  try {
    made->keep(folder, arcs);
  } catch (const Error& error) {
    spdlog::info("the order of the streets is not kept for the next run: {}", error.what());
  }
  return made;
}

}  // namespace dosi::access
