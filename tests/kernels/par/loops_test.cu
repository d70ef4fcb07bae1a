// Context, Buffer, for_each, for_each_team.
#include <gtest/gtest.h>

#include <numeric>
#include <span>
#include <stdexcept>
#include <vector>

#include "kernels/core/team.hpp"
#include "tests/kernels/par/support.hpp"

namespace dosi::DOSI_BACKEND::loops_test {

using par::Buffer;
using par::Context;
using par_test::context_argument;

struct StoreSquare {
  View<std::uint64_t> out;
  DOSI_HD void operator()(std::size_t i) const { out[i] = i * i; }
};

struct Increment {
  View<std::uint32_t> counts;
  std::size_t first;
  std::size_t length;
  DOSI_HD void operator()(std::size_t i) const { counts[first + i % length] += 1; }
};

struct AddAtomically {
  Team team;
  View<std::uint64_t> sums;
  View<std::int32_t> least;
  DOSI_HD void operator()(std::size_t i) const {
    team.atomic_add(&sums[i % 2], static_cast<std::uint64_t>(i));
    team.atomic_min(&least[0], 5 - static_cast<std::int32_t>(i));
  }
};

struct Zero {
  View<std::uint64_t> sums;
  View<std::int32_t> least;
  DOSI_HD void operator()(std::size_t i) const {
    sums[i] = 0;
    if (i == 0) least[0] = 1000;
  }
};

// Sums 0 .. length-1 in two shares, even and odd, in the team's memory; counts the teams of each slot.
struct TeamSums {
  std::size_t length;
  View<std::uint64_t> even;
  View<std::uint64_t> odd;
  View<std::int32_t> least;
  View<std::uint32_t> slots;
  DOSI_HD void operator()(Team& team, std::size_t index) const {
    const View<std::int32_t> lowest = team.shared<std::int32_t>(1);
    const View<std::uint64_t> sums = team.shared<std::uint64_t>(2);
    team.for_each(2, Zero{sums, lowest});
    team.sync();
    team.for_each(length + index, AddAtomically{team, sums, lowest});
    team.sync();
    if (team.rank() == 0) {
      even[index] = sums[0];
      odd[index] = sums[1];
      least[index] = lowest[0];
      slots[team.slot()] += 1;
    }
  }
};

DOSI_TEST(Loops, for_each_reaches_every_index_once) {
  Context ctx(context_argument());
  for (std::size_t n : par_test::sizes()) {
    Buffer<std::uint64_t> out(ctx, n);
    par::for_each(ctx, n, StoreSquare{out.view()});
    const std::vector<std::uint64_t> host = out.to_host();
    for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(host[i], i * i) << "of " << n;
  }
}

DOSI_TEST(Loops, teams_share_memory_and_sync) {
  Context ctx(context_argument());
  const std::size_t scratch = Team::shared_bytes<std::int32_t>(1) + Team::shared_bytes<std::uint64_t>(2);
  for (std::size_t teams : {0, 1, 5, 3000}) {
    for (int threads : {32, 96, 256}) {
      const auto slots = static_cast<std::size_t>(ctx.teams_at_once(threads, scratch));
      Buffer<std::uint64_t> even(ctx, teams), odd(ctx, teams);
      Buffer<std::int32_t> least(ctx, teams);
      Buffer<std::uint32_t> used(ctx, slots);
      used.fill(0);
      const std::size_t length = 100;
      par::for_each_team(ctx, teams, threads, scratch,
                         TeamSums{length, even.view(), odd.view(), least.view(), used.view()});
      const std::vector<std::uint64_t> evens = even.to_host(), odds = odd.to_host();
      const std::vector<std::int32_t> lows = least.to_host();
      for (std::size_t index = 0; index < teams; ++index) {
        const std::size_t n = length + index, pairs = n / 2;
        ASSERT_EQ(odds[index], pairs * pairs);
        ASSERT_EQ(evens[index], n * (n - 1) / 2 - pairs * pairs);
        ASSERT_EQ(lows[index], 5 - static_cast<std::int32_t>(n - 1));
      }
      const std::vector<std::uint32_t> counts = used.to_host();
      EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), std::size_t{0}), teams);
    }
  }
}

DOSI_TEST(Loops, buffers_move_fill_and_copy) {
  Context ctx(context_argument());
  const std::vector<int> host = {3, 1, 4, 1, 5};
  Buffer<int> a(ctx, std::span<const int>(host));
  EXPECT_EQ(a.to_host(), host);
  Buffer<int> b(std::move(a));
  EXPECT_EQ(a.size(), 0u);
  EXPECT_EQ(b.to_host(), host);
  Buffer<int> empty;
  EXPECT_TRUE(empty.to_host().empty());
  empty = std::move(b);
  EXPECT_EQ(empty.to_host(), host);
  empty.fill(7);
  EXPECT_EQ(empty.to_host(), std::vector<int>(5, 7));
  empty.upload(std::span<const int>(host).first(2));
  EXPECT_EQ(empty.to_host(), (std::vector<int>{3, 1, 7, 7, 7}));
  std::vector<int> front(3);
  empty.download(front);
  EXPECT_EQ(front, (std::vector<int>{3, 1, 7}));
  const std::vector<int> longer(6);
  EXPECT_THROW(empty.upload(longer), std::invalid_argument);
}

DOSI_TEST(Loops, impossible_allocations_say_how_much) {
  Context ctx(context_argument());
  try {
    Buffer<double> huge(ctx, std::size_t{1} << 50);
    FAIL() << "no exception";
  } catch (const std::bad_alloc& error) {
    EXPECT_NE(std::string(error.what()).find("9007199254740992 bytes"), std::string::npos) << error.what();
  }
  EXPECT_THROW(Buffer<double>(ctx, ~std::size_t{0}), std::bad_alloc);
  Buffer<int> after(ctx, 5);
  after.fill(7);
  EXPECT_EQ(after.to_host(), std::vector<int>(5, 7));
}

DOSI_TEST(Loops, context_knows_its_room) {
  Context ctx(context_argument());
  EXPECT_GT(ctx.free_memory(), std::size_t{1} << 20);
  EXPECT_GE(ctx.teams_at_once(128, 1024), 1);
  Buffer<char> taken(ctx, std::size_t{1} << 20);
  taken.fill(1);
  EXPECT_EQ(taken.to_host().back(), 1);
}

#if !DOSI_ON_CUDA
struct ThrowAt {
  std::size_t bad;
  void operator()(std::size_t i) const {
    if (i == bad) throw std::out_of_range("index " + std::to_string(i));
  }
};

struct ThrowInTeam {
  void operator()(Team& team, std::size_t index) const {
    if (index == 17) team.shared<double>(1000);
  }
};

TEST(Loops_cpu, exceptions_come_out_of_parallel_regions) {
  for (int threads : {1, 2, 5}) {
    Context ctx(threads);
    EXPECT_THROW(par::for_each(ctx, 100000, ThrowAt{77777}), std::out_of_range);
    EXPECT_THROW(par::for_each_team(ctx, 100, 32, 64, ThrowInTeam{}), std::bad_alloc);
  }
}

TEST(Loops_cpu, buffers_are_aligned) {
  Context ctx(2);
  for (std::size_t n : {1, 100, 10000000}) {
    Buffer<char> buffer(ctx, n);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.view().data) % 64, 0u);
  }
}

TEST(Loops_cpu, a_negative_number_of_threads_is_refused) { EXPECT_THROW(Context(-1), std::invalid_argument); }
#endif

}  // namespace dosi::DOSI_BACKEND::loops_test
