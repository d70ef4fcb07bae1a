// Ranks that are threads of one process, for tests of what ranks do together. HDF5 is not for threads: no files in
// there.
#pragma once

#include <barrier>
#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "host/comm/ranks.hpp"

namespace dosi::test_support {

class Thread_ranks {
 public:
  // Runs `work` on `size` ranks, and comes back when all are done. Where one throws, its exception is thrown here.
  static void run(std::size_t size, const std::function<void(comm::Ranks&)>& work) {
    Thread_ranks all(size);
    std::vector<std::exception_ptr> failed(size);
    {
      std::vector<std::jthread> threads;
      for (std::size_t r = 0; r < size; ++r)
        threads.emplace_back([&, r] {
          One one(all, r);
          try {
            work(one);
          } catch (...) {
            failed[r] = std::current_exception();
          }
        });
    }
    for (const auto& f : failed)
      if (f) std::rethrow_exception(f);
  }

 private:
  explicit Thread_ranks(std::size_t size) : said_(size), barrier_(static_cast<std::ptrdiff_t>(size)) {}

  class One final : public comm::Ranks {
   public:
    One(Thread_ranks& all, std::size_t rank) : all_(all), rank_(rank) {}
    std::size_t rank() const override { return rank_; }
    std::size_t size() const override { return all_.said_.size(); }

   protected:
    std::vector<std::optional<std::string>> gather(std::optional<std::string_view> mine) override {
      all_.said_[rank_] = mine ? std::optional<std::string>(*mine) : std::nullopt;
      all_.barrier_.arrive_and_wait();
      auto heard = all_.said_;
      all_.barrier_.arrive_and_wait();
      return heard;
    }

   private:
    Thread_ranks& all_;
    std::size_t rank_;
  };

  std::vector<std::optional<std::string>> said_;
  std::barrier<> barrier_;
};

}  // namespace dosi::test_support
