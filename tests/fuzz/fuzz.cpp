// Feeds the program files that are almost right, in this process: dosi-fuzz FORMAT SECONDS FOLDER
// A worker is forked that runs one changed file after another; those that reach new code are kept and changed
// further (blocks are told by -fsanitize-coverage=trace-pc). When it dies, hangs or ends with a code that no input may
// cause, the file is a finding: FOLDER/findings/<format>/ gets it, cut down where it is text, with what was said.
// Crashes and hangs that lie in libhdf5 alone are counted; their stacks go to FOLDER/libhdf5/.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include "tests/fuzz/formats.hpp"
#include "tests/fuzz/mutate.hpp"

namespace fs = std::filesystem;
using namespace dosi::fuzz;

#define NO_COVERAGE __attribute__((no_sanitize_coverage, no_sanitize("address", "undefined")))

extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "allocator_may_return_null=1:detect_leaks=0:max_allocation_size_mb=2048:hard_rss_limit_mb=3000:handle_abort=1";
}
extern "C" const char* __ubsan_default_options();
extern "C" const char* __ubsan_default_options() { return "print_stacktrace=1"; }

namespace {

constexpr std::size_t kBlocks = 1 << 16, kMostBytes = 1 << 22;
constexpr int kRunsAWorker = 400;
constexpr auto kTooLong = std::chrono::seconds(20);

using Clock = std::chrono::steady_clock;

// Between the worker and the one who watches it.
struct Shared {
  std::atomic<std::uint64_t> runs;
  std::atomic<std::int64_t> started;  // of the run in hand, in ticks
  std::atomic<bool> changing;         // HDF5's own writer is at work on the file
  std::size_t size;
  unsigned char seen[kBlocks], now[kBlocks];
  char input[kMostBytes];
};
Shared* shared = nullptr;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}
void write(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

struct Ending {
  std::string what;  // a few words that are the same for the same fault; empty: all is well
  std::string said;
  bool library = false;
};

// The first frames of a stack that belong to someone: dosi's names, or a library's.
Ending ending_of(int status, const std::string& said) {
  Ending e{"", said};
  static const std::regex frame(R"(#\d+ 0x[0-9a-f]+ (?:in (.*?) )?(?:/|\()([^\n]*))");
  std::string first;
  std::vector<std::string> ours;
  const auto from = std::min(said.find("ERROR: "), said.find("runtime error"));
  const std::string stack = from == std::string::npos ? "" : said.substr(from, said.find("\n\n", from) - from);
  for (std::sregex_iterator i(stack.begin(), stack.end(), frame), end; i != end; ++i) {
    const std::string name = (*i)[1], where = (*i)[2];
    if (name.rfind("__", 0) == 0 || where.find("libasan") != std::string::npos ||
        where.find("libc.so") != std::string::npos || where.find("libubsan") != std::string::npos)
      continue;
    if (first.empty()) first = where.substr(where.rfind('/', where.find('+')) + 1, 24);
    if (name.find("dosi::") != std::string::npos && ours.size() < 2) ours.push_back(name.substr(0, name.find('(')));
  }
  e.library = first.find("libhdf5") != std::string::npos;
  e.what =
      WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status)) : fmt::format("code {}", WEXITSTATUS(status));
  for (const auto& o : ours) e.what += " " + o;
  if (ours.empty()) e.what += " " + first;
  return e;
}

class Fuzzer {
 public:
  Fuzzer(const Format& format, const fs::path& state)
      : format_(format), kept_(state / "corpus" / format.name), findings_(state / "findings" / format.name),
        stacks_(state / "libhdf5"), random_(std::random_device{}()) {
    folder_ = fs::path(fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path()) /
              fmt::format("dosi-fuzz-{}", ::getpid());
    fs::remove_all(folder_);
    for (const auto& f : {folder_, kept_, findings_, stacks_}) fs::create_directories(f);
    log_ = folder_ / "log";
  }
  ~Fuzzer() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  int fuzz(std::chrono::seconds time) {
    // In a process of its own, for it starts threads, which a fork does not take along.
    if (const auto e = in_child([&] { return prepare(folder_) ? 0 : 1; }); !e.what.empty()) {
      fmt::print(stderr, "{}: the files to begin with cannot be made: {}\n", format_.name, e.said);
      return 1;
    }
    const auto end = Clock::now() + time;
    std::size_t library = 0;
    std::set<std::string> found;
    while (Clock::now() < end) {
      const auto e = in_child([&] { return work(end); });
      if (e.what.empty()) continue;
      if (e.library || shared->changing) {
        ++library;
        if (!shared->changing) write(stacks_ / (name_of(e) + ".txt"), e.what + "\n\n" + e.said);
      } else if (found.insert(e.what).second) keep(e);
    }
    const auto blocks =
        std::count_if(std::begin(shared->seen), std::end(shared->seen), [](unsigned char c) { return c != 0; });
    fmt::print("{:<8} {:>9} runs, {} blocks reached, {} files kept, {} crashes or hangs inside libhdf5, {} findings\n",
               format_.name, shared->runs.load(), blocks, std::distance(fs::directory_iterator(kept_), {}), library,
               found.size());
    for (const auto& f : found) fmt::print("         finding: {}\n", f);
    return found.empty() ? 0 : 1;
  }

