#include "host/comm/mpi.hpp"

#include <omp.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <limits>

#include "io/error.hpp"

#if DOSI_WITH_MPI
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>
#endif

namespace dosi::comm {
namespace {

long number_in(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? 0 : std::strtol(value, nullptr, 10);
}

// How this process was started, as its environment tells it: Open MPI, PMI, PMIx, Slurm.
struct Start {
  long tasks = std::max({number_in("OMPI_COMM_WORLD_SIZE"), number_in("PMI_SIZE"),
                         number_in("SLURM_STEP_NUM_TASKS")});  // 0: it does not tell
  bool by_mpi = number_in("OMPI_COMM_WORLD_SIZE") > 0 ||
                number_in("PMI_SIZE") > 0 || std::getenv("PMIX_NAMESPACE") != nullptr;
};

#if DOSI_WITH_MPI

// The node's name, and a letter for each of its processors: whether this process may run there.
std::string node_and_processors() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  cpu_set_t mask;
  CPU_ZERO(&mask);
  ::sched_getaffinity(0, sizeof mask, &mask);
  std::string text = std::string(name.data()) + "\n";
  for (int p = 0; p < CPU_SETSIZE; ++p) text += CPU_ISSET(p, &mask) ? '1' : '0';
  return text;
}

bool share_processors(const std::string& a, const std::string& b) {
  for (std::size_t i = a.find('\n'); i < a.size() && i < b.size(); ++i)
    if (a[i] == '1' && b[i] == '1') return true;
  return false;
}

class Mpi_ranks final : public Ranks {
 public:
  Mpi_ranks() {
    int provided = 0, rank = 0, size = 1;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    rank_ = static_cast<std::size_t>(rank);
    size_ = static_cast<std::size_t>(size);
    take_seat();
  }
  ~Mpi_ranks() override { MPI_Finalize(); }
  Mpi_ranks(const Mpi_ranks&) = delete;
  Mpi_ranks& operator=(const Mpi_ranks&) = delete;

  std::size_t rank() const override { return rank_; }
  std::size_t size() const override { return size_; }
  std::size_t seat() const override { return seat_; }
  std::string node() const override { return node_; }

 protected:
  // Lengths first, -1 of a rank that has failed; then the texts, in slices whose sum an int can count.
  std::vector<std::optional<std::string>> gather(std::optional<std::string_view> mine) override {
    const std::int64_t own = mine ? static_cast<std::int64_t>(mine->size()) : -1;
    std::vector<std::int64_t> length(size_);
    MPI_Allgather(&own, 1, MPI_INT64_T, length.data(), 1, MPI_INT64_T, MPI_COMM_WORLD);
    std::vector<std::optional<std::string>> all(size_);
    for (std::size_t r = 0; r < size_; ++r)
      if (length[r] >= 0) all[r] = std::string(static_cast<std::size_t>(length[r]), '\0');
    const std::int64_t longest = *std::max_element(length.begin(), length.end()),
                       slice = std::numeric_limits<int>::max() / static_cast<std::int64_t>(size_);
    for (std::int64_t from = 0; from < longest; from += slice)
      gather_slice(mine.value_or(std::string_view()), length, from, slice, all);
    return all;
  }

 private:
  void gather_slice(std::string_view mine, const std::vector<std::int64_t>& length, std::int64_t from,
                    std::int64_t slice, std::vector<std::optional<std::string>>& all) const {
    std::vector<int> count(size_), place(size_, 0);
    for (std::size_t r = 0; r < size_; ++r) {
      count[r] = static_cast<int>(std::clamp<std::int64_t>(length[r] - from, 0, slice));
      if (r > 0) place[r] = place[r - 1] + count[r - 1];
    }
    std::string together(static_cast<std::size_t>(place.back() + count.back()), '\0');
    const char* own = count[rank_] > 0 ? mine.data() + from : mine.data();
    MPI_Allgatherv(own, count[rank_], MPI_CHAR, together.data(), count.data(), place.data(), MPI_CHAR, MPI_COMM_WORLD);
    for (std::size_t r = 0; r < size_; ++r)
      if (count[r] > 0)
        together.copy(all[r]->data() + from, static_cast<std::size_t>(count[r]), static_cast<std::size_t>(place[r]));
  }

  void take_seat() {
    const auto all = gather(node_and_processors());
    const auto node = [](const std::string& text) { return text.substr(0, text.find('\n')); };
    node_ = node(*all[rank_]);
    int sharing = 0;
    for (std::size_t r = 0; r < size_; ++r) {
      if (node(*all[r]) != node_) continue;
      if (r < rank_) ++seat_;
      if (share_processors(*all[r], *all[rank_])) ++sharing;
    }
    // Ranks that may run on the same processors have a part of them each; what OMP_NUM_THREADS says is said to each
    // rank.
    if (std::getenv("OMP_NUM_THREADS") == nullptr)
      omp_set_num_threads(std::max(1, omp_get_max_threads() / std::max(1, sharing)));
  }

  std::size_t rank_ = 0, size_ = 1, seat_ = 0;
  std::string node_;
};

#endif

}  // namespace

std::unique_ptr<Ranks> start_ranks() {
  const Start start;
  if (start.tasks == 1 || (start.tasks == 0 && !start.by_mpi)) return std::make_unique<Ranks>();
  if (!start.by_mpi)
    throw UsageError("srun started {} tasks without MPI; 'srun --mpi=list' says what there is, as in srun --mpi=pmix",
                     start.tasks);
#if DOSI_WITH_MPI
  return std::make_unique<Mpi_ranks>();
#else
  throw UsageError(
      "MPI started several processes, but this program was built without it; build it where CMake finds MPI "
      "(DOSI_MPI=ON)");
#endif
}

}  // namespace dosi::comm
