#include "host/app/program.hpp"

#if defined(__SANITIZE_ADDRESS__)
// HDF5 1.10 loses a few bytes of its own where it meets damaged metadata.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5"; }
#endif

int main(int argc, char** argv) { return dosi::app::run_program(argc, argv); }
