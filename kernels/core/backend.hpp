// The two backends of one source. Device code is written once in namespace dosi::DOSI_BACKEND;
// g++ compiles it with DOSI_BACKEND=cpu, nvcc with DOSI_BACKEND=cuda, into one program.
#pragma once

#if defined(__CUDACC__)
#define DOSI_HD __host__ __device__
#define DOSI_D __device__
#define DOSI_ON_CUDA 1
#else
#define DOSI_HD
#define DOSI_D
#define DOSI_ON_CUDA 0
#endif

// Inlined wherever it is called, so that a loop around it can become SIMD lanes.
#if DOSI_ON_CUDA
#define DOSI_INLINE __forceinline__
#else
#define DOSI_INLINE [[gnu::always_inline]] inline
#endif

// A loop whose iterations are independent: SIMD lanes on a CPU, nothing to say on a GPU.
#if DOSI_ON_CUDA
#define DOSI_SIMD
#else
#define DOSI_SIMD _Pragma("omp simd")
#endif

// The next loop's iterations touch no common memory. Unlike DOSI_SIMD it lets an exception out of the loop.
#if !DOSI_ON_CUDA && defined(__GNUC__) && !defined(__clang__)
#define DOSI_INDEPENDENT _Pragma("GCC ivdep")
#else
#define DOSI_INDEPENDENT
#endif

// The same of a lambda, where the host's compiler wants to be told.
#if DOSI_ON_CUDA
#define DOSI_INLINE_LAMBDA
#else
#define DOSI_INLINE_LAMBDA __attribute__((always_inline))
#endif

// The next loop, of a few steps, in one go.
#if defined(__CUDA_ARCH__)
#define DOSI_UNROLLED _Pragma("unroll")
#elif DOSI_ON_CUDA
#define DOSI_UNROLLED
#else
#define DOSI_UNROLLED _Pragma("GCC unroll 8")
#endif
