#include "tests/simulated_gpu/grid.hpp"

#include <cuda_runtime.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/context/detail/fcontext.hpp>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <semaphore>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

thread_local uint3 threadIdx, blockIdx;
thread_local dim3 blockDim, gridDim;

// Dynamic shared memory, by the names that kernels declare it with.
namespace dosi::cuda::par::detail {
alignas(64) thread_local unsigned char team_scratch[dosi::simulated::kSharedBytes];
thread_local unsigned counts[dosi::simulated::kSharedBytes / sizeof(unsigned)];
}  // namespace dosi::cuda::par::detail

namespace dosi::simulated {
namespace {

namespace context = boost::context::detail;

static_assert(kProcessors == 2);
constexpr std::size_t kStack = 256 * 1024;
constexpr unsigned char kPattern = 0xA5;

std::uint64_t seed() {
  static const std::uint64_t value = [] {
    const char* text = std::getenv("DOSI_SIMULATED_SEED");
    return text == nullptr ? std::uint64_t{1} : std::strtoull(text, nullptr, 10);
  }();
  return value;
}

class Stack {
 public:
  Stack() : memory_(mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
  }
  Stack(Stack&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)) {}
  ~Stack() {
    if (memory_ != nullptr) munmap(memory_, kStack);
  }
  void* top() const { return static_cast<std::byte*>(memory_) + kStack; }

 private:
  void* memory_;
};

enum class State { ready, at_block, at_warp, done };

struct Fiber {
  context::fcontext_t where = nullptr;
  State state = State::ready;
  Together what = Together::sync;
};

// One block after another, on one operating-system thread.
class Block {
 public:
  void run(unsigned index, unsigned threads, std::size_t shared_bytes, const std::function<void()>& thread) {
    while (stacks_.size() < threads) stacks_.emplace_back();
    thread_ = &thread;
    fibers_.assign(threads, {});
    std::memset(cuda::par::detail::team_scratch, kPattern, shared_bytes);
    std::memset(cuda::par::detail::counts, kPattern, shared_bytes);
    for (unsigned t = 0; t < threads; ++t)
      fibers_[t].where = context::make_fcontext(stacks_[t].top(), kStack, &Block::enter);
    std::vector<unsigned> order(threads);
    std::iota(order.begin(), order.end(), 0u);
    std::minstd_rand random(static_cast<unsigned>(seed() * 7919 + index));
    if (seed() != 0) std::shuffle(order.begin(), order.end(), random);
    for (;;) {
      const unsigned from = seed() != 0 ? static_cast<unsigned>(random() % threads) : 0;
      unsigned ran = 0;
      for (unsigned i = 0; i < threads; ++i) {
        const unsigned t = order[i < threads - from ? i + from : i + from - threads];
        if (fibers_[t].state != State::ready) continue;
        resume(t);
        if (fault_) std::rethrow_exception(std::exchange(fault_, nullptr));
        ++ran;
      }
      if (std::ranges::all_of(fibers_, [](const auto& f) { return f.state == State::done; })) return;
      if (ran == 0 && !release_warps() && !release_block()) throw Fault(stuck());
    }
  }

  void wait_for_block() {
    me().state = State::at_block;
    leave();
  }

  const std::uint64_t* exchange(Together what, unsigned mask, std::uint64_t value) {
    const unsigned t = threadIdx.x;
    if (mask != 0xFFFFFFFFu)
      throw Fault("a warp's lanes are named by a mask that is not all of them, which this simulation does not know");
    if (fibers_.size() % kWarp != 0)
      throw Fault("a warp is not full: " + std::to_string(fibers_.size()) + " threads a block");
    me().state = State::at_warp;
    me().what = what;
    given_[t] = value;
    leave();
    return taken_.data() + t / kWarp * kWarp;
  }

  static Block& mine() {
    static thread_local Block block;
    return block;
  }

 private:
  Fiber& me() { return fibers_[threadIdx.x]; }

  void resume(unsigned t) {
    threadIdx = {t, 0, 0};
    fibers_[t].where = context::jump_fcontext(fibers_[t].where, this).fctx;
  }
  void leave() {
    const unsigned t = threadIdx.x;
    back_ = context::jump_fcontext(back_, nullptr).fctx;
    threadIdx = {t, 0, 0};
  }

