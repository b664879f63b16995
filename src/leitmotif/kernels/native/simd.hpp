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

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <thread>

// LEITMOTIF_PLAIN forces the code for compilers without vector extensions, to test it with one that has them.
#if (defined(__GNUC__) || defined(__clang__)) && !defined(LEITMOTIF_PLAIN)
#define LEITMOTIF_VECTORS 1
#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define LEITMOTIF_SHUFFLES 1
#endif
#endif
#endif

namespace leitmotif {

#if LEITMOTIF_VECTORS
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

// Tells the processor that this thread is waiting.
LEITMOTIF_INLINE void pause_core() {
#if LEITMOTIF_VECTORS && (defined(__x86_64__) || defined(__i386__))
    __builtin_ia32_pause();
#elif LEITMOTIF_VECTORS && defined(__aarch64__)
    __asm__ __volatile__("yield");
#else
    std::this_thread::yield();
#endif
}

LEITMOTIF_INLINE void store8(float* to, const Vector8& x) { std::memcpy(to, &x, sizeof x); }

LEITMOTIF_INLINE Vector8 spread8(float x) { return Vector8{x, x, x, x, x, x, x, x}; }

// Eight rows become eight columns.
LEITMOTIF_INLINE void transpose8(Vector8* row) {
#if LEITMOTIF_SHUFFLES
    Vector8 pair[8], quad[8];
    for (int i = 0; i < 8; i += 2) {
        pair[i] = __builtin_shufflevector(row[i], row[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        pair[i + 1] = __builtin_shufflevector(row[i], row[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    for (int i = 0; i < 8; i += 4) {
        for (int j = 0; j < 2; ++j) {
            quad[i + 2 * j] = __builtin_shufflevector(pair[i + j], pair[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
            quad[i + 2 * j + 1] = __builtin_shufflevector(pair[i + j], pair[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        }
    }
    for (int i = 0; i < 4; ++i) {
        row[i] = __builtin_shufflevector(quad[i], quad[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        row[i + 4] = __builtin_shufflevector(quad[i], quad[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
#else
    for (int i = 0; i < 8; ++i) {
        for (int j = 0; j < i; ++j) {
            const float x = row[i][j];
            row[i][j] = row[j][i];
            row[j][i] = x;
        }
    }
#endif
}

// Each number brought to [-4, 4].
LEITMOTIF_INLINE Vector8 clip8(Vector8 x) {
#if LEITMOTIF_VECTORS
    const Vector8 high = spread8(4.0f), low = spread8(-4.0f);
    x = x > high ? high : x;
    return x < low ? low : x;
#else
    for (int i = 0; i < 8; ++i) x[i] = x[i] > 4.0f ? 4.0f : (x[i] < -4.0f ? -4.0f : x[i]);
    return x;
#endif
}

}  // namespace leitmotif

#if defined(__x86_64__) && LEITMOTIF_VECTORS
#define LEITMOTIF_X86 1
#define LEITMOTIF_AVX2 __attribute__((target("avx2,fma")))
#define LEITMOTIF_AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma,avx2")))
#define LEITMOTIF_VNNI __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512vnni,fma,avx2")))

namespace leitmotif {

// The instruction sets used, each with those before: 0 none, 1 AVX2 with fused multiply-adds, 2 AVX-512, 3 AVX-512 with inner
// products of whole numbers of eight bits. LEITMOTIF_INSTRUCTIONS=avx2 or avx512 takes no more than that, to show that bits stay.
inline int instruction_sets() {
    static const int used = [] {
        __builtin_cpu_init();
        int found = 0;
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found = 1;
        if (found == 1 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
            __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")) {
            found = __builtin_cpu_supports("avx512vnni") ? 3 : 2;
        }
        const char* const wanted = std::getenv("LEITMOTIF_INSTRUCTIONS");
        const bool avx2 = wanted && std::strcmp(wanted, "avx2") == 0, avx512 = wanted && std::strcmp(wanted, "avx512") == 0;
        return std::min(found, avx2 ? 1 : avx512 ? 2 : 3);
    }();
    return used;
}

inline bool has_avx2() { return instruction_sets() >= 1; }
inline bool has_avx512() { return instruction_sets() >= 2; }
inline bool has_vnni() { return instruction_sets() >= 3; }

}  // namespace leitmotif
#endif
