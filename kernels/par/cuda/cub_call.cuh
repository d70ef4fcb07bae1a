// Calls a CUB device algorithm: asks it for its scratch size, provides that, and runs it on the context's stream.
#pragma once

#include <cstddef>

#include "kernels/par/cuda/buffer.cuh"
#include "kernels/par/cuda/context.cuh"

namespace dosi::cuda::par::detail {

// call(d_scratch, bytes) forwards to the algorithm; `name` is for the error message.
template <class Call>
void cub_call(Context& ctx, const char* name, const Call& call) {
  ctx.activate();
  std::size_t bytes = 0;
  check(call(nullptr, bytes), name);
  Buffer<std::byte> scratch(ctx, bytes > 0 ? bytes : 1);
  launched(call(scratch.view().data, bytes), name);
}

}  // namespace dosi::cuda::par::detail
