// Cosines between dense rows, all or only the largest of each row.
//
// Rows are brought to one size by powers of two. An inner product is a chain of single-precision sums over kChain dimensions,
// in order, and the chains are added up in double precision, in order: no fused operations, nothing that depends on what else
// is in the block. So the bits are the same for any batch, any number of threads and any instruction set.
#include <algorithm>
#include <cmath>
#include <vector>

#include "arrays.hpp"
#include "module.hpp"
#include "parallel.hpp"
#include "simd.hpp"

namespace leitmotif {
namespace {

constexpr std::size_t kLanes = 16;  // rows of B side by side: a panel
constexpr std::size_t kPanels = 8;  // panels that are met by a whole block of rows of A before the next ones, from the cache
constexpr std::size_t kWidth = kPanels * kLanes;
constexpr std::size_t kBlock = 96;  // rows of A that one thread takes at a time
constexpr std::size_t kChain = 64;  // dimensions summed in single precision: their rounding stays near that of one number

#if LEITMOTIF_VECTORS
typedef float Lanes __attribute__((vector_size(64)));
#else
struct Lanes {
    float v[kLanes];
    float operator[](std::size_t i) const { return v[i]; }
    Lanes& operator+=(const Lanes& o) {
        for (std::size_t i = 0; i < kLanes; ++i) v[i] += o.v[i];
        return *this;
    }
    friend Lanes operator*(float a, Lanes b) {
        for (std::size_t i = 0; i < kLanes; ++i) b.v[i] *= a;
        return b;
    }
};
#endif

// R rows of A against P panels of B; `out` has kWidth columns.
template <int R, int P>
LEITMOTIF_INLINE void tile(const float* a, const float* b, std::size_t d, double* out) {
    for (int r = 0; r < R; ++r) std::fill_n(out + r * kWidth, P * kLanes, 0.0);
    for (std::size_t begin = 0; begin < d; begin += kChain) {
        const std::size_t end = std::min(d, begin + kChain);
        Lanes sum[R][P] = {};
        for (std::size_t k = begin; k < end; ++k) {
            Lanes column[P];
            for (int p = 0; p < P; ++p)
                std::memcpy(&column[p], b + (static_cast<std::size_t>(p) * d + k) * kLanes, sizeof(Lanes));
            for (int r = 0; r < R; ++r) {
                const float value = a[static_cast<std::size_t>(r) * d + k];
                for (int p = 0; p < P; ++p) sum[r][p] += value * column[p];
            }
        }
        for (int r = 0; r < R; ++r)
            for (int p = 0; p < P; ++p) {
                double* to = out + r * kWidth + p * kLanes;
                float chain[kLanes];
                std::memcpy(chain, &sum[r][p], sizeof chain);
                for (std::size_t i = 0; i < kLanes; ++i) to[i] += static_cast<double>(chain[i]);
            }
    }
}

// `rows` (a multiple of R) rows of A against `panels` panels, the last ones one by one.
template <int R, int P>
LEITMOTIF_INLINE void products(const float* a, std::size_t rows, const float* b, std::size_t panels, std::size_t d,
                               double* out) {
    for (std::size_t r = 0; r < rows; r += R) {
        std::size_t p = 0;
        double* to = out + r * kWidth;
        for (; p + P <= panels; p += P) tile<R, P>(a + r * d, b + p * d * kLanes, d, to + p * kLanes);
        for (; p < panels; ++p) tile<R, 1>(a + r * d, b + p * d * kLanes, d, to + p * kLanes);
    }
}

// The row times a power of two that brings its largest entry below one, in single precision, and its length then (1 for a
// row of zeros).
template <typename T>
LEITMOTIF_INLINE double scaled(const T* from, std::size_t d, float* to) {
    constexpr std::size_t kParts = 8;  // what is done with all entries is done in so many parts
    T largest[kParts] = {};
    const std::size_t whole = d / kParts * kParts;
    for (std::size_t k = 0; k < whole; k += kParts)
        for (std::size_t i = 0; i < kParts; ++i) largest[i] = std::max(largest[i], std::fabs(from[k + i]));
    for (std::size_t k = whole; k < d; ++k) largest[0] = std::max(largest[0], std::fabs(from[k]));
    int exponent = 0;
    std::frexp(*std::max_element(largest, largest + kParts), &exponent);
    const T half = std::ldexp(T(1), -(exponent / 2)), rest = std::ldexp(T(1), -(exponent - exponent / 2));
    double part[kParts] = {};
    for (std::size_t k = 0; k < whole; k += kParts)
        for (std::size_t i = 0; i < kParts; ++i) {
            const float value = static_cast<float>(from[k + i] * half * rest);
            to[k + i] = value;
            part[i] += static_cast<double>(value) * static_cast<double>(value);
        }
    for (std::size_t k = whole; k < d; ++k) {
        const float value = static_cast<float>(from[k] * half * rest);
        to[k] = value;
        part[k - whole] += static_cast<double>(value) * static_cast<double>(value);
    }
    const double length = std::sqrt(((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7])));
    return length > 0 ? length : 1.0;
}

struct Table {
    std::size_t d = 0, rows = 0;
    std::vector<float> values;    // panel, component, row of the panel
    std::vector<double> lengths;  // of each row

