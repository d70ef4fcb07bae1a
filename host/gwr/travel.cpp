#include "host/gwr/travel.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "host/job/progress.hpp"
#include "host/job/signals.hpp"
#include "io/error.hpp"

namespace dosi::gwr {
namespace {

constexpr std::size_t kTimesAtOnce = std::size_t{1} << 24;

template <class T>
std::vector<T> joined(const std::vector<T>& own, comm::Ranks& ranks) {
  std::vector<T> all;
  for (const auto& part : ranks.exchange({reinterpret_cast<const char*>(own.data()), own.size() * sizeof(T)})) {
    all.resize(all.size() + part.size() / sizeof(T));
    part.copy(reinterpret_cast<char*>(all.data() + all.size()) - part.size(), part.size());
  }
  return all;
}

// The lists of all ranks, one after the other.
Travel_lists all_of(const Travel_lists& own, comm::Ranks& ranks) {
  if (ranks.alone()) return own;
  std::vector<std::uint64_t> length;
  for (std::size_t i = 1; i < own.first.size(); ++i) length.push_back(own.first[i] - own.first[i - 1]);
  Travel_lists all{.first = {0}, .place = joined(own.place, ranks), .distance = joined(own.distance, ranks)};
  for (const auto l : joined(length, ranks)) all.first.push_back(all.first.back() + l);
  return all;
}

}  // namespace

Travel_lists travel_lists(const access::Travel_times& streets, std::span<const access::Place> from,
                          std::span<const access::Place> to, bool same, std::size_t most, comm::Ranks& ranks) {
  using Near = std::pair<std::uint32_t, std::uint32_t>;  // ms, place
  const auto own = ranks.share(from.size());
  const std::size_t end = own.first + own.count,
                    at_once = std::clamp<std::size_t>(kTimesAtOnce / std::max<std::size_t>(1, to.size()), 1,
                                                      std::max<std::size_t>(1, own.count));
  const auto leaves = streets.prepare(to);
  std::vector<std::uint32_t> times(at_once * to.size());
  Travel_lists out{.first = {0}, .place = {}, .distance = {}};
  job::Progress progress("gwr: travel times", own.count, 0, "places");
  for (std::size_t begin = own.first; begin < end; begin += at_once) {
    if (job::stop_requested())
      throw Stopped(
          fmt::format("gwr: stopped in the travel times after {} of {} places; the same command begins them again",
                      begin - own.first, own.count));
    const std::size_t count = std::min(at_once, end - begin);
    streets.from(from.subspan(begin, count), *leaves, std::span(times).first(count * to.size()));
    std::vector<std::vector<Near>> near(count);
#pragma omp parallel for schedule(dynamic, 4)
    for (std::size_t r = 0; r < count; ++r) {
      auto& all = near[r];
      for (std::uint32_t j = 0; j < to.size(); ++j) {
        const bool itself = same && j == begin + r;
        if (itself || times[r * to.size() + j] < access::kFar)
          all.emplace_back(itself ? 0 : times[r * to.size() + j], j);
      }
      // A place comes before others at the same door.
      const auto before = [&](const Near& a, const Near& b) {
        return std::tuple(a.first, !(same && a.second == begin + r), a.second) <
               std::tuple(b.first, !(same && b.second == begin + r), b.second);
      };
      const auto kept = all.begin() + static_cast<std::ptrdiff_t>(std::min(most, all.size()));
      std::partial_sort(all.begin(), kept, all.end(), before);
      all.erase(kept, all.end());
    }
    for (const auto& list : near) {
      for (const auto& [time, place] : list) {
        out.distance.push_back(time);
        out.place.push_back(place);
      }
      out.first.push_back(out.place.size());
    }
    progress.advance(count);
  }
  return all_of(out, ranks);
}

}  // namespace dosi::gwr
