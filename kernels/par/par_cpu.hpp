// The CPU side of the primitives, in OpenMP. par.hpp states what each does.
#pragma once

#include "kernels/par/cpu/buffer.hpp"
#include "kernels/par/cpu/context.hpp"
#include "kernels/par/cpu/fold_segments.hpp"
#include "kernels/par/cpu/histogram.hpp"
#include "kernels/par/cpu/loops.hpp"
#include "kernels/par/cpu/reduce.hpp"
#include "kernels/par/cpu/scan.hpp"
#include "kernels/par/cpu/select.hpp"
#include "kernels/par/cpu/sort.hpp"
#include "kernels/par/cpu/stopwatch.hpp"
#include "kernels/par/segmented.hpp"