    std::size_t panels() const { return (rows + kLanes - 1) / kLanes; }
};

template <typename T>
Table pack(const T* rows, std::size_t n, std::size_t d) {
    Table table{d, n, {}, {}};
    table.values.assign(table.panels() * d * kLanes, 0.0f);
    table.lengths.assign(table.panels() * kLanes, 1.0);
    std::vector<float> row(d);
    for (std::size_t j = 0; j < n; ++j) {
        table.lengths[j] = scaled(rows + j * d, d, row.data());
        float* to = table.values.data() + (j / kLanes) * d * kLanes + j % kLanes;
        for (std::size_t k = 0; k < d; ++k) to[k * kLanes] = row[k];
    }
    return table;
}

struct Answer {
    double* matrix = nullptr;      // (n, m), or
    std::int64_t* best = nullptr;  // (n,) and
    double* highest = nullptr;     // (n,)
};

template <int R, int P, typename T>
LEITMOTIF_INLINE void block(const T* a, std::size_t begin, std::size_t end, const Table& table, const Answer& answer) {
    const std::size_t d = table.d, m = table.rows, rows = (end - begin + R - 1) / R * R;
    std::vector<float> left(rows * d, 0.0f);
    std::vector<double> out(rows * kWidth), length(rows, 1.0);
    for (std::size_t i = begin; i < end; ++i) length[i - begin] = scaled(a + i * d, d, left.data() + (i - begin) * d);
    if (answer.best)
        for (std::size_t i = begin; i < end; ++i) {
            answer.best[i] = 0;
            answer.highest[i] = -2.0;
        }
    for (std::size_t first = 0; first < table.panels(); first += kPanels) {
        const std::size_t panels = std::min(kPanels, table.panels() - first), from = first * kLanes;
        const std::size_t width = std::min(panels * kLanes, m - from);
        products<R, P>(left.data(), rows, table.values.data() + from * d, panels, d, out.data());
        for (std::size_t i = begin; i < end; ++i) {
            double* value = out.data() + (i - begin) * kWidth;
            const double own = length[i - begin];
            for (std::size_t j = 0; j < width; ++j) {
                const double cosine = value[j] / own / table.lengths[from + j];
                value[j] = cosine > 1.0 ? 1.0 : (cosine < -1.0 ? -1.0 : cosine);
            }
            if (answer.matrix) std::copy(value, value + width, answer.matrix + i * m + from);
            if (answer.best) {
                double highest = answer.highest[i];
                std::int64_t best = answer.best[i];
                for (std::size_t j = 0; j < width; ++j)
                    if (value[j] > highest) {
                        highest = value[j];
                        best = static_cast<std::int64_t>(from + j);
                    }
                answer.highest[i] = highest;
                answer.best[i] = best;
            }
        }
    }
}

template <typename T>
void block_plain(const T* a, std::size_t begin, std::size_t end, const Table& table, const Answer& answer) {
    block<2, 1>(a, begin, end, table, answer);
}
#ifdef LEITMOTIF_X86
template <typename T>
LEITMOTIF_AVX2 void block_avx2(const T* a, std::size_t begin, std::size_t end, const Table& table, const Answer& answer) {
    block<2, 2>(a, begin, end, table, answer);
}
template <typename T>
LEITMOTIF_AVX512 void block_avx512(const T* a, std::size_t begin, std::size_t end, const Table& table, const Answer& answer) {
    block<6, 4>(a, begin, end, table, answer);
}
#endif

template <typename T>
auto fastest() {
#ifdef LEITMOTIF_X86
    if (has_avx512()) return block_avx512<T>;
    if (has_avx2()) return block_avx2<T>;
#endif
    return block_plain<T>;
}

template <typename T, typename U>
void run(const Matrix<T>& a, const Matrix<U>& b, const Answer& answer, std::size_t n_threads) {
    nb::gil_scoped_release unlocked;
    const Table table = pack(b.data(), b.shape(0), b.shape(1));
    const auto work = fastest<T>();
    parallel_blocks(a.shape(0), kBlock, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
        work(a.data(), begin, end, table, answer);
    });
}

template <typename T, typename U>
nb::object cosines(const Matrix<T>& a, const Matrix<U>& b, std::size_t n_threads) {
    if (a.shape(1) != b.shape(1)) throw nb::value_error("the rows have different lengths");
    Buffer<double> matrix(a.shape(0) * b.shape(0));
    run(a, b, Answer{matrix.data(), nullptr, nullptr}, n_threads);
    return matrix.release({a.shape(0), b.shape(0)});
}

template <typename T, typename U>
nb::tuple nearest_cosine(const Matrix<T>& a, const Matrix<U>& b, std::size_t n_threads) {
    if (a.shape(1) != b.shape(1)) throw nb::value_error("the rows have different lengths");
    if (b.shape(0) == 0) throw nb::value_error("there is no row to be near to");
    Buffer<std::int64_t> best(a.shape(0));
    Buffer<double> highest(a.shape(0));
    run(a, b, Answer{nullptr, best.data(), highest.data()}, n_threads);
    return nb::make_tuple(best.release(), highest.release());
}

}  // namespace
}  // namespace leitmotif

void bind_cosines(nb::module_& module) {
    using namespace nb::literals;
    const auto each = [&module](auto all, auto nearest) {
        module.def("cosines", all, "a"_a, "b"_a, "n_threads"_a = 0, "Cosine of each row of a to each row of b.");
        module.def("nearest_cosine", nearest, "a"_a, "b"_a, "n_threads"_a = 0,
                   "Row of b with the highest cosine to each row of a, and that cosine.");
    };
    each(&leitmotif::cosines<float, float>, &leitmotif::nearest_cosine<float, float>);
    each(&leitmotif::cosines<float, double>, &leitmotif::nearest_cosine<float, double>);
    each(&leitmotif::cosines<double, float>, &leitmotif::nearest_cosine<double, float>);
    each(&leitmotif::cosines<double, double>, &leitmotif::nearest_cosine<double, double>);
}
