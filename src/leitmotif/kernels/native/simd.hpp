#pragma once

// One body, compiled for several instruction sets and chosen at run time. None of them changes the bits: bodies are
// element-wise, and contraction into fused multiply-adds is off for the whole extension.

#if defined(__GNUC__) || defined(__clang__)
#define LEITMOTIF_INLINE __attribute__((always_inline)) inline
#else
#define LEITMOTIF_INLINE __forceinline
#endif

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define LEITMOTIF_X86 1
#define LEITMOTIF_AVX2 __attribute__((target("avx2,fma")))
#define LEITMOTIF_AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma,avx2")))

namespace leitmotif {

inline bool has_avx2() {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

inline bool has_avx512() {
    __builtin_cpu_init();
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
}

}  // namespace leitmotif
#endif