 private:
  // Runs `f` in a child whose output goes to the log; kills it where a run takes too long.
  template <class F>
  Ending in_child(const F& f) {
    shared->started = Clock::now().time_since_epoch().count();
    shared->changing = false;
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
      const int null = ::open("/dev/null", O_RDWR),
                log = ::open(log_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0644);
      ::dup2(null, 0);
      ::dup2(null, 1);
      ::dup2(log, 2);
      const int code = f();
      std::fflush(nullptr);
      ::_exit(code);
    }
    int status = 0;
    bool hangs = false;
    while (::waitpid(child, &status, WNOHANG) == 0) {
      const auto time = Clock::now().time_since_epoch() - Clock::duration(shared->started);
      if (time > kTooLong)
        ::kill(child,
               time > kTooLong + std::chrono::seconds(5) ? SIGKILL : SIGABRT);  // the sanitizer then says where it is
      hangs = hangs || time > kTooLong;
      std::this_thread::sleep_for(std::chrono::milliseconds(hangs ? 500 : 2));
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    auto e = ending_of(status, read(log_));
    if (hangs) e.what = "hang: " + e.what;
    return e;
  }

  // 0: all runs ended as they may. 99: one did not; the log's last line says how.
  int work(Clock::time_point end) {
    std::vector<std::string> corpus;
    for (const auto& s : seeds(format_, folder_)) corpus.push_back(read(s));
    const auto whole = corpus.size();  // the seeds: HDF5 cannot write to the others without crashing itself
    for (const auto& e : fs::directory_iterator(kept_)) corpus.push_back(read(e.path()));
    for (int n = 0; n < kRunsAWorker && Clock::now() < end; ++n) {
      const bool through_library = format_.hdf5 && random_() % 4 != 0;
      const auto& base = corpus[random_() % (through_library ? whole : corpus.size())];
      const auto file = folder_ / format_.file;
      if (through_library) {
        write(file, base);
        shared->changing = true;
        damage(file, random_);
        shared->changing = false;
      } else {
        write(file, mutated(base, corpus[random_() % corpus.size()], !format_.hdf5, random_));
      }
      const auto input = read(file);
      if (input.size() > kMostBytes) continue;
      if (const int code = one(input); code != 0) return code;
      bool is_new = false;
      for (std::size_t i = 0; i < kBlocks; ++i)
        if (shared->now[i] != 0 && shared->seen[i] == 0) shared->seen[i] = is_new = true;
      if (!is_new) continue;
      write(kept_ / fmt::format("{:016x}", std::hash<std::string>{}(input)), input);
      corpus.push_back(input);
    }
    return 0;
  }

  int one(const std::string& input) {
    write(folder_ / format_.file, input);
    std::memcpy(shared->input, input.data(), input.size());
    shared->size = input.size();
    std::memset(shared->now, 0, kBlocks);
    if (::ftruncate(2, 0) != 0) return 98;
    shared->started = Clock::now().time_since_epoch().count();
    const auto codes = run(format_, folder_);
    ++shared->runs;
    return std::all_of(codes.begin(), codes.end(), may_end_so) ? 0 : 99;
  }

  static std::string name_of(const Ending& e) {
    return fmt::format("{:08x}", std::hash<std::string>{}(e.what) & 0xFFFFFFFF);
  }

  void keep(const Ending& e) {
    std::string input(shared->input, shared->size);
    if (!format_.hdf5) input = cut_down(input, e.what);
    const auto name = name_of(e);
    write(findings_ / (name + fs::path(format_.file).extension().string()), input);
    write(findings_ / (name + ".txt"), e.what + "\n\n" + e.said);
  }

  // Takes away pieces, large ones first, as long as it ends in the same way.
  std::string cut_down(std::string input, const std::string& what) {
    const auto end = Clock::now() + std::chrono::seconds(30);
    for (std::size_t piece = input.size() / 2; piece > 0; piece /= 2)
      for (std::size_t at = 0; at < input.size() && Clock::now() < end;) {
        auto without = input;
        without.erase(at, piece);
        if (in_child([&] { return one(without); }).what == what) input = without;
        else at += piece;
      }
    return input;
  }

  const Format& format_;
  fs::path folder_, kept_, findings_, stacks_, log_;
  Random random_;
};

}  // namespace

extern "C" NO_COVERAGE void __sanitizer_cov_trace_pc() {
  if (shared == nullptr) return;
  const auto pc = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
  shared->now[(pc ^ (pc >> 16)) % kBlocks] = 1;
}

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "--formats") {
    for (const auto& f : formats()) fmt::print("{}\n", f.name);
    return 0;
  }
  const auto it =
      argc == 4 ? std::find_if(formats().begin(), formats().end(), [&](const auto& f) { return f.name == argv[1]; })
                : formats().end();
  if (it == formats().end()) {
    fmt::print(stderr, "dosi-fuzz FORMAT SECONDS FOLDER, or dosi-fuzz --formats\n");
    return 2;
  }
  void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 70;
  shared = new (memory) Shared;
  return Fuzzer(*it, argv[3]).fuzz(std::chrono::seconds(std::atoi(argv[2])));
}
