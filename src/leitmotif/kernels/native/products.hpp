#pragma once

// Inner products of many rows with many others, and the k best of each row: what the searches for neighbours are made of.
//
// For every pair of rows the "key" is h_i + h_j - <x_i, x_j> with h = |x|^2 / 2, half the squared Euclidean distance (for unit
// vectors: the cosine distance). An inner product is one chain of fused multiply-adds over the dimensions in order, so its bits
// depend neither on blocking nor on the vector width.

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "parallel.hpp"
#include "simd.hpp"

#ifdef LEITMOTIF_X86
#include <immintrin.h>
#endif

namespace leitmotif {

constexpr std::size_t kPanel = 16;  // rows packed together, one component of all of them after the other
constexpr std::size_t kRows = 8;    // rows of the left side in one call of the inner kernel
constexpr std::size_t kWide = 3;    // at most so many panels of the right side in one call

// kRows rows of the left side, side by side in a panel.
struct InPanel {
    const float* first;
    LEITMOTIF_INLINE float operator()(std::size_t r, std::size_t k) const { return first[k * kPanel + r]; }
};

// kRows rows of the left side, wherever they lie.
struct Scattered {
    const float* row[kRows];
    LEITMOTIF_INLINE float operator()(std::size_t r, std::size_t k) const { return row[r][k]; }
};

// out[r][p * kPanel + c] = <left row r, row c of right panel p>; `stride` floats lie between right panels.
template <typename Left>
using DotKernel = void (*)(Left left, const float* right, std::size_t stride, std::size_t d, float* out);

template <int P, typename Left>
void dots_plain(const Left left, const float* right, std::size_t stride, std::size_t d, float* out) {
    for (int p = 0; p < P; ++p) {
        float acc[kRows][kPanel] = {};
        const float* panel = right + p * stride;
        for (std::size_t k = 0; k < d; ++k) {
            for (std::size_t r = 0; r < kRows; ++r) {
                for (std::size_t c = 0; c < kPanel; ++c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA) || defined(__aarch64__)
                    acc[r][c] = std::fma(left(r, k), panel[k * kPanel + c], acc[r][c]);
#else
                    acc[r][c] += left(r, k) * panel[k * kPanel + c];
#endif
                }
            }
        }
        for (std::size_t r = 0; r < kRows; ++r) {
            for (std::size_t c = 0; c < kPanel; ++c) out[r * kWide * kPanel + p * kPanel + c] = acc[r][c];
        }
    }
}

#ifdef LEITMOTIF_X86
template <int P, typename Left>
LEITMOTIF_AVX512 void dots_avx512(const Left left, const float* right, std::size_t stride, std::size_t d, float* out) {
    __m512 acc[kRows][P];
    for (std::size_t r = 0; r < kRows; ++r) {
        for (int p = 0; p < P; ++p) acc[r][p] = _mm512_setzero_ps();
    }
    for (std::size_t k = 0; k < d; ++k) {
        __m512 b[P];
        for (int p = 0; p < P; ++p) b[p] = _mm512_loadu_ps(right + p * stride + k * kPanel);
        for (std::size_t r = 0; r < kRows; ++r) {
            const __m512 a = _mm512_set1_ps(left(r, k));
            for (int p = 0; p < P; ++p) acc[r][p] = _mm512_fmadd_ps(a, b[p], acc[r][p]);
        }
    }
    for (std::size_t r = 0; r < kRows; ++r) {
        for (int p = 0; p < P; ++p) _mm512_storeu_ps(out + r * kWide * kPanel + p * kPanel, acc[r][p]);
    }
}

