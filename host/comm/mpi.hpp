// Ranks that MPI started: mpirun, srun.
#pragma once

#include <memory>

#include "host/comm/ranks.hpp"

namespace dosi::comm {

// The ranks; ends MPI when it goes. MPI is begun only where the environment tells that it started this process and not
// that it is alone. UsageError where several were started that cannot find each other: this program was built without
// MPI, or srun started them without it.
std::unique_ptr<Ranks> start_ranks();

}  // namespace dosi::comm
