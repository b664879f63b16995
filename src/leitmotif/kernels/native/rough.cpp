// Nearest rows of queries: a rough look at every row, an exact one at the best of them.
//
// The rough look is at products of rows in 8 and 7 bits along their main directions. These are sums of whole numbers, the same
// in any order and for any instruction set, and a query's candidates depend on nothing but the query and the rows.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "checkpoint.hpp"
#include "exact.hpp"
#include "parallel.hpp"
#include "products.hpp"
#include "views.hpp"

namespace leitmotif {
namespace {

constexpr std::size_t kFour = 4;           // components of a row that lie together: one 32-bit word of products
constexpr std::size_t kQueries = 64;       // that meet the rows together, from the cache
constexpr std::size_t kTasksARound = 64;   // between two looks at Ctrl-C
constexpr std::size_t kTile = kWide * kPanel;
constexpr std::size_t kAhead = 2;          // candidates that are fetched while one is measured
constexpr int kRowCode = 127;              // rows in 8 bits with a sign
constexpr int kQueryCode = 63;             // queries in 7 bits, moved by 64: a pair of products then fits 16 bits
constexpr int kShift = 64;

// Components of rows along directions, kRows at a time: the same bits wherever a row stands.
void project(const Table& directions, const float* x, std::size_t n, float* out) {
    alignas(64) float tile[kRows * kTile];
    const std::size_t panels = directions.n_rows() / kPanel, r = directions.n_rows();
    for (std::size_t first = 0; first < n; first += kRows) {
        const std::size_t here = std::min(kRows, n - first);
        Scattered left;
        for (std::size_t i = 0; i < kRows; ++i) left.row[i] = x + (first + std::min(i, here - 1)) * directions.d;
        for (std::size_t q = 0; q < panels; q += kWide) {
            const std::size_t wide = std::min(kWide, panels - q);
            kernels<Scattered>().dots[wide](left, directions.panel(q), directions.d * kPanel, directions.d, tile);
            for (std::size_t i = 0; i < here; ++i) {
                std::copy_n(tile + i * kTile, wide * kPanel, out + (first + i) * r + q * kPanel);
            }
        }
    }
}

// Whole numbers up to `largest` in place of components, and what one of them stands for.
float encode(const float* from, std::size_t r, int largest, std::int8_t* to) {
    float top = 0.0f;
    for (std::size_t k = 0; k < r; ++k) top = std::max(top, std::fabs(from[k]));
    if (!(top > 1e-30f && top < FLT_MAX)) {
        std::fill_n(to, r, std::int8_t{0});
        return 1.0f;
    }
    const float unit = top / static_cast<float>(largest);
    for (std::size_t k = 0; k < r; ++k) to[k] = static_cast<std::int8_t>(std::lrint(from[k] / unit));
    return unit;
}

Table pack_directions(const In2<float>& directions) {
    const std::size_t r = directions.shape(0);
    std::vector<std::int64_t> order(r);
    for (std::size_t i = 0; i < r; ++i) order[i] = static_cast<std::int64_t>(i);
    const std::int64_t bounds[] = {0, static_cast<std::int64_t>(r)};
    return pack(directions.data(), directions.shape(1), order.data(), bounds, 1, 1);
}

nb::tuple rough_rows(In2<float> x, In2<float> directions, std::size_t n_threads) {
    const std::size_t n = x.shape(0), d = x.shape(1), r = directions.shape(0);
    if (directions.shape(1) != d || r % kPanel != 0) throw nb::value_error("the directions do not fit the rows");
    const std::size_t panels = (n + kPanel - 1) / kPanel, slots = panels * kPanel;
    std::vector<std::int8_t> codes(slots * r, 0);
    std::vector<float> unit(slots, 0.0f), half(slots, std::numeric_limits<float>::infinity());
    std::vector<std::int32_t> shift(slots, 0);
    {
        nb::gil_scoped_release release;
        const Table table = pack_directions(directions);
        parallel_blocks(panels, 16, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            const std::size_t first = begin * kPanel, rows = std::min(n, end * kPanel) - first;
            std::vector<float> along(rows * r);
            std::vector<std::int8_t> code(r);
            project(table, x.data() + first * d, rows, along.data());
            for (std::size_t i = 0; i < rows; ++i) {
                const std::size_t slot = first + i;
                unit[slot] = encode(along.data() + i * r, r, kRowCode, code.data());
                half[slot] = half_square(x.data() + slot * d, d);
                std::int8_t* to = codes.data() + (slot / kPanel) * kPanel * r + (slot % kPanel) * kFour;
                for (std::size_t k = 0; k < r; ++k) {
                    to[k / kFour * kFour * kPanel + k % kFour] = code[k];
                    shift[slot] += kShift * code[k];
                }
            }
        });
    }
    return nb::make_tuple(to_numpy(std::move(codes), {panels, r / kFour, kPanel * kFour}), to_numpy(std::move(unit), {slots}),
                          to_numpy(std::move(half), {slots}), to_numpy(std::move(shift), {slots}));
}

struct Rows {
    const std::int8_t* codes;
    const float *unit, *half;
    const std::int32_t* shift;
    std::size_t n, r;
};

// The candidates of one query so far: all rows that were not worse than the limit when they came.
struct Candidates {
    std::vector<float> key;
    std::vector<std::int32_t> id;
    std::size_t count = 0, kept = 0;
    float limit = FLT_MAX;

