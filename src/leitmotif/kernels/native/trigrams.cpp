// A convolution over three neighbouring words, and its pools: the sum and the largest value of each channel over a text.
// What a word gives to each of the three places is a row of a table, so that a window is two additions.
#include <algorithm>
#include <vector>

#include "arrays.hpp"
#include "module.hpp"
#include "parallel.hpp"
#include "simd.hpp"

namespace leitmotif {
namespace {

// value = max(0, offset + before + at + after); sums += weight * value; maxima = max(maxima, value)
LEITMOTIF_INLINE void pool_body(std::int32_t* sums, std::int32_t* maxima, const std::int32_t* offset,
                                const std::int16_t* before, const std::int16_t* at, const std::int16_t* after,
                                std::int32_t weight, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        std::int32_t value = offset[i] + before[i] + at[i] + after[i];
        value = value > 0 ? value : 0;
        sums[i] += weight * value;
        maxima[i] = value > maxima[i] ? value : maxima[i];
    }
}

using Pool = void (*)(std::int32_t*, std::int32_t*, const std::int32_t*, const std::int16_t*, const std::int16_t*,
                      const std::int16_t*, std::int32_t, std::size_t);

void pool(std::int32_t* sums, std::int32_t* maxima, const std::int32_t* offset, const std::int16_t* before,
          const std::int16_t* at, const std::int16_t* after, std::int32_t weight, std::size_t n) {
    pool_body(sums, maxima, offset, before, at, after, weight, n);
}
#ifdef LEITMOTIF_X86
LEITMOTIF_AVX2 void pool_avx2(std::int32_t* sums, std::int32_t* maxima, const std::int32_t* offset,
                              const std::int16_t* before, const std::int16_t* at, const std::int16_t* after,
                              std::int32_t weight, std::size_t n) {
    pool_body(sums, maxima, offset, before, at, after, weight, n);
}
#endif

Pool best_pool() {
#ifdef LEITMOTIF_X86
    if (has_avx2()) return pool_avx2;
#endif
    return pool;
}

// Pools of each text: ids[indptr[i]:indptr[i + 1]] are its words, rows[starts[w]:starts[w + 1]] the rows of word w, each of
// weight whole / their number; the first `read` rows count. The row r of the table gives table[r][0] to the place after it,
// table[r][1] to its own and table[r][2] to the place before it.
nb::tuple pooled_trigrams(const Vector<std::int32_t>& ids, const Vector<std::int64_t>& indptr,
                          const Vector<std::int64_t>& starts, const Vector<std::int32_t>& rows,
                          const nb::ndarray<const std::int16_t, nb::ndim<3>, nb::c_contig, nb::device::cpu>& table,
                          const Vector<std::int32_t>& offset, std::size_t read, std::int32_t whole, std::size_t n_threads) {
    const std::size_t n_channels = offset.size(), n_rows = table.shape(0);
    if (indptr.size() == 0 || starts.size() == 0 || table.shape(1) != 3 || table.shape(2) != n_channels)
        throw nb::value_error("the arrays do not fit each other");
    const std::size_t n = indptr.size() - 1;
    const auto n_words = static_cast<std::int64_t>(starts.size()) - 1;
    // No sum overflows: a value is below 2^17 + 2^15.
    if (whole < 1 || static_cast<double>(whole) * static_cast<double>(read) * 163840.0 >= 2147483648.0)
        throw nb::value_error("whole * read is too large for sums of 32 bits");
    for (std::size_t c = 0; c < n_channels; ++c)
        if (offset.data()[c] > 32767 || offset.data()[c] < -32768) throw nb::value_error("an offset lies outside of 16 bits");
    const auto rises = [](const Vector<std::int64_t>& ends, std::size_t last) {
        if (ends.data()[0] < 0 || static_cast<std::size_t>(ends.data()[ends.size() - 1]) > last) return false;
        return std::is_sorted(ends.data(), ends.data() + ends.size());
    };
    if (!rises(indptr, ids.size()) || !rises(starts, rows.size())) throw nb::value_error("indptr and starts must not fall");
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows.data()[i] < 0 || static_cast<std::size_t>(rows.data()[i]) >= n_rows)
            throw nb::value_error("a row lies outside the table");
    Buffer<std::int32_t> sums(n * n_channels), maxima(n * n_channels), weights(n);
    {
        nb::gil_scoped_release unlocked;
        const Pool pool_window = best_pool();
        parallel_blocks(n, 256, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            const std::vector<std::int16_t> nothing(n_channels, 0);
            std::vector<std::int32_t> found, weight;
            for (std::size_t i = begin; i < end; ++i) {
                found.clear();
                weight.clear();
                for (std::int64_t k = indptr.data()[i]; k < indptr.data()[i + 1] && found.size() < read; ++k) {
                    const std::int64_t word = ids.data()[k];
                    if (word < 0 || word >= n_words) throw nb::value_error("a word lies outside the vocabulary");
                    const std::int64_t first = starts.data()[word], last = starts.data()[word + 1];
                    for (std::int64_t p = first; p < last && found.size() < read; ++p) {
                        found.push_back(rows.data()[p]);
                        weight.push_back(whole / static_cast<std::int32_t>(last - first));
                    }
                }
                std::int32_t* sum = sums.data() + i * n_channels;
                std::int32_t* most = maxima.data() + i * n_channels;
                std::fill(sum, sum + n_channels, 0);
                std::fill(most, most + n_channels, 0);
                std::int32_t total = 0;
                const auto place = [&](std::size_t t, std::size_t which) {
                    return table.data() + (static_cast<std::size_t>(found[t]) * 3 + which) * n_channels;
                };
                for (std::size_t t = 0; t < found.size(); ++t) {
                    pool_window(sum, most, offset.data(), t > 0 ? place(t - 1, 0) : nothing.data(), place(t, 1),
                                t + 1 < found.size() ? place(t + 1, 2) : nothing.data(), weight[t], n_channels);
                    total += weight[t];
                }
                weights[i] = total;
            }
        });
    }
    return nb::make_tuple(sums.release({n, n_channels}), maxima.release({n, n_channels}), weights.release());
}

}  // namespace
}  // namespace leitmotif

void bind_trigrams(nb::module_& module) {
    using namespace nb::literals;
    module.def("pooled_trigrams", &leitmotif::pooled_trigrams, "ids"_a, "indptr"_a, "starts"_a, "rows"_a, "table"_a,
               "offset"_a, "read"_a, "whole"_a, "n_threads"_a = 0,
               "Sums and largest values of a convolution over three words, and the weight of the words read.");
}
