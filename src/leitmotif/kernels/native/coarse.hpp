#pragma once

// A first look at many pairs of rows in whole numbers of eight bits, which tells most of them too far apart to need an exact product.
//
// A row is x = s q + e with q in -127 … 127. Then <x, y> = s t <q, r> + <e, y> + <s q, f>, and the last two are at most
// (|e| + |f|) R with R the largest |x| + |e| of all rows. So the key of a pair (products.hpp) differs from h + g - s t <q, r> by at
// most that, and what float32 rounds. A row that has seen k others knows a key above which it takes nobody; those who may be below
// wait, and at the end the few that are left get their exact keys: what is found has the same bits with this look and without it.

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <utility>
#include <vector>

#include "parallel.hpp"
#include "products.hpp"
#include "simd.hpp"

namespace leitmotif {

// Rows in panels of kPanel: of four components after the other, those of all rows of the panel.
struct CoarseTable {
    static constexpr std::size_t kFour = 4;
    bool holds = false;                // whether the bounds hold: not where squares leave the range of float32, above or below
    std::size_t groups = 0;            // of four components
    std::vector<std::int8_t> values;   // panel, group, row of the panel, component of the group
    std::vector<std::int32_t> start;   // of the sum of a row with another one: takes away what the bias of the other adds
    std::vector<float> scale;          // s
    std::vector<float> doubt;          // |e| R and what is rounded
    std::vector<float> bound;          // h less the doubt; of padding infinite

    const std::int8_t* panel(std::size_t p) const { return values.data() + p * groups * kPanel * kFour; }
};

// Whether this machine has the instructions that make the first look worth while, and a sum of so many products fits.
inline bool has_coarse(std::size_t d) {
#ifdef LEITMOTIF_X86
    return has_vnni() && d <= 32768;
#else
    (void)d;
    return false;
#endif
}

inline CoarseTable coarse_table(const float* x, std::size_t n, std::size_t d, std::size_t n_threads) {
    constexpr std::size_t kFour = CoarseTable::kFour;
    CoarseTable table;
    table.groups = (d + kFour - 1) / kFour;
    const std::size_t panels = (n + kPanel - 1) / kPanel;
    table.values.assign(panels * kPanel * table.groups * kFour, 0);
    table.start.assign(panels * kPanel, 0);
    table.scale.assign(panels * kPanel, 0.0f);
    table.doubt.assign(panels * kPanel, 0.0f);
    table.bound.assign(panels * kPanel, std::numeric_limits<float>::infinity());
    std::vector<double> error(n), length(n);
    parallel_blocks(panels, 64, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t row = begin * kPanel; row < std::min(n, end * kPanel); ++row) {
            const float* from = x + row * d;
            float largest = 0.0f;
            for (std::size_t k = 0; k < d; ++k) largest = std::max(largest, std::fabs(from[k]));
            const float scale = largest >= 128.0f * FLT_MIN ? largest / 127.0f : 0.0f, inverse = scale > 0.0f ? 1.0f / scale : 0.0f;
            std::int8_t* to = table.values.data() + (row / kPanel) * table.groups * kPanel * kFour + (row % kPanel) * kFour;
            double off = 0.0, square = 0.0;
            std::int32_t sum = 0;
            for (std::size_t k = 0; k < d; ++k) {
                const float rounded = std::nearbyint(from[k] * inverse);
                const std::int32_t q = static_cast<std::int32_t>(std::min(127.0f, std::max(-127.0f, rounded)));
                to[(k / kFour) * kPanel * kFour + k % kFour] = static_cast<std::int8_t>(q);
                sum += q;
                const double left = static_cast<double>(from[k]) - static_cast<double>(scale) * q;
                off += left * left;
                square += static_cast<double>(from[k]) * from[k];
            }
            table.start[row] = -128 * sum;
            table.scale[row] = scale;
            error[row] = std::sqrt(off);
            length[row] = std::sqrt(square);
        }
    });
    double reach = 0.0;
    for (std::size_t row = 0; row < n; ++row) reach = std::max(reach, length[row] + error[row]);
    table.holds = reach * reach > 1e-24 && reach * reach < 1e36;
    // Twice what a sum of d products and the few operations of a bound may be off in float32.
    const double rounding = reach * reach * static_cast<double>(d + 32) * 0x1p-23;
    for (std::size_t row = 0; row < n; ++row) {
        const double doubt = error[row] * reach + rounding;
        table.doubt[row] = static_cast<float>(doubt);
        table.bound[row] = static_cast<float>(0.5 * length[row] * length[row] - doubt);
    }
    return table;
}