// Sixteen registers: four rows by one panel of two registers at a time.
template <int P, typename Left>
LEITMOTIF_AVX2 void dots_avx2(const Left left, const float* right, std::size_t stride, std::size_t d, float* out) {
    constexpr std::size_t kStep = 4;
    for (int p = 0; p < P; ++p) {
        const float* panel = right + p * stride;
        for (std::size_t first = 0; first < kRows; first += kStep) {
            __m256 low[kStep], high[kStep];
            for (std::size_t r = 0; r < kStep; ++r) low[r] = high[r] = _mm256_setzero_ps();
            for (std::size_t k = 0; k < d; ++k) {
                const __m256 b0 = _mm256_loadu_ps(panel + k * kPanel);
                const __m256 b1 = _mm256_loadu_ps(panel + k * kPanel + 8);
                for (std::size_t r = 0; r < kStep; ++r) {
                    const __m256 a = _mm256_set1_ps(left(first + r, k));
                    low[r] = _mm256_fmadd_ps(a, b0, low[r]);
                    high[r] = _mm256_fmadd_ps(a, b1, high[r]);
                }
            }
            for (std::size_t r = 0; r < kStep; ++r) {
                float* row = out + (first + r) * kWide * kPanel + p * kPanel;
                _mm256_storeu_ps(row, low[r]);
                _mm256_storeu_ps(row + 8, high[r]);
            }
        }
    }
}
#endif

// Keys of kRows x width pairs from their inner products. A bit is set for each row in which a pair may be news to either end.
LEITMOTIF_INLINE unsigned to_keys(float* tile, const float* left_half, const float* right_half, const float* left_worst,
                                  const float* right_worst, std::size_t width) {
    unsigned rows = 0;
    for (std::size_t r = 0; r < kRows; ++r) {
        float* row = tile + r * kWide * kPanel;
        const float half = left_half[r], worst = left_worst[r];
        int any = 0;
        for (std::size_t c = 0; c < width; ++c) {
            const float key = (half + right_half[c]) - row[c];
            row[c] = key;
            any |= static_cast<int>(key <= worst) | static_cast<int>(key <= right_worst[c]);
        }
        rows |= static_cast<unsigned>(any != 0) << r;
    }
    return rows;
}

inline unsigned keys_plain(float* tile, const float* left_half, const float* right_half, const float* left_worst,
                const float* right_worst, std::size_t width) {
    return to_keys(tile, left_half, right_half, left_worst, right_worst, width);
}
#ifdef LEITMOTIF_X86
LEITMOTIF_AVX2 inline unsigned keys_avx2(float* tile, const float* left_half, const float* right_half, const float* left_worst,
                              const float* right_worst, std::size_t width) {
    return to_keys(tile, left_half, right_half, left_worst, right_worst, width);
}
LEITMOTIF_AVX512 inline unsigned keys_avx512(float* tile, const float* left_half, const float* right_half,
                                  const float* left_worst, const float* right_worst, std::size_t width) {
    return to_keys(tile, left_half, right_half, left_worst, right_worst, width);
}
#endif

template <typename Left>
struct Kernels {
    DotKernel<Left> dots[kWide + 1];
    decltype(&keys_plain) keys;
};

template <typename Left>
const Kernels<Left>& kernels() {
    static const Kernels<Left> chosen = []() -> Kernels<Left> {
#ifdef LEITMOTIF_X86
        if (has_avx512()) {
            return {{nullptr, dots_avx512<1, Left>, dots_avx512<2, Left>, dots_avx512<3, Left>}, keys_avx512};
        }
        if (has_avx2()) return {{nullptr, dots_avx2<1, Left>, dots_avx2<2, Left>, dots_avx2<3, Left>}, keys_avx2};
#endif
        return {{nullptr, dots_plain<1, Left>, dots_plain<2, Left>, dots_plain<3, Left>}, keys_plain};
    }();
    return chosen;
}

// h of one row.
inline float half_square(const float* x, std::size_t d) {
    double square = 0.0;
    for (std::size_t k = 0; k < d; ++k) square += static_cast<double>(x[k]) * x[k];
    return static_cast<float>(0.5 * square);
}

// h of every row.
inline std::vector<float> half_squares(const float* x, std::size_t n, std::size_t d, std::size_t n_threads) {
    std::vector<float> half(n);
    parallel_blocks(n, 1024, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t i = begin; i < end; ++i) half[i] = half_square(x + i * d, d);
    });
    return half;
}

