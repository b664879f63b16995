#pragma once

#include <cstddef>

#include "simd.hpp"

namespace leitmotif {

// Half the squared distance of two rows, in double precision and in a fixed order of summation; 0 for equal rows. The lanes
// are those of the widest vectors, so that all instruction sets add up alike.
LEITMOTIF_INLINE double half_square_of(const float* a, const float* b, std::size_t d) {
    constexpr std::size_t kLanes = 8;
    double sums[kLanes] = {};
    std::size_t k = 0;
    for (; k + kLanes <= d; k += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const double difference = static_cast<double>(a[k + lane]) - b[k + lane];
            sums[lane] += difference * difference;
        }
    }
    for (std::size_t lane = 0; k < d; ++k, ++lane) {
        const double difference = static_cast<double>(a[k]) - b[k];
        sums[lane] += difference * difference;
    }
    double total = 0.0;
    for (double sum : sums) total += sum;
    return 0.5 * total;
}

inline double half_square_plain(const float* a, const float* b, std::size_t d) { return half_square_of(a, b, d); }
#ifdef LEITMOTIF_X86
LEITMOTIF_AVX2 inline double half_square_avx2(const float* a, const float* b, std::size_t d) {
    return half_square_of(a, b, d);
}
LEITMOTIF_AVX512 inline double half_square_avx512(const float* a, const float* b, std::size_t d) {
    return half_square_of(a, b, d);
}
#endif

inline auto half_square_of_two() {
#ifdef LEITMOTIF_X86
    if (has_avx512()) return half_square_avx512;
    if (has_avx2()) return half_square_avx2;
#endif
    return half_square_plain;
}

}  // namespace leitmotif