#ifdef LEITMOTIF_X86
// Sixteen sums. A type of its own: through __m512i, whose lanes are of 64 bits, GCC 12 moves every sum to memory and back.
typedef std::int32_t Sums __attribute__((vector_size(64)));

// The least that the keys of kRows x P panels' pairs can be, and a bit for each that may be news to either end.
template <int P>
LEITMOTIF_VNNI void look_vnni(const CoarseTable& left, std::size_t row0, const CoarseTable& right, std::size_t column0,
                              const float* left_worst, const float* right_worst, float* least, std::uint16_t* news) {
    constexpr std::size_t kStep = kPanel * CoarseTable::kFour;
    const std::int8_t* rows = left.panel(row0 / kPanel) + (row0 % kPanel) * CoarseTable::kFour;
    const std::int8_t* columns = right.panel(column0 / kPanel);
    const std::size_t stride = right.groups * kStep;
    const __m512i bias = _mm512_set1_epi8(-128);
    Sums sums[kRows][P];
    for (std::size_t r = 0; r < kRows; ++r) {
        for (int p = 0; p < P; ++p) sums[r][p] = reinterpret_cast<Sums>(_mm512_set1_epi32(left.start[row0 + r]));
    }
    for (std::size_t g = 0; g < left.groups; ++g) {
        __m512i b[P];
        for (int p = 0; p < P; ++p) b[p] = _mm512_xor_si512(_mm512_loadu_si512(columns + p * stride + g * kStep), bias);
        for (std::size_t r = 0; r < kRows; ++r) {
            std::int32_t four;
            std::memcpy(&four, rows + g * kStep + r * CoarseTable::kFour, sizeof four);
            const __m512i a = _mm512_set1_epi32(four);
            for (int p = 0; p < P; ++p) {
                sums[r][p] = reinterpret_cast<Sums>(_mm512_dpbusd_epi32(reinterpret_cast<__m512i>(sums[r][p]), b[p], a));
            }
        }
    }
    for (std::size_t r = 0; r < kRows; ++r) {
        for (int p = 0; p < P; ++p) {
            const std::size_t column = column0 + p * kPanel;
            const __m512 both = _mm512_mul_ps(_mm512_set1_ps(left.scale[row0 + r]), _mm512_loadu_ps(right.scale.data() + column));
            const __m512 bound =
                _mm512_add_ps(_mm512_set1_ps(left.bound[row0 + r]), _mm512_loadu_ps(right.bound.data() + column));
            const __m512 product = _mm512_cvtepi32_ps(reinterpret_cast<__m512i>(sums[r][p]));
            const __m512 key = _mm512_fnmadd_ps(product, both, bound);
            const __m512 most = _mm512_max_ps(_mm512_set1_ps(left_worst[r]), _mm512_loadu_ps(right_worst + p * kPanel));
            _mm512_storeu_ps(least + (r * kWide + p) * kPanel, key);
            news[r * kWide + p] = _mm512_cmp_ps_mask(key, most, _CMP_LE_OQ);
        }
    }
}

constexpr std::size_t kChains = 8;

// Inner products of kChains pairs with the bits of products.hpp: one chain of fused multiply-adds each, side by side.
LEITMOTIF_AVX2 inline void chained_dots(const float* const* a, const float* const* b, std::size_t d, float* out) {
    constexpr std::size_t kUnrolled = 4;
    __m128 sums[kChains];
    for (std::size_t p = 0; p < kChains; ++p) sums[p] = _mm_setzero_ps();
    std::size_t k = 0;
    for (; k + kUnrolled <= d; k += kUnrolled) {
        for (std::size_t p = 0; p < kChains; ++p) {
            const float *u = a[p] + k, *v = b[p] + k;
            for (std::size_t j = 0; j < kUnrolled; ++j) sums[p] = _mm_fmadd_ss(_mm_load_ss(u + j), _mm_load_ss(v + j), sums[p]);
        }
    }
    for (; k < d; ++k) {
        for (std::size_t p = 0; p < kChains; ++p) sums[p] = _mm_fmadd_ss(_mm_load_ss(a[p] + k), _mm_load_ss(b[p] + k), sums[p]);
    }
    for (std::size_t p = 0; p < kChains; ++p) out[p] = _mm_cvtss_f32(sums[p]);
}