// Rows in the order asked for (nullptr: as they are), in panels; each block starts a new panel, and what is missing in its last one is padding
// with an infinite key.
struct Table {
    std::size_t d = 0;
    std::vector<std::size_t> block_panel;  // first panel of each block, and the end
    std::vector<float> values;             // panel, component, row of the panel
    std::vector<float> half;               // h of each packed row
    std::vector<std::int32_t> id;          // original row, -1: padding

    const float* panel(std::size_t p) const { return values.data() + p * d * kPanel; }
    std::size_t n_rows() const { return id.size(); }
};

inline Table pack(const float* x, std::size_t d, const std::int64_t* order, const std::int64_t* block_start,
           std::size_t n_blocks, std::size_t n_threads) {
    Table table;
    table.d = d;
    table.block_panel.resize(n_blocks + 1);
    std::size_t panels = 0;
    for (std::size_t b = 0; b < n_blocks; ++b) {
        table.block_panel[b] = panels;
        panels += (static_cast<std::size_t>(block_start[b + 1] - block_start[b]) + kPanel - 1) / kPanel;
    }
    table.block_panel[n_blocks] = panels;
    table.values.assign(panels * kPanel * d, 0.0f);
    table.half.assign(panels * kPanel, std::numeric_limits<float>::infinity());
    table.id.assign(panels * kPanel, -1);
    parallel_blocks(n_blocks, 1, n_threads, [&](std::size_t b, std::size_t, std::size_t) {
        std::size_t slot = table.block_panel[b] * kPanel;
        for (std::int64_t position = block_start[b]; position < block_start[b + 1]; ++position, ++slot) {
            const std::int64_t row = order ? order[position] : position;
            const float* from = x + static_cast<std::size_t>(row) * d;
            float* to = table.values.data() + (slot / kPanel) * d * kPanel + slot % kPanel;
            for (std::size_t k = 0; k < d; ++k) to[k * kPanel] = from[k];
            table.half[slot] = half_square(from, d);
            table.id[slot] = static_cast<std::int32_t>(row);
        }
    });
    return table;
}

inline constexpr std::int32_t kNobody = std::numeric_limits<std::int32_t>::max();

// The k best of each row so far, ascending by (key, id); (FLT_MAX, kNobody) where there are fewer.
struct Best {
    std::size_t k;
    std::vector<float> key;
    std::vector<std::int32_t> id;
    std::vector<float> worst;  // key of the k-th, kept apart so that a vector of them can be compared

    Best(std::size_t n_rows, std::size_t k_)
        : k(k_), key(n_rows * k_, FLT_MAX), id(n_rows * k_, kNobody), worst(n_rows, FLT_MAX) {}

    void offer(std::size_t row, float candidate, std::int32_t who) {
        float* keys = key.data() + row * k;
        std::int32_t* ids = id.data() + row * k;
        if (candidate > keys[k - 1] || (candidate == keys[k - 1] && who >= ids[k - 1])) return;
        std::size_t at = k - 1;
        while (at > 0 && (keys[at - 1] > candidate || (keys[at - 1] == candidate && ids[at - 1] > who))) {
            keys[at] = keys[at - 1];
            ids[at] = ids[at - 1];
            --at;
        }
        keys[at] = candidate;
        ids[at] = who;
        worst[row] = std::min(worst[row], keys[k - 1]);
    }

    // From now on `row` takes nothing above `limit`.
    void admit(std::size_t row, float limit) { worst[row] = std::min(worst[row], limit); }

    void forget() {
        std::fill(key.begin(), key.end(), FLT_MAX);
        std::fill(id.begin(), id.end(), kNobody);
        std::fill(worst.begin(), worst.end(), FLT_MAX);
    }

    // Where there are fewer than k: -1 at an infinite distance, as callers expect.
    void mark_missing() {
        for (std::size_t i = 0; i < id.size(); ++i) {
            if (id[i] == kNobody) id[i] = -1, key[i] = std::numeric_limits<float>::infinity();
        }
    }
};

}  // namespace leitmotif
