// The fuzzy neighbour graph and its layout (McInnes, Healy & Melville 2018, arXiv:1802.03426, §3 and §4).
//
// Owner computes: in an epoch every vertex moves by itself along its own sampled edges and negative samples, while all
// others stand where the epoch before left them. Samples come from counters keyed by (vertex, epoch), so nothing depends on
// threads. Sixteen vertices go through the loop side by side, one a lane; lanes never mix, so nothing depends on the
// vector width either.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "views.hpp"
#include "checkpoint.hpp"
#include "parallel.hpp"
#include "simd.hpp"

namespace leitmotif {
namespace {

constexpr std::size_t kLanes = 16;
constexpr std::size_t kMaxDimensions = 128;

// -- the graph ----------------------------------------------------------------------------------

// Membership strengths of one row of ascending distances (first entry: the point itself).
void row_strengths(const float* distance, std::size_t k, double connectivity, double target, double floor_all,
                   float* strength) {
    double rho = 0.0, mean = 0.0;
    std::size_t first = 0;
    for (std::size_t j = 0; j < k; ++j) mean += distance[j];
    mean /= static_cast<double>(k);
    while (first < k && !(distance[first] > 0.0f)) ++first;
    const std::size_t positive = k - first;
    if (static_cast<double>(positive) >= connectivity) {
        const double whole = std::floor(connectivity), rest = connectivity - whole;
        const std::size_t at = static_cast<std::size_t>(whole);
        if (at > 0) {
            rho = distance[first + at - 1];
            if (rest > 1e-5) rho += rest * (static_cast<double>(distance[first + at]) - distance[first + at - 1]);
        } else {
            rho = rest * distance[first];
        }
    } else if (positive > 0) {
        rho = distance[k - 1];
    }
    double low = 0.0, high = INFINITY, sigma = 1.0;
    for (int step = 0; step < 64; ++step) {
        double sum = 0.0;
        for (std::size_t j = 1; j < k; ++j) {
            const double beyond = distance[j] - rho;
            sum += beyond > 0.0 ? std::exp(-beyond / sigma) : 1.0;
        }
        if (std::fabs(sum - target) < 1e-5) break;
        if (sum > target) {
            high = sigma;
            sigma = 0.5 * (low + high);
        } else {
            low = sigma;
            sigma = std::isinf(high) ? 2.0 * sigma : 0.5 * (low + high);
        }
    }
    sigma = std::max(sigma, rho > 0.0 ? 1e-3 * mean : floor_all);
    for (std::size_t j = 0; j < k; ++j) {
        const double beyond = distance[j] - rho;
        strength[j] = beyond <= 0.0 || sigma == 0.0 ? 1.0f : static_cast<float>(std::exp(-beyond / sigma));
    }
}

void membership_strengths(In2<float> distances, InOut2<float> strengths, double connectivity, double floor_all,
                          std::size_t n_threads) {
    const std::size_t n = distances.shape(0), k = distances.shape(1);
    const double target = std::log2(static_cast<double>(k));
    nb::gil_scoped_release release;
    parallel_blocks(n, 256, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t i = begin; i < end; ++i) {
            row_strengths(distances.data() + i * k, k, connectivity, target, floor_all, strengths.data() + i * k);
        }
    });
}

// y = scale * (graph x) + shift * x + carry * z, all (n, c): one step of a polynomial of the graph.
void graph_step(In1<std::int64_t> indptr, In1<std::int32_t> indices, In1<float> weights, In2<float> x, In2<float> z,
                InOut2<float> y, float scale, float shift, float carry, std::size_t n_threads) {
    const std::size_t n = x.shape(0), c = x.shape(1);
    nb::gil_scoped_release release;
    parallel_blocks(n, 1024, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
        std::vector<float> sum(c);
        for (std::size_t i = begin; i < end; ++i) {
            std::fill(sum.begin(), sum.end(), 0.0f);
            for (std::int64_t e = indptr.data()[i]; e < indptr.data()[i + 1]; ++e) {
                const float weight = weights.data()[e];
                const float* from = x.data() + static_cast<std::size_t>(indices.data()[e]) * c;
                for (std::size_t j = 0; j < c; ++j) sum[j] += weight * from[j];
            }
            for (std::size_t j = 0; j < c; ++j) {
                y.data()[i * c + j] = scale * sum[j] + shift * x.data()[i * c + j] + carry * z.data()[i * c + j];
            }
        }
    });
}

