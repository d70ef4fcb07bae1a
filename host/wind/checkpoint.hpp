// An engine's state in an HDF5 group, in pieces: neither way needs it in memory twice.
#pragma once

#include "io/h5/h5.hpp"
#include "kernels/wind/wind.hpp"

namespace dosi::wind {

void write_engine(h5::Group& g, const Engine& engine);
// DataError or std::invalid_argument where it is not of this engine's question; its state is then no run's.
void read_engine(const h5::Group& g, Storage storage, Engine& engine);

}  // namespace dosi::wind
