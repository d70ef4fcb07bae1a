// The processes that do a job together: one, unless MPI started more.
//
// All ranks run the same program over the same job and meet now and then to tell each other what they found. A meeting
// is for all of them, in the same order everywhere. A rank that fails says so at its next meeting, and there the others
// fail with it: none waits for one that will not come, and all end with the same exit code.
#pragma once

#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace dosi::comm {

// Items [first, first + count) of n: those of a rank where all have as near as possible the same number.
struct Share {
  std::size_t first = 0, count = 0;
};
Share share_of(std::size_t n, std::size_t rank, std::size_t ranks);

class Ranks {
 public:
  virtual ~Ranks() = default;
  virtual std::size_t rank() const { return 0; }
  virtual std::size_t size() const { return 1; }
  virtual std::size_t seat() const { return 0; }  // its number among the ranks of its node
  virtual std::string node() const { return {}; }
  bool first() const { return rank() == 0; }
  bool alone() const { return size() == 1; }
  Share share(std::size_t n) const { return share_of(n, rank(), size()); }

  // Runs `work`, in which ranks may meet; comes back when it is done on all of them. What it throws on one, it throws
  // on all: as an Error with the same code, which says which rank it was where it was not all.
  template <class F>
  auto together(F&& work) -> std::invoke_result_t<F>;

  // Meetings, in `together` alone.
  void meet() { exchange({}); }
  std::vector<std::string> exchange(std::string_view mine);  // what each has to say, in order of rank
  std::string from_first(std::string_view said);             // what the first rank has to say
  bool any(bool mine);
  // What the first rank leaves for the others, in a file for one: it goes through `work` first. A meeting.
  template <class F>
  auto first_before_others(F&& work) -> std::invoke_result_t<F>;
  // Fills in what the others have done of `all`: each rank its own part, from `first` on.
  template <class T>
  void complete(std::span<T> all, std::size_t first, std::size_t count);

 protected:
  // What each has to say, in order of rank; nothing where a rank has failed. A meeting.
  virtual std::vector<std::optional<std::string>> gather(std::optional<std::string_view> mine);

 private:
  [[noreturn]] void tell_failure();  // the exception in hand
  [[noreturn]] static void say_unequal();
  [[noreturn]] void hear_failure(std::string_view own);

  bool agreed_ = false;  // the error in flight is known to all
};

// One process, for itself.
Ranks& alone();

template <class F>
auto Ranks::together(F&& work) -> std::invoke_result_t<F> {
  if (alone()) return work();
  agreed_ = false;
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<F>>) {
      work();
      meet();
    } else {
      auto done = work();
      meet();
      return done;
    }
  } catch (...) {
    if (agreed_) throw;
    tell_failure();
  }
}

template <class F>
auto Ranks::first_before_others(F&& work) -> std::invoke_result_t<F> {
  if (!first()) meet();
  auto done = work();
  if (first()) meet();
  return done;
}

template <class T>
void Ranks::complete(std::span<T> all, std::size_t first, std::size_t count) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (alone()) return;
  const auto own = std::as_bytes(all.subspan(first, count));
  std::string mine(sizeof first, '\0');
  std::memcpy(mine.data(), &first, sizeof first);
  mine.append(reinterpret_cast<const char*>(own.data()), own.size());
  for (const auto& part : exchange(mine)) {
    std::memcpy(&first, part.data(), sizeof first);
    if (first * sizeof(T) + part.size() - sizeof first > all.size_bytes()) say_unequal();
    std::memcpy(all.data() + first, part.data() + sizeof first, part.size() - sizeof first);
  }
}

}  // namespace dosi::comm
