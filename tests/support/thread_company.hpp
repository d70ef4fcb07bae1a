// Engines in company, each in a thread of its own.
#pragma once

#include <algorithm>
#include <barrier>
#include <functional>
#include <thread>
#include <vector>

#include "kernels/gwr/gwr.hpp"

namespace dosi::test_support {

// Calls `work` in `size` threads, each with its company.
inline void in_company(std::size_t size, const std::function<void(const gwr::Company&)>& work) {
  struct Part {
    std::span<double> all;
    std::size_t first = 0, count = 0;
  };
  std::vector<Part> parts(size);
  std::barrier barrier(static_cast<std::ptrdiff_t>(size));
  std::vector<std::jthread> threads;
  for (std::size_t rank = 0; rank < size; ++rank)
    threads.emplace_back([&, rank] {
      work({rank, size, [&, rank](std::span<double> all, std::size_t first, std::size_t count) {
              parts[rank] = {all, first, count};
              barrier.arrive_and_wait();
              for (const auto& p : parts)
                if (p.all.data() != all.data())
                  std::copy_n(p.all.begin() + static_cast<std::ptrdiff_t>(p.first), p.count,
                              all.begin() + static_cast<std::ptrdiff_t>(p.first));
              barrier.arrive_and_wait();
            }});
    });
}

}  // namespace dosi::test_support
