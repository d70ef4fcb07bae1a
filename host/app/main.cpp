#include <cstdio>

#include "host/app/program.hpp"
#include "host/comm/mpi.hpp"
#include "io/error.hpp"

#if defined(__SANITIZE_ADDRESS__)
// HDF5 1.10 loses a few bytes of its own where it meets damaged metadata; MPI a few whenever it runs.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libhdf5\nleak:libmpi\nleak:libopen-\nleak:libpmix\nleak:libhwloc\nleak:libevent";
}
#endif

int main(int argc, char** argv) {
  try {
    const auto ranks = dosi::comm::start_ranks();
    return dosi::app::run_program(argc, argv, *ranks);
  } catch (const dosi::Error& e) {
    std::fprintf(stderr, "error %s\n", e.what());
    return static_cast<int>(e.code());
  }
}
