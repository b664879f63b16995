// Neighbours of neighbours are probably neighbours (Dong, Moses & Li 2011): a round of joins over lists of neighbours.
//
// Each row brings its neighbours, and those that have it as one, together: every two of them learn of each other. The lists at
// the beginning of a round say who meets, and the best of all who were met do not depend on the order of the meetings, so the
// bits are the same for any number of threads.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <tuple>
#include <utility>
#include <vector>

#include "checkpoint.hpp"
#include "parallel.hpp"
#include "products.hpp"
#include "views.hpp"

namespace leitmotif {
namespace {

constexpr std::size_t kSide = 4;            // rows by columns of one call of the inner kernel
constexpr std::size_t kRowsARound = 16384;  // between two looks at Ctrl-C
constexpr std::size_t kLanes = 16;          // sums of an inner product that are added up at its end

// out[r][c] = <row r, column c>: sixteen interleaved sums by fused multiply-adds, added in halves.
using JoinKernel = void (*)(const float* const* rows, const float* const* columns, std::size_t d, float* out);

void join_plain(const float* const* rows, const float* const* columns, std::size_t d, float* out) {
    for (std::size_t r = 0; r < kSide; ++r) {
        for (std::size_t c = 0; c < kSide; ++c) {
            float sums[kLanes] = {};
            for (std::size_t k = 0; k < d; ++k) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA) || defined(__aarch64__)
                sums[k % kLanes] = std::fma(rows[r][k], columns[c][k], sums[k % kLanes]);
#else
                sums[k % kLanes] += rows[r][k] * columns[c][k];
#endif
            }
            for (std::size_t half = kLanes / 2; half > 0; half /= 2) {
                for (std::size_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
            }
            out[r * kSide + c] = sums[0];
        }
    }
}

#ifdef LEITMOTIF_X86
// Four sums of four lanes each, added in halves.
LEITMOTIF_AVX2 LEITMOTIF_INLINE __m128 four_sums(__m128 a, __m128 b, __m128 c, __m128 d) {
    _MM_TRANSPOSE4_PS(a, b, c, d);
    return _mm_add_ps(_mm_add_ps(a, c), _mm_add_ps(b, d));
}

LEITMOTIF_AVX2 LEITMOTIF_INLINE __m128 to_four(__m256 low, __m256 high) {
    const __m256 eight = _mm256_add_ps(low, high);
    return _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
}

LEITMOTIF_AVX512 void join_avx512(const float* const* rows, const float* const* columns, std::size_t d, float* out) {
    __m512 sums[kSide][kSide];
    for (auto& row : sums) {
        for (__m512& sum : row) sum = _mm512_setzero_ps();
    }
    for (std::size_t k = 0; k < d; k += kLanes) {
        const __mmask16 there = d - k >= kLanes ? 0xffff : static_cast<__mmask16>((1U << (d - k)) - 1U);
        __m512 b[kSide];
        for (std::size_t c = 0; c < kSide; ++c) b[c] = _mm512_maskz_loadu_ps(there, columns[c] + k);
        for (std::size_t r = 0; r < kSide; ++r) {
            const __m512 a = _mm512_maskz_loadu_ps(there, rows[r] + k);
            for (std::size_t c = 0; c < kSide; ++c) sums[r][c] = _mm512_fmadd_ps(a, b[c], sums[r][c]);
        }
    }
    for (std::size_t r = 0; r < kSide; ++r) {
        __m128 four[kSide];
        for (std::size_t c = 0; c < kSide; ++c) {
            four[c] = to_four(_mm512_castps512_ps256(sums[r][c]), _mm512_extractf32x8_ps(sums[r][c], 1));
        }
        _mm_storeu_ps(out + r * kSide, four_sums(four[0], four[1], four[2], four[3]));
    }
}

LEITMOTIF_AVX2 void join_avx2(const float* const* rows, const float* const* columns, std::size_t d, float* out) {
    alignas(32) float tail_a[kLanes], tail_b[kSide][kLanes];
    for (std::size_t r = 0; r < kSide; ++r) {
        __m256 low[kSide], high[kSide];
        for (std::size_t c = 0; c < kSide; ++c) low[c] = high[c] = _mm256_setzero_ps();
        for (std::size_t k = 0; k < d; k += kLanes) {
            const float* a = rows[r] + k;
            const float* b[kSide] = {columns[0] + k, columns[1] + k, columns[2] + k, columns[3] + k};
            if (d - k < kLanes) {
                std::fill(std::begin(tail_a), std::end(tail_a), 0.0f);
                std::copy_n(a, d - k, tail_a);
                a = tail_a;
                for (std::size_t c = 0; c < kSide; ++c) {
                    std::fill(std::begin(tail_b[c]), std::end(tail_b[c]), 0.0f);
                    std::copy_n(b[c], d - k, tail_b[c]);
                    b[c] = tail_b[c];
                }
            }
            const __m256 a0 = _mm256_loadu_ps(a), a1 = _mm256_loadu_ps(a + 8);
            for (std::size_t c = 0; c < kSide; ++c) {
                low[c] = _mm256_fmadd_ps(a0, _mm256_loadu_ps(b[c]), low[c]);
                high[c] = _mm256_fmadd_ps(a1, _mm256_loadu_ps(b[c] + 8), high[c]);
            }
        }
        __m128 four[kSide];
        for (std::size_t c = 0; c < kSide; ++c) four[c] = to_four(low[c], high[c]);
        _mm_storeu_ps(out + r * kSide, four_sums(four[0], four[1], four[2], four[3]));
    }
}
#endif

JoinKernel join_kernel() {
#ifdef LEITMOTIF_X86
    if (has_avx512()) return join_avx512;
    if (has_avx2()) return join_avx2;
#endif
    return join_plain;
}

// Lists of the k nearest known, ascending by (key, id), into which many threads write.
class Lists {
  public:
    Lists(std::int32_t* ids, float* keys, std::size_t n, std::size_t k)
        : ids_(ids), keys_(keys), k_(k), worst_(n), busy_(4096) {
        for (std::size_t i = 0; i < n; ++i) worst_[i].store(keys_[i * k + k - 1], std::memory_order_relaxed);
    }