    void start(std::size_t wanted) {
        kept = wanted;
        key.resize(full() + kTile + kPanel);  // a tile more, and what a whole vector writes beyond
        id.resize(key.size());
        count = 0;
        limit = FLT_MAX;
    }
    std::size_t full() const { return 2 * kept + kTile; }
    void add(float candidate, std::int32_t who) {
        key[count] = candidate;
        id[count++] = who;
    }
};

// Lowers the limit until few more than the wanted candidates are within it, by halving, and drops the others.
LEITMOTIF_INLINE void tidy_any(Candidates& found) {
    const std::size_t n = found.count, enough = found.kept + found.kept / 8;
    if (n <= enough) return;
    float* key = found.key.data();
    float low = key[0], high = key[0];
    for (std::size_t i = 1; i < n; ++i) {
        low = key[i] < low ? key[i] : low;
        high = key[i] > high ? key[i] : high;
    }
    std::size_t within = n;
    for (int step = 0; step < 24 && within > enough; ++step) {
        const float middle = 0.5f * low + 0.5f * high;
        std::int32_t fewer = 0;
        for (std::size_t i = 0; i < n; ++i) fewer += key[i] <= middle ? 1 : 0;
        if (static_cast<std::size_t>(fewer) < found.kept) {
            low = middle;
        } else {
            high = middle;
            within = static_cast<std::size_t>(fewer);
        }
    }
    std::int32_t* id = found.id.data();
    std::size_t left = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const float one = key[i];
        key[left] = one;
        id[left] = id[i];
        left += one <= high ? 1 : 0;
    }
    found.count = left;
    found.limit = high;
}

// kRows queries against some panels: candidates that are not worse than the limits are added. A key is half the squared
// distance, without what all rows share.
using Meet = void (*)(const Rows& rows, std::size_t panel, const std::uint8_t* const* query, const float* unit,
                      Candidates* const* found);

LEITMOTIF_INLINE void admit(const Rows& rows, std::size_t panel, const std::int32_t* product, float unit, Candidates& found) {
    alignas(64) float key[kPanel];
    const std::size_t slot = panel * kPanel;
    int any = 0;
    for (std::size_t c = 0; c < kPanel; ++c) {
        const float product_of_codes = static_cast<float>(product[c] - rows.shift[slot + c]);
        key[c] = rows.half[slot + c] - (unit * rows.unit[slot + c]) * product_of_codes;
        any |= static_cast<int>(key[c] <= found.limit);
    }
    if (!any) return;
    for (std::size_t c = 0; c < kPanel; ++c) {
        if (key[c] <= found.limit) found.add(key[c], static_cast<std::int32_t>(slot + c));
    }
}

