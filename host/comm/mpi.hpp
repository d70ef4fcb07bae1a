// Ranks that MPI started: mpirun, srun.
#pragma once

#include <memory>

#include "host/comm/ranks.hpp"

namespace dosi::comm {

// Whether this process is one of several that MPI started, as their environment tells it (Open MPI, PMI, PMIx). MPI itself is only begun where it is.
bool started_by_mpi();

// The ranks; ends MPI when it goes. UsageError where several were started that cannot find each other: this program was built without MPI, or
// srun started them without it.
std::unique_ptr<Ranks> start_ranks();

}  // namespace dosi::comm
