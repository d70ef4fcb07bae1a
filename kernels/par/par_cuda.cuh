// The CUDA side of the primitives, in CUB and our own kernels. par.hpp states what each does.
#pragma once

#include "kernels/par/cuda/buffer.cuh"
#include "kernels/par/cuda/context.cuh"
#include "kernels/par/cuda/fold.cuh"
#include "kernels/par/cuda/histogram.cuh"
#include "kernels/par/cuda/loops.cuh"
#include "kernels/par/cuda/scan.cuh"
#include "kernels/par/cuda/select.cuh"
#include "kernels/par/cuda/sort.cuh"
#include "kernels/par/cuda/stopwatch.cuh"
#include "kernels/par/segmented.hpp"