// -- the layout ---------------------------------------------------------------------------------

LEITMOTIF_INLINE std::uint32_t mix(std::uint32_t x) {
    x ^= x >> 16;
    x *= 0x7feb352dU;
    x ^= x >> 15;
    x *= 0x846ca68bU;
    x ^= x >> 16;
    return x;
}

// x^b for x > 0 to about 1e-6 relative, without branches: polynomials for log2 and exp2.
LEITMOTIF_INLINE float power(float x, float b) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
    // The mantissa goes to [sqrt(1/2), sqrt(2)), where the series of log is short.
    const std::int32_t exponent = static_cast<std::int32_t>(bits - 0x3f3504f3U) >> 23;
    const float m = std::bit_cast<float>(bits - (static_cast<std::uint32_t>(exponent) << 23));
    const float t = (m - 1.0f) / (m + 1.0f), t2 = t * t;
    const float log2m = t * (2.885390082f + t2 * (0.961796694f + t2 * (0.577078016f + t2 * 0.412198583f)));
    float y = b * (static_cast<float>(exponent) + log2m);
    y = y < -126.0f ? -126.0f : y;
    y = y > 126.0f ? 126.0f : y;
    const float rounded = (y + 12582912.0f) - 12582912.0f;  // nearest integer
    const float f = y - rounded;
    const float e = 1.0f + f * (0.693147181f + f * (0.240226507f + f * (0.0555041087f +
                    f * (0.00961812911f + f * 0.00133335581f))));
    const std::int32_t shift = static_cast<std::int32_t>(rounded);
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(e) + (static_cast<std::uint32_t>(shift) << 23));
}

struct Epoch {
    const std::int64_t* indptr;
    const std::int32_t* indices;
    const std::uint32_t* rate;  // share of epochs in which an edge is sampled, times 2^32
    const std::uint32_t* key;   // random key of each vertex
    const std::int32_t* order;  // vertices by falling number of samples, so that lanes end together
    const float* old;           // where the vertices stand
    const float* others;        // what they are drawn to and pushed from: `old`, or a finished layout
    float* next;
    std::size_t n, n_others, d;
    std::uint32_t number, seed;
    float alpha, a, b, gamma, pull;
    int negatives;
    bool skip_self;
};

LEITMOTIF_INLINE float clip(float x) {
    x = x > 4.0f ? 4.0f : x;
    return x < -4.0f ? -4.0f : x;
}