    float worst(std::size_t row) const { return worst_[row].load(std::memory_order_relaxed); }

    void offer(std::size_t row, float key, std::int32_t who) {
        if (key > worst(row)) return;
        const std::lock_guard<std::mutex> lock(busy_[row % busy_.size()]);
        std::int32_t* ids = ids_ + row * k_;
        float* keys = keys_ + row * k_;
        if (key > keys[k_ - 1] || (key == keys[k_ - 1] && who >= ids[k_ - 1])) return;
        if (std::find(ids, ids + k_, who) != ids + k_) return;
        std::size_t at = k_ - 1;
        for (; at > 0 && (keys[at - 1] > key || (keys[at - 1] == key && ids[at - 1] > who)); --at) {
            keys[at] = keys[at - 1];
            ids[at] = ids[at - 1];
        }
        keys[at] = key;
        ids[at] = who;
        worst_[row].store(keys[k_ - 1], std::memory_order_relaxed);
    }

  private:
    std::int32_t* ids_;
    float* keys_;
    std::size_t k_;
    std::vector<std::atomic<float>> worst_;
    std::vector<std::mutex> busy_;
};

// Rows that are near the same row and shall learn of each other.
class Party {
  public:
    std::vector<std::int32_t> guests;  // the fresh first
    std::vector<float> worst;          // what each of them would not take at the beginning

    Party(const std::vector<float>& half, const float* values, std::size_t d, JoinKernel dots)
        : half_(half), values_(values), d_(d), dots_(dots) {}

    void clear() {
        guests.clear();
        n_fresh_ = 0;
    }

    void invite(std::int32_t guest, bool fresh) {
        guests.push_back(guest);
        if (fresh) std::swap(guests[n_fresh_++], guests.back());
    }

    // Calls `tell(r, s, key)` for each two guests of whom one is fresh.
    template <typename Tell>
    void meet(Tell&& tell, const Lists& lists) {
        const std::size_t size = guests.size();
        where_.clear();
        worst.clear();
        halves_.clear();
        for (std::int32_t guest : guests) {
            const std::size_t row = static_cast<std::size_t>(guest);
            where_.push_back(values_ + row * d_);
            halves_.push_back(half_[row]);
            worst.push_back(lists.worst(row));
        }
        while (where_.size() % kSide != 0) where_.push_back(where_.back());
        float products[kSide * kSide];
        for (std::size_t a = 0; a < n_fresh_; a += kSide) {
            for (std::size_t b = a; b < size; b += kSide) {
                dots_(where_.data() + a, where_.data() + b, d_, products);
                for (std::size_t r = a; r < std::min(size, a + kSide); ++r) {
                    for (std::size_t s = std::max(b, r + 1); s < std::min(size, b + kSide); ++s) {
                        tell(r, s, (halves_[r] + halves_[s]) - products[(r - a) * kSide + (s - b)]);
                    }
                }
            }
        }
    }