template <int P>
void meet_plain(const Rows& rows, std::size_t panel, const std::uint8_t* const* query, const float* unit,
                Candidates* const* found) {
    for (std::size_t p = 0; p < P; ++p) {
        const std::int8_t* codes = rows.codes + (panel + p) * kPanel * rows.r;
        for (std::size_t q = 0; q < kRows; ++q) {
            std::int32_t product[kPanel] = {};
            for (std::size_t k = 0; k < rows.r; k += kFour) {
                const std::int8_t* code = codes + k * kPanel;
                for (std::size_t c = 0; c < kPanel; ++c) {
                    std::int32_t sum = 0;
                    for (std::size_t t = 0; t < kFour; ++t) sum += query[q][k + t] * code[c * kFour + t];
                    product[c] += sum;
                }
            }
            admit(rows, panel + p, product, unit[q], *found[q]);
        }
    }
}

#ifdef LEITMOTIF_X86
template <int P>
LEITMOTIF_AVX2 void meet_avx2(const Rows& rows, std::size_t panel, const std::uint8_t* const* query, const float* unit,
                              Candidates* const* found) {
    const __m256i ones = _mm256_set1_epi16(1);
    constexpr std::size_t kStep = 4;
    for (std::size_t p = 0; p < P; ++p) {
        const std::int8_t* codes = rows.codes + (panel + p) * kPanel * rows.r;
        for (std::size_t first = 0; first < kRows; first += kStep) {
            __m256i low[kStep], high[kStep];
            for (std::size_t q = 0; q < kStep; ++q) low[q] = high[q] = _mm256_setzero_si256();
            for (std::size_t k = 0; k < rows.r; k += kFour) {
                const auto* code = reinterpret_cast<const __m256i*>(codes + k * kPanel);
                const __m256i c0 = _mm256_loadu_si256(code), c1 = _mm256_loadu_si256(code + 1);
                for (std::size_t q = 0; q < kStep; ++q) {
                    std::int32_t four;
                    std::memcpy(&four, query[first + q] + k, sizeof four);
                    const __m256i a = _mm256_set1_epi32(four);
                    low[q] = _mm256_add_epi32(low[q], _mm256_madd_epi16(_mm256_maddubs_epi16(a, c0), ones));
                    high[q] = _mm256_add_epi32(high[q], _mm256_madd_epi16(_mm256_maddubs_epi16(a, c1), ones));
                }
            }
            for (std::size_t q = 0; q < kStep; ++q) {
                alignas(64) std::int32_t product[kPanel];
                _mm256_store_si256(reinterpret_cast<__m256i*>(product), low[q]);
                _mm256_store_si256(reinterpret_cast<__m256i*>(product + 8), high[q]);
                admit(rows, panel + p, product, unit[first + q], *found[first + q]);
            }
        }
    }
}

// A type of its own: through __m512i, whose lanes are of 64 bits, GCC 12 moves every sum to memory and back.
typedef std::int32_t Words __attribute__((vector_size(64)));