template <int D>
LEITMOTIF_INLINE void move_lanes(const Epoch& run, std::size_t first, std::vector<std::int32_t>* active) {
    const std::size_t d = D > 0 ? static_cast<std::size_t>(D) : run.d;
    constexpr std::size_t kSize = D > 0 ? static_cast<std::size_t>(D) : kMaxDimensions;
    alignas(64) float y[kSize][kLanes];
    alignas(64) float other[kSize][kLanes];
    alignas(64) float squared[kLanes], force[kLanes];
    alignas(64) std::uint32_t key[kLanes], target[kLanes], self[kLanes];
    std::size_t length[kLanes], longest = 0;
    const std::size_t used = std::min(kLanes, run.n - first);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const std::size_t v = static_cast<std::size_t>(run.order[first + std::min(lane, used - 1)]);
        self[lane] = static_cast<std::uint32_t>(v);
        key[lane] = mix(run.key[v] ^ mix(run.number * 0x9e3779b9U + run.seed));
        for (std::size_t j = 0; j < d; ++j) y[j][lane] = run.old[v * d + j];
        const std::int64_t begin = run.indptr[v], end = run.indptr[v + 1];
        std::vector<std::int32_t>& list = active[lane];
        if (list.size() < static_cast<std::size_t>(end - begin)) list.resize(static_cast<std::size_t>(end - begin));
        std::size_t count = 0;
        for (std::int64_t e = begin; e < end; ++e) {
            const std::uint64_t rate = run.rate[e], now = rate * run.number;
            list[count] = run.indices[e];
            count += (now >> 32) != ((now + rate) >> 32);
        }
        length[lane] = lane < used ? count : 0;
        longest = std::max(longest, length[lane]);
    }
    const float a = run.a, b = run.b, alpha = run.alpha;
    const float pull = -2.0f * a * b, push = 2.0f * run.gamma * b;
    for (std::size_t t = 0; t < longest; ++t) {
        alignas(64) float live[kLanes];
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const bool on = t < length[lane];
            live[lane] = on ? alpha : 0.0f;
            target[lane] = on ? static_cast<std::uint32_t>(active[lane][t]) : 0;
        }
        for (int sample = 0; sample <= run.negatives; ++sample) {
            if (sample > 0) {
                const std::uint32_t counter =
                    (static_cast<std::uint32_t>(t) * static_cast<std::uint32_t>(run.negatives) +
                     static_cast<std::uint32_t>(sample)) * 0x9e3779b9U;
                const std::uint64_t range = run.n_others;
                for (std::size_t lane = 0; lane < kLanes; ++lane) {
                    target[lane] = static_cast<std::uint32_t>((mix(key[lane] + counter) * range) >> 32);
                }
            }
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                const float* row = run.others + static_cast<std::size_t>(target[lane]) * d;
                for (std::size_t j = 0; j < d; ++j) other[j][lane] = row[j];
            }
            for (std::size_t lane = 0; lane < kLanes; ++lane) squared[lane] = 0.0f;
            for (std::size_t j = 0; j < d; ++j) {
                for (std::size_t lane = 0; lane < kLanes; ++lane) {
                    other[j][lane] = y[j][lane] - other[j][lane];
                    squared[lane] += other[j][lane] * other[j][lane];
                }
            }
            if (sample == 0) {
                for (std::size_t lane = 0; lane < kLanes; ++lane) {
                    const float q = squared[lane] + 1e-30f, p = power(q, b);
                    force[lane] = pull * p / (q * (1.0f + a * p));
                }
                for (std::size_t j = 0; j < d; ++j) {
                    for (std::size_t lane = 0; lane < kLanes; ++lane) {
                        y[j][lane] += run.pull * live[lane] * clip(force[lane] * other[j][lane]);
                    }
                }
            } else {
                for (std::size_t lane = 0; lane < kLanes; ++lane) {
                    const float q = squared[lane], p = power(q + 1e-30f, b);
                    const float f = push / ((0.001f + q) * (1.0f + a * p));
                    force[lane] = (run.skip_self && target[lane] == self[lane]) ? 0.0f : f;
                }
                for (std::size_t j = 0; j < d; ++j) {
                    for (std::size_t lane = 0; lane < kLanes; ++lane) {
                        y[j][lane] += live[lane] * clip(force[lane] * other[j][lane]);
                    }
                }
            }
        }
    }
    for (std::size_t lane = 0; lane < used; ++lane) {
        for (std::size_t j = 0; j < d; ++j) run.next[self[lane] * d + j] = y[j][lane];
    }
}

LEITMOTIF_INLINE void move_any(const Epoch& run, std::size_t first, std::vector<std::int32_t>* active) {
    switch (run.d) {
        case 2: return move_lanes<2>(run, first, active);
        case 3: return move_lanes<3>(run, first, active);
        case 5: return move_lanes<5>(run, first, active);
        case 10: return move_lanes<10>(run, first, active);
        default: return move_lanes<0>(run, first, active);
    }
}

using Mover = void (*)(const Epoch&, std::size_t, std::vector<std::int32_t>*);