  private:
    const std::vector<float>& half_;
    const float* values_;
    std::size_t d_;
    JoinKernel dots_;
    std::size_t n_fresh_ = 0;
    std::vector<const float*> where_;
    std::vector<float> halves_;
};

// For each row, the `width` nearest of those that have it in the first `width` of their lists. `pause` is called now and then.
template <typename Pause>
std::vector<std::int32_t> reversed(const std::int32_t* ids, const float* keys, std::size_t n, std::size_t k,
                                   std::size_t width, Pause&& pause) {
    Best found(n, width);
    for (std::size_t i = 0; i < n; ++i) {
        if (i % kRowsARound == 0) pause();
        for (std::size_t j = 0; j < std::min(k, width); ++j) {
            const std::int32_t other = ids[i * k + j];
            if (other != kNobody) found.offer(static_cast<std::size_t>(other), keys[i * k + j], static_cast<std::int32_t>(i));
        }
    }
    return std::move(found.id);
}

void join_neighbors(In2<float> x, In1<std::int64_t> order, InOut2<std::int32_t> ids_out, InOut2<float> keys_out, std::size_t width, std::size_t rounds,
                    std::size_t n_threads, nb::object progress) {
    const std::size_t n = x.shape(0), d = x.shape(1), k = ids_out.shape(1);
    std::int32_t* const ids = ids_out.data();
    float* const keys = keys_out.data();
    Checkpoint checkpoint(progress);
    nb::gil_scoped_release release;
    const JoinKernel dots = join_kernel();
    const float* const values = x.data();
    const std::vector<float> half = half_squares(values, n, d, n_threads);
    // Keys by this file's sums, so that a pair has the same bits wherever it meets.
    const auto rekey = [&](std::size_t begin, std::size_t end) {
        std::vector<std::pair<float, std::int32_t>> list(k);
        for (std::size_t i = begin; i < end; ++i) {
            const float* const self = values + i * d;
            const float* const rows[kSide] = {self, self, self, self};
            float products[kSide * kSide];
            for (std::size_t j = 0; j < k; j += kSide) {
                const float* others[kSide] = {self, self, self, self};
                for (std::size_t c = 0; c < std::min(kSide, k - j); ++c) {
                    const std::int32_t who = ids[i * k + j + c];
                    if (who >= 0) others[c] = values + static_cast<std::size_t>(who) * d;
                }
                dots(rows, others, d, products);
                for (std::size_t c = 0; c < std::min(kSide, k - j); ++c) {
                    const std::int32_t who = ids[i * k + j + c];
                    list[j + c] = {FLT_MAX, kNobody};
                    if (who >= 0) list[j + c] = {(half[i] + half[static_cast<std::size_t>(who)]) - products[c], who};
                }
            }
            std::sort(list.begin(), list.end());
            for (std::size_t j = 0; j < k; ++j) std::tie(keys[i * k + j], ids[i * k + j]) = list[j];
        }
    };
    for (std::size_t first = 0; first < n; first += kRowsARound) {
        parallel_blocks(std::min(kRowsARound, n - first), 256, n_threads,
                        [&](std::size_t begin, std::size_t end, std::size_t) { rekey(first + begin, first + end); });
        checkpoint(0.0);
    }
    Lists lists(ids, keys, n, k);
    std::vector<std::int32_t> before;  // the lists at the beginning of the round before
    for (std::size_t round = 0; round < rounds; ++round) {
        const std::vector<std::int32_t> now(ids, ids + n * k);
        const double done = static_cast<double>(round) / static_cast<double>(rounds);
        const std::vector<std::int32_t> back = reversed(ids, keys, n, k, width, [&] { checkpoint(done); });
        const auto knows = [&](const std::vector<std::int32_t>& whose, std::int32_t row, std::int32_t who) {
            const std::int32_t* list = whose.data() + static_cast<std::size_t>(row) * k;
            return std::find(list, list + k, who) != list + k;
        };
        for (std::size_t first = 0; first < n; first += kRowsARound) {
            parallel_blocks(std::min(kRowsARound, n - first), 256, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
                Party party(half, values, d, dots);
                for (std::size_t at = first + begin; at < first + end; ++at) {
                    const std::int32_t host = static_cast<std::int32_t>(order.data()[at]);
                    const std::size_t i = static_cast<std::size_t>(host);
                    party.clear();
                    // Two who were here in the round before know each other: only the fresh meet everybody.
                    party.invite(host, before.empty());
                    for (std::size_t j = 0; j < std::min(k, width); ++j) {
                        const std::int32_t guest = now[i * k + j];
                        if (guest != kNobody) party.invite(guest, before.empty() || !knows(before, host, guest));
                    }
                    for (std::size_t j = 0; j < width; ++j) {
                        const std::int32_t guest = back[i * width + j];
                        if (guest == kNobody) break;
                        if (!knows(now, host, guest)) party.invite(guest, before.empty() || !knows(before, guest, host));
                    }
                    party.meet([&](std::size_t r, std::size_t s, float key) {
                        const std::int32_t a = party.guests[r], b = party.guests[s];
                        if (key <= party.worst[r] && !knows(now, a, b)) lists.offer(static_cast<std::size_t>(a), key, b);
                        if (key <= party.worst[s] && !knows(now, b, a)) lists.offer(static_cast<std::size_t>(b), key, a);
                    }, lists);
                }
            });
            checkpoint(done + static_cast<double>(first) / static_cast<double>(n * rounds));
        }
        before = now;
    }
    for (std::size_t i = 0; i < n * k; ++i) {
        if (ids[i] == kNobody) ids[i] = -1;
    }
}

}  // namespace
}  // namespace leitmotif

void bind_join(nb::module_& module) {
    using namespace nb::literals;
    module.def("join_neighbors", &leitmotif::join_neighbors, "x"_a, "order"_a, "ids"_a, "keys"_a, "width"_a, "rounds"_a, "n_threads"_a,
               "progress"_a.none(), "Lists of neighbours made better, in place, by comparing neighbours of the same row.");
}