  static void enter(context::transfer_t from) {
    auto& block = *static_cast<Block*>(from.data);
    block.back_ = from.fctx;
    const unsigned t = threadIdx.x;
    try {
      (*block.thread_)();
    } catch (const std::exception& e) {
      block.fault_ = std::make_exception_ptr(
          Fault("thread " + std::to_string(t) + " of block " + std::to_string(blockIdx.x) + ": " + e.what()));
    }
    block.fibers_[t].state = State::done;
    context::jump_fcontext(block.back_, nullptr);
  }

  // Lets every warp go on whose lanes all wait for each other.
  bool release_warps() {
    bool any = false;
    for (std::size_t w = 0; w < fibers_.size(); w += kWarp) {
      const auto lanes = std::span(fibers_).subspan(w, std::min<std::size_t>(kWarp, fibers_.size() - w));
      if (!std::ranges::all_of(lanes, [](const Fiber& f) { return f.state == State::at_warp; })) continue;
      if (!std::ranges::all_of(lanes, [&](const Fiber& f) { return f.what == lanes[0].what; }))
        throw Fault("lanes of warp " + std::to_string(w / kWarp) + " do different things together");
      std::copy_n(given_.begin() + static_cast<std::ptrdiff_t>(w), lanes.size(),
                  taken_.begin() + static_cast<std::ptrdiff_t>(w));
      for (Fiber& f : lanes) f.state = State::ready;
      any = true;
    }
    return any;
  }

  // Lets the block go on where all threads that have not ended wait for it.
  bool release_block() {
    if (!std::ranges::all_of(fibers_,
                             [](const Fiber& f) { return f.state == State::at_block || f.state == State::done; }))
      return false;
    if (std::ranges::any_of(fibers_, [](const Fiber& f) { return f.state == State::done; }))
      throw Fault("threads of block " + std::to_string(blockIdx.x) +
                  " wait at a barrier which others have left the kernel without");
    for (Fiber& f : fibers_) f.state = State::ready;
    return true;
  }

  std::string stuck() const {
    std::array<unsigned, 4> count{};
    for (const Fiber& f : fibers_) ++count[static_cast<std::size_t>(f.state)];
    return "block " + std::to_string(blockIdx.x) + " is stuck: " + std::to_string(count[1]) +
           " threads wait for the block, " + std::to_string(count[2]) + " for their warp, " + std::to_string(count[3]) +
           " have ended";
  }

  std::vector<Stack> stacks_;
  std::vector<Fiber> fibers_;
  std::array<std::uint64_t, kMostThreads> given_{}, taken_{};
  const std::function<void()>* thread_ = nullptr;
  context::fcontext_t back_ = nullptr;
  std::exception_ptr fault_;
};

// The second processor: an operating-system thread that sleeps until there are blocks for it.
class Second {
 public:
  Second()
      : thread_([this](std::stop_token stop) {
          for (;;) {
            begin_.acquire();
            if (stop.stop_requested()) return;
            (*work_)();
            end_.release();
          }
        }) {}
  ~Second() {
    thread_.request_stop();
    begin_.release();
  }
  void begin(const std::function<void()>& work) {
    work_ = &work;
    begin_.release();
  }
  void wait() { end_.acquire(); }

 private:
  const std::function<void()>* work_ = nullptr;
  std::binary_semaphore begin_{0}, end_{0};
  std::jthread thread_;
};

}  // namespace

void run_grid(unsigned blocks, unsigned threads, std::size_t shared_bytes, const std::function<void()>& thread) {
  std::vector<unsigned> order(blocks);
  std::iota(order.begin(), order.end(), 0u);
  if (seed() != 0) std::shuffle(order.begin(), order.end(), std::minstd_rand(static_cast<unsigned>(seed() + blocks)));
  std::mutex lock;
  std::exception_ptr fault;
  std::atomic<unsigned> next{0};
  const std::function<void()> processor = [&] {
    for (unsigned i = next++; i < blocks; i = next++) {
      try {
        gridDim = {blocks, 1, 1};
        blockDim = {threads, 1, 1};
        blockIdx = {order[i], 0, 0};
        Block::mine().run(order[i], threads, shared_bytes, thread);
      } catch (...) {
        const std::lock_guard guard(lock);
        if (!fault) fault = std::current_exception();
      }
    }
  };
  static Second second;
  if (blocks > 1) second.begin(processor);
  processor();
  if (blocks > 1) second.wait();
  if (fault) std::rethrow_exception(fault);
}

void wait_for_block() { Block::mine().wait_for_block(); }

const std::uint64_t* exchange(Together what, unsigned mask, std::uint64_t value) {
  return Block::mine().exchange(what, mask, value);
}

}  // namespace dosi::simulated