void move_plain(const Epoch& run, std::size_t first, std::vector<std::int32_t>* active) { move_any(run, first, active); }
#ifdef LEITMOTIF_X86
LEITMOTIF_AVX2 void move_avx2(const Epoch& run, std::size_t first, std::vector<std::int32_t>* active) {
    move_any(run, first, active);
}
LEITMOTIF_AVX512 void move_avx512(const Epoch& run, std::size_t first, std::vector<std::int32_t>* active) {
    move_any(run, first, active);
}
#endif

Mover mover() {
#ifdef LEITMOTIF_X86
    if (has_avx512()) return move_avx512;
    if (has_avx2()) return move_avx2;
#endif
    return move_plain;
}

// Moves `y` (n, d) through `n_epochs` epochs. `others` is empty for a layout of the vertices themselves; otherwise
// it is a finished layout that stays as it is, and edges point into it.
void optimize_layout(InOut2<float> y, In2<float> others, In1<std::int64_t> indptr, In1<std::int32_t> indices,
                     In1<std::uint32_t> rate, In1<std::uint32_t> key, std::size_t n_epochs, float learning_rate, float a,
                     float b, float gamma, int negatives, std::uint32_t seed, std::size_t n_threads,
                     nb::object progress) {
    const std::size_t n = y.shape(0), d = y.shape(1);
    const bool among_themselves = others.shape(0) == 0;
    Checkpoint checkpoint(progress);
    nb::gil_scoped_release release;
    std::vector<std::int32_t> order(n);
    std::vector<std::uint64_t> samples(n, 0);
    for (std::size_t i = 0; i < n; ++i) {
        order[i] = static_cast<std::int32_t>(i);
        for (std::int64_t e = indptr.data()[i]; e < indptr.data()[i + 1]; ++e) samples[i] += rate.data()[e];
    }
    std::stable_sort(order.begin(), order.end(), [&](std::int32_t i, std::int32_t j) {
        return samples[static_cast<std::size_t>(i)] > samples[static_cast<std::size_t>(j)];
    });
    std::vector<float> spare(y.data(), y.data() + n * d);
    float* now = y.data();
    float* next = spare.data();
    const Mover move = mover();
    for (std::size_t epoch = 0; epoch < n_epochs; ++epoch) {
        const float left = 1.0f - static_cast<float>(epoch) / static_cast<float>(n_epochs);
        const Epoch run{indptr.data(), indices.data(), rate.data(), key.data(), order.data(), now,
                        among_themselves ? now : others.data(), next, n, among_themselves ? n : others.shape(0), d,
                        static_cast<std::uint32_t>(epoch), seed, learning_rate * left, a, b, gamma,
                        among_themselves ? 2.0f : 1.0f, negatives, among_themselves};
        parallel_blocks(n, 16 * kLanes, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            std::vector<std::int32_t> active[kLanes];
            for (std::size_t first = begin; first < end; first += kLanes) move(run, first, active);
        });
        std::swap(now, next);
        checkpoint(static_cast<double>(epoch + 1) / static_cast<double>(n_epochs));
    }
    if (now != y.data()) std::copy(spare.begin(), spare.end(), y.data());
}

}  // namespace
}  // namespace leitmotif

void bind_layout(nb::module_& module) {
    using namespace nb::literals;
    module.def("membership_strengths", &leitmotif::membership_strengths, "distances"_a, "strengths"_a,
               "connectivity"_a, "floor_all"_a, "n_threads"_a, "Fuzzy membership of each neighbour.");
    module.def("graph_step", &leitmotif::graph_step, "indptr"_a, "indices"_a, "weights"_a, "x"_a, "z"_a, "y"_a,
               "scale"_a, "shift"_a, "carry"_a, "n_threads"_a, "y = scale * graph x + shift * x + carry * z.");
    module.def("optimize_layout", &leitmotif::optimize_layout, "y"_a, "others"_a, "indptr"_a, "indices"_a, "rate"_a,
               "key"_a, "n_epochs"_a, "learning_rate"_a, "a"_a, "b"_a, "gamma"_a, "negatives"_a, "seed"_a,
               "n_threads"_a, "progress"_a.none(), "Moves y in place.");
}