template <int P>
LEITMOTIF_VNNI void meet_vnni(const Rows& rows, std::size_t panel, const std::uint8_t* const* query, const float* unit,
                              Candidates* const* found) {
    Words sum[kRows][P];
    for (std::size_t q = 0; q < kRows; ++q) {
        for (int p = 0; p < P; ++p) sum[q][p] = Words{};
    }
    const std::size_t stride = kPanel * rows.r;
    const std::int8_t* codes = rows.codes + panel * stride;
    for (std::size_t k = 0; k < rows.r; k += kFour) {
        __m512i code[P];
        for (int p = 0; p < P; ++p) code[p] = _mm512_loadu_si512(codes + static_cast<std::size_t>(p) * stride + k * kPanel);
        for (std::size_t q = 0; q < kRows; ++q) {
            std::int32_t four;
            std::memcpy(&four, query[q] + k, sizeof four);
            const __m512i a = _mm512_set1_epi32(four);
            for (int p = 0; p < P; ++p) sum[q][p] = (Words)_mm512_dpbusd_epi32((__m512i)sum[q][p], a, code[p]);
        }
    }
    alignas(64) std::int32_t products[kRows][P][kPanel];  // stored at once, so that the sums stay in registers until here
    for (std::size_t q = 0; q < kRows; ++q) {
        for (int p = 0; p < P; ++p) _mm512_store_si512(products[q][p], (__m512i)sum[q][p]);
    }
    const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    for (int p = 0; p < P; ++p) {
        const std::size_t slot = (panel + static_cast<std::size_t>(p)) * kPanel;
        const __m512i shift = _mm512_loadu_si512(rows.shift + slot);
        const __m512 row_unit = _mm512_loadu_ps(rows.unit + slot), half = _mm512_loadu_ps(rows.half + slot);
        const __m512i who = _mm512_add_epi32(lanes, _mm512_set1_epi32(static_cast<std::int32_t>(slot)));
        for (std::size_t q = 0; q < kRows; ++q) {
            Candidates& to = *found[q];
            const __m512 product = _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_load_si512(products[q][p]), shift));
            const __m512 scaled = _mm512_mul_ps(_mm512_mul_ps(_mm512_set1_ps(unit[q]), row_unit), product);
            const __m512 key = _mm512_sub_ps(half, scaled);
            const __mmask16 news = _mm512_cmp_ps_mask(key, _mm512_set1_ps(to.limit), _CMP_LE_OQ);
            if (!news) continue;
            _mm512_storeu_ps(to.key.data() + to.count, _mm512_maskz_compress_ps(news, key));
            _mm512_storeu_si512(to.id.data() + to.count, _mm512_maskz_compress_epi32(news, who));
            to.count += static_cast<std::size_t>(std::popcount(static_cast<unsigned>(news)));
        }
    }
}
#endif

void tidy_plain(Candidates& found) { tidy_any(found); }
#ifdef LEITMOTIF_X86
LEITMOTIF_AVX2 void tidy_avx2(Candidates& found) { tidy_any(found); }
LEITMOTIF_VNNI void tidy_vnni(Candidates& found) { tidy_any(found); }
#endif

struct Steps {
    Meet meet[kWide + 1];
    void (*tidy)(Candidates&);
};

const Steps& steps() {
    static const Steps chosen = []() -> Steps {
#ifdef LEITMOTIF_X86
        if (has_vnni()) {
            return {{nullptr, meet_vnni<1>, meet_vnni<2>, meet_vnni<3>}, tidy_vnni};
        }
        if (has_avx2()) return {{nullptr, meet_avx2<1>, meet_avx2<2>, meet_avx2<3>}, tidy_avx2};
#endif
        return {{nullptr, meet_plain<1>, meet_plain<2>, meet_plain<3>}, tidy_plain};
    }();
    return chosen;
}

// What a thread needs for the queries that it treats together.
struct Scan {
    std::vector<float> along;
    std::vector<std::uint8_t> codes;
    std::vector<std::int8_t> code;
    float unit[kQueries];
    Candidates found[kQueries];

    void run(const Rows& rows, const Table& directions, const float* queries, std::size_t m, std::size_t kept) {
        const std::size_t r = rows.r, padded = (m + kRows - 1) / kRows * kRows, panels = (rows.n + kPanel - 1) / kPanel;
        along.resize(padded * r);
        codes.resize(padded * r);
        code.resize(r);
        project(directions, queries, m, along.data());
        const std::uint8_t* query[kQueries];
        Candidates* to[kQueries];
        for (std::size_t q = 0; q < padded; ++q) {
            query[q] = codes.data() + q * r;
            to[q] = &found[q];
            found[q].start(kept);
            if (q >= m) {  // takes part in the products and learns nothing
                unit[q] = 0.0f;
                found[q].limit = -FLT_MAX;
                std::fill_n(codes.data() + q * r, r, std::uint8_t{0});
                continue;
            }
            unit[q] = encode(along.data() + q * r, r, kQueryCode, code.data());
            for (std::size_t k = 0; k < r; ++k) codes[q * r + k] = static_cast<std::uint8_t>(code[k] + kShift);
        }
        for (std::size_t p = 0; p < panels; p += kWide) {
            const std::size_t wide = std::min(kWide, panels - p);
            for (std::size_t q = 0; q < padded; q += kRows) steps().meet[wide](rows, p, query + q, unit + q, to + q);
            for (std::size_t q = 0; q < m; ++q) {
                if (found[q].count >= found[q].full()) steps().tidy(found[q]);
            }
        }
        for (std::size_t q = 0; q < m; ++q) steps().tidy(found[q]);
    }
};