// Who may be among the k nearest of each row.
class Candidates {
  public:
    Candidates(const float* x, std::size_t n, std::size_t d, std::size_t k, std::size_t n_threads)
        : x_(x), d_(d), k_(k), room_(3 * k + kChains), half_(half_squares(x, n, d, n_threads)), size_(n, 0), id_(n * room_),
          least_(n * room_), most_(n * k, FLT_MAX), worst_((n + kPanel - 1) / kPanel * kPanel, FLT_MAX) {}

    // A key above which each row takes nobody.
    const float* worst() const { return worst_.data(); }

    void offer(std::size_t row, std::size_t who, float least, float doubt) {
        if (least > worst_[row]) return;
        const float most = least + doubt;
        float* known = most_.data() + row * k_;
        if (most < known[k_ - 1]) {
            std::size_t at = k_ - 1;
            for (; at > 0 && known[at - 1] > most; --at) known[at] = known[at - 1];
            known[at] = most;
            worst_[row] = known[k_ - 1];
        }
        if (size_[row] == room_) make_room(row);
        const std::size_t place = row * room_ + size_[row]++;
        id_[place] = static_cast<std::int32_t>(who);
        least_[place] = least;
    }

    // Leaves the k nearest of a row, ascending by (key, id), with their exact keys; gives their number.
    std::size_t settle(std::size_t row, std::vector<std::pair<float, std::int32_t>>& nearest) {
        drop_hopeless(row);
        nearest.clear();
        const float *rows[kChains], *others[kChains];
        std::fill(std::begin(rows), std::end(rows), x_ + row * d_);
        float products[kChains];
        for (std::size_t begin = 0; begin < size_[row]; begin += kChains) {
            const std::int32_t* ids = id_.data() + row * room_ + begin;
            const std::size_t here = std::min(kChains, size_[row] - begin);
            for (std::size_t p = 0; p < kChains; ++p) others[p] = x_ + static_cast<std::size_t>(ids[p < here ? p : 0]) * d_;
            chained_dots(rows, others, d_, products);
            for (std::size_t p = 0; p < here; ++p) {
                nearest.emplace_back((half_[row] + half_[static_cast<std::size_t>(ids[p])]) - products[p], ids[p]);
            }
        }
        std::sort(nearest.begin(), nearest.end());
        nearest.resize(std::min(k_, nearest.size()));
        return nearest.size();
    }

  private:
    void drop_hopeless(std::size_t row) {
        std::size_t kept = row * room_;
        for (std::size_t i = row * room_; i < row * room_ + size_[row]; ++i) {
            if (least_[i] > worst_[row]) continue;
            id_[kept] = id_[i];
            least_[kept++] = least_[i];
        }
        size_[row] = kept - row * room_;
    }

    // Where bounds do not tell enough apart (copies of one text), exact keys do.
    void make_room(std::size_t row) {
        drop_hopeless(row);
        if (size_[row] + kChains <= room_) return;
        std::vector<std::pair<float, std::int32_t>> nearest;
        size_[row] = settle(row, nearest);
        for (std::size_t j = 0; j < size_[row]; ++j) {
            std::tie(least_[row * room_ + j], id_[row * room_ + j]) = nearest[j];
            most_[row * k_ + j] = nearest[j].first;
        }
        worst_[row] = most_[row * k_ + k_ - 1];
    }

    const float* x_;
    std::size_t d_, k_, room_;
    std::vector<float> half_;
    std::vector<std::size_t> size_;
    std::vector<std::int32_t> id_;
    std::vector<float> least_, most_, worst_;
};
#endif

}  // namespace leitmotif
