// Where documents lie along latent directions, from the weights of their words.
#include <cmath>
#include <cstdint>
#include <vector>

#include "arrays.hpp"
#include "module.hpp"
#include "parallel.hpp"
#include "simd.hpp"
#include "views.hpp"

namespace leitmotif {
namespace {

// Sums in double precision, word by word in the order of the columns, each direction for itself: the same bits on every machine.
LEITMOTIF_INLINE void rows_any(const double* weights, const std::int32_t* columns, const std::int64_t* indptr,
                               const float* directions, std::size_t r, double length, std::size_t begin, std::size_t end,
                               float* out) {
    std::vector<double> sums(r);
    double* const sum = sums.data();
    for (std::size_t i = begin; i < end; ++i) {
        for (std::size_t k = 0; k < r; ++k) sum[k] = 0.0;
        for (std::int64_t at = indptr[i]; at < indptr[i + 1]; ++at) {
            const float* row = directions + static_cast<std::size_t>(columns[at]) * r;
            const double weight = weights[at];
            for (std::size_t k = 0; k < r; ++k) sum[k] += weight * static_cast<double>(row[k]);
        }
        double square = 0.0;
        for (std::size_t k = 0; k < r; ++k) square += sum[k] * sum[k];
        const double scale = square > 0.0 ? length / std::sqrt(square) : 0.0;
        for (std::size_t k = 0; k < r; ++k) out[i * r + k] = static_cast<float>(scale * sum[k]);
    }
}

using RowsKernel = void (*)(const double*, const std::int32_t*, const std::int64_t*, const float*, std::size_t, double,
                            std::size_t, std::size_t, float*);

void rows_plain(const double* weights, const std::int32_t* columns, const std::int64_t* indptr, const float* directions,
                std::size_t r, double length, std::size_t begin, std::size_t end, float* out) {
    rows_any(weights, columns, indptr, directions, r, length, begin, end, out);
}
#ifdef LEITMOTIF_X86
LEITMOTIF_AVX2 void rows_avx2(const double* weights, const std::int32_t* columns, const std::int64_t* indptr,
                              const float* directions, std::size_t r, double length, std::size_t begin, std::size_t end,
                              float* out) {
    rows_any(weights, columns, indptr, directions, r, length, begin, end, out);
}
LEITMOTIF_AVX512 void rows_avx512(const double* weights, const std::int32_t* columns, const std::int64_t* indptr,
                                  const float* directions, std::size_t r, double length, std::size_t begin,
                                  std::size_t end, float* out) {
    rows_any(weights, columns, indptr, directions, r, length, begin, end, out);
}
#endif

RowsKernel rows_kernel() {
#ifdef LEITMOTIF_X86
    if (has_avx512()) return rows_avx512;
    if (has_avx2()) return rows_avx2;
#endif
    return rows_plain;
}

nb::object latent_rows(In1<double> weights, In1<std::int32_t> columns, In1<std::int64_t> indptr, In2<float> directions,
                       double length, std::size_t n_threads) {
    const std::size_t n = indptr.shape(0) - 1, r = directions.shape(1);
    Buffer<float> out(n * r);
    {
        nb::gil_scoped_release release;
        const RowsKernel rows = rows_kernel();
        parallel_blocks(n, 128, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            rows(weights.data(), columns.data(), indptr.data(), directions.data(), r, length, begin, end, out.data());
        });
    }
    return out.release({n, r});
}

}  // namespace
}  // namespace leitmotif

void bind_latent(nb::module_& module) {
    using namespace nb::literals;
    module.def("latent_rows", &leitmotif::latent_rows, "weights"_a, "columns"_a, "indptr"_a, "directions"_a, "length"_a,
               "n_threads"_a = 0, "Rows of sparse weights times directions, brought to a length (0 stays 0).");
}
