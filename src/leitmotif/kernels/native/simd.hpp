#pragma once

// One body, compiled for several instruction sets and chosen at run time. None of them changes the bits: bodies are
// element-wise, and contraction into fused multiply-adds is off for the whole extension.

#if defined(__GNUC__) || defined(__clang__)
#define LEITMOTIF_INLINE __attribute__((always_inline)) inline
#define LEITMOTIF_INLINE_LAMBDA __attribute__((always_inline))
#else
#define LEITMOTIF_INLINE __forceinline
#define LEITMOTIF_INLINE_LAMBDA
#endif

#include <cstring>

namespace leitmotif {

#if defined(__GNUC__) || defined(__clang__)
typedef float Vector8 __attribute__((vector_size(32)));
#else
struct Vector8 {
    float v[8];
    float& operator[](int i) { return v[i]; }
    float operator[](int i) const { return v[i]; }
    Vector8& operator+=(const Vector8& o) { return *this = *this + o; }
    friend Vector8 operator+(Vector8 a, const Vector8& b) { for (int i = 0; i < 8; ++i) a.v[i] += b.v[i]; return a; }
    friend Vector8 operator-(Vector8 a, const Vector8& b) { for (int i = 0; i < 8; ++i) a.v[i] -= b.v[i]; return a; }
    friend Vector8 operator*(Vector8 a, const Vector8& b) { for (int i = 0; i < 8; ++i) a.v[i] *= b.v[i]; return a; }
};
#endif

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"  // these are inlined: no call passes a vector
#endif

LEITMOTIF_INLINE Vector8 load8(const float* from) {
    Vector8 x;
    std::memcpy(&x, from, sizeof x);
    return x;
}

LEITMOTIF_INLINE void prefetch(const float* where) {
#if defined(__GNUC__) || defined(__clang__)
    __builtin_prefetch(where);
#else
    (void)where;
#endif
}

LEITMOTIF_INLINE void store8(float* to, const Vector8& x) { std::memcpy(to, &x, sizeof x); }

LEITMOTIF_INLINE Vector8 spread8(float x) { return Vector8{x, x, x, x, x, x, x, x}; }

// Always in this order, whatever the instruction set.
LEITMOTIF_INLINE float sum8(const Vector8& x) {
    return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

// Each number brought to [-4, 4].
LEITMOTIF_INLINE Vector8 clip8(Vector8 x) {
#if defined(__GNUC__) || defined(__clang__)
    const Vector8 high = spread8(4.0f), low = spread8(-4.0f);
    x = x > high ? high : x;
    return x < low ? low : x;
#else
    for (int i = 0; i < 8; ++i) x[i] = x[i] > 4.0f ? 4.0f : (x[i] < -4.0f ? -4.0f : x[i]);
    return x;
#endif
}

}  // namespace leitmotif

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
