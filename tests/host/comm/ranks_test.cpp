#include "host/comm/ranks.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <new>
#include <numeric>

#include "io/error.hpp"
#include "tests/support/thread_ranks.hpp"

namespace dosi::comm {
namespace {

using test_support::Thread_ranks;

TEST(Ranks, ShareAllThereIs) {
  for (const std::size_t n : {0u, 1u, 5u, 64u, 1001u})
    for (const std::size_t ranks : {1u, 2u, 3u, 7u, 64u}) {
      std::size_t next = 0, least = n, most = 0;
      for (std::size_t r = 0; r < ranks; ++r) {
        const auto s = share_of(n, r, ranks);
        EXPECT_EQ(s.first, next);
        next += s.count;
        least = std::min(least, s.count);
        most = std::max(most, s.count);
      }
      EXPECT_EQ(next, n);
      EXPECT_LE(most, least + 1);
    }
}

TEST(Ranks, OneSpeaksToItself) {
  EXPECT_TRUE(alone().first());
  EXPECT_EQ(alone().exchange("a"), std::vector<std::string>{"a"});
  EXPECT_EQ(alone().from_first("b"), "b");
  EXPECT_TRUE(alone().any(true));
  EXPECT_FALSE(alone().any(false));
  EXPECT_EQ(alone().together([] { return 7; }), 7);
  EXPECT_THROW(alone().together([] { throw DataError("row 3"); }), DataError);
}

TEST(Ranks, HearOneAnother) {
  Thread_ranks::run(5, [](Ranks& ranks) {
    ranks.together([&] {
      const auto said = ranks.exchange(std::string(ranks.rank(), 'x'));
      for (std::size_t r = 0; r < 5; ++r) EXPECT_EQ(said[r], std::string(r, 'x'));
      EXPECT_EQ(ranks.from_first(ranks.first() ? "one" : "other"), "one");
      EXPECT_TRUE(ranks.any(ranks.rank() == 3));
      EXPECT_FALSE(ranks.any(false));
      std::vector<double> all(23, -1);
      const auto own = ranks.share(all.size());
      for (std::size_t i = own.first; i < own.first + own.count; ++i) all[i] = static_cast<double>(i);
      ranks.complete(std::span(all), own.first, own.count);
      std::vector<double> wanted(23);
      std::iota(wanted.begin(), wanted.end(), 0.0);
      EXPECT_EQ(all, wanted);
    });
  });
}

TEST(Ranks, TheFirstGoesBeforeTheOthers) {
  std::atomic<bool> made = false;
  Thread_ranks::run(4, [&](Ranks& ranks) {
    ranks.together([&] {
      const bool there = ranks.first_before_others([&] { return made.exchange(true); });
      EXPECT_EQ(there, !ranks.first());
    });
  });
}

struct Failing {
  std::size_t rank;
  int meetings;  // before it fails
};

// What each rank ends with.
std::vector<Error> endings(std::size_t size, const std::function<void(Ranks&)>& work) {
  std::vector<Error> all(size, Error(Exit::done, ""));
  Thread_ranks::run(size, [&](Ranks& ranks) {
    try {
      ranks.together([&] { work(ranks); });
    } catch (const Error& e) {
      all[ranks.rank()] = e;
    }
  });
  return all;
}

TEST(Ranks, FailTogether) {
  for (const Failing f : {Failing{0, 0}, {2, 0}, {1, 1}, {2, 3}}) {
    const auto ended = endings(3, [&](Ranks& ranks) {
      for (int m = 0; m < 3; ++m) {
        if (ranks.rank() == f.rank && m == f.meetings) throw IoError("the disk is full");
        ranks.exchange("still here");
      }
      if (ranks.rank() == f.rank && f.meetings == 3) throw IoError("the disk is full");
    });
    for (const auto& e : ended) {
      EXPECT_EQ(e.code(), Exit::io) << f.rank << " after " << f.meetings;
      EXPECT_EQ(std::string(e.what()), fmt::format("rank {}: the disk is full", f.rank));
    }
  }
}

TEST(Ranks, SayOnceWhatAllFindWrong) {
  for (const auto& e : endings(4, [](Ranks&) { throw UsageError("mode: 'fly' is none of car, walk"); })) {
    EXPECT_EQ(e.code(), Exit::usage);
    EXPECT_STREQ(e.what(), "mode: 'fly' is none of car, walk");
  }
}

TEST(Ranks, AFailureCountsForMoreThanAStop) {
  const auto ended = endings(3, [](Ranks& ranks) {
    if (ranks.rank() == 0) throw Stopped("stopped");
    if (ranks.rank() == 1) throw std::bad_alloc();
    ranks.meet();
  });
  for (const auto& e : ended) {
    EXPECT_EQ(e.code(), Exit::internal);
    EXPECT_THAT(e.what(), testing::StartsWith("rank 1: out of memory"));
  }
}

TEST(Ranks, StopTogether) {
  Thread_ranks::run(3, [](Ranks& ranks) {
    EXPECT_THROW(ranks.together([&] {
      if (ranks.rank() == 1) throw Stopped("stopped; the same command continues");
      ranks.meet();
    }),
                 Stopped);
    // And go on with the next.
    EXPECT_EQ(ranks.together([&] { return ranks.exchange("").size(); }), 3u);
  });
}

}  // namespace
}  // namespace dosi::comm