nb::tuple rough_neighbors(In2<float> x, In2<float> directions, In3<std::int8_t> codes, In1<float> unit, In1<float> half,
                          In1<std::int32_t> shift, In2<float> queries, std::size_t k, std::size_t kept, bool euclidean,
                          std::size_t n_threads, nb::object progress) {
    const std::size_t n = x.shape(0), d = x.shape(1), m = queries.shape(0), r = directions.shape(0);
    const std::size_t slots = (n + kPanel - 1) / kPanel * kPanel;
    const bool fits = directions.shape(1) == d && queries.shape(1) == d && r % kPanel == 0 && codes.size() == slots * r &&
                      unit.shape(0) == slots && half.shape(0) == slots && shift.shape(0) == slots && kept >= k && k > 0;
    if (!fits) throw nb::value_error("rows, codes and queries do not fit together");
    std::vector<std::int32_t> ids(m * k, -1);
    std::vector<float> distances(m * k, std::numeric_limits<float>::infinity());
    {
        Checkpoint checkpoint(progress);
        nb::gil_scoped_release release;
        const Table table = pack_directions(directions);
        const Rows rows{codes.data(), unit.data(), half.data(), shift.data(), n, r};
        const auto half_square = half_square_of_two();
        const std::size_t n_tasks = (m + kQueries - 1) / kQueries;
        for (std::size_t done = 0; done < n_tasks; done += kTasksARound) {
            const std::size_t here = std::min(kTasksARound, n_tasks - done);
            parallel_blocks(here, 1, n_threads, [&](std::size_t task, std::size_t, std::size_t) {
                Scan scan;
                const std::size_t first = (done + task) * kQueries, n_here = std::min(kQueries, m - first);
                scan.run(rows, table, queries.data() + first * d, n_here, std::min(kept, n));
                std::vector<std::pair<float, std::int32_t>> list;
                for (std::size_t q = 0; q < n_here; ++q) {
                    list.clear();
                    const auto row = [&](std::size_t i) {
                        return x.data() + static_cast<std::size_t>(scan.found[q].id[i]) * d;
                    };
                    for (std::size_t i = 0; i < scan.found[q].count; ++i) {
                        if (i + kAhead < scan.found[q].count) {
                            for (std::size_t c = 0; c < d; c += 16) prefetch(row(i + kAhead) + c);
                        }
                        const std::int32_t who = scan.found[q].id[i];
                        const double h = half_square(queries.data() + (first + q) * d, row(i), d);
                        list.emplace_back(static_cast<float>(euclidean ? std::sqrt(2.0 * h) : h), who);
                    }
                    const std::size_t best = std::min(k, list.size());
                    std::partial_sort(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(best), list.end());
                    for (std::size_t j = 0; j < best; ++j) {
                        distances[(first + q) * k + j] = list[j].first;
                        ids[(first + q) * k + j] = list[j].second;
                    }
                }
            });
            checkpoint(static_cast<double>(done + here) / static_cast<double>(n_tasks));
        }
    }
    return nb::make_tuple(to_numpy(std::move(ids), {m, k}), to_numpy(std::move(distances), {m, k}));
}

}  // namespace
}  // namespace leitmotif

void bind_rough(nb::module_& module) {
    using namespace nb::literals;
    module.def("rough_rows", &leitmotif::rough_rows, "x"_a, "directions"_a, "n_threads"_a,
               "Rows in 8 bits along directions, in panels: codes, what one stands for, half squared lengths, and shifts.");
    module.def("rough_neighbors", &leitmotif::rough_neighbors, "x"_a, "directions"_a, "codes"_a, "unit"_a, "half"_a,
               "shift"_a, "queries"_a, "k"_a, "kept"_a, "euclidean"_a, "n_threads"_a, "progress"_a.none(),
               "The k nearest of the `kept` roughly nearest rows for each query.");
}
