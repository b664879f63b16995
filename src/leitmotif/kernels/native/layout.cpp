// The layout of the neighbour graph (McInnes, Healy & Melville 2018, arXiv:1802.03426, §4), as owner-computes.
//
// An epoch samples edges as the paper does; each sample pulls both ends and pushes its head from random others. The samples
// of an epoch are dealt to a few turns. In a turn all coordinates stand still, every vertex adds up what its own
// samples and those of its neighbours do to it, and then all move at once. Both ends of an edge see the same sample in the
// same turn and so move by opposite amounts, as in the sequential algorithm: that, not the order of the samples, is what
// keeps its clusters (a vertex that moves alone, twice as far, breaks them up).
//
// Samples are functions of (vertex, edge, epoch), and each vertex sums in the order of its row: nothing depends on
// threads or on the vector width.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "checkpoint.hpp"
#include "crew.hpp"
#include "parallel.hpp"
#include "simd.hpp"
#include "views.hpp"

namespace leitmotif {
namespace {

constexpr std::size_t kLanes = 64;      // pulls whose forces are computed together
constexpr std::size_t kHeads = 16;      // heads that are pushed together, from the same targets
constexpr std::size_t kGroups = kHeads / 8;
constexpr int kTargets = 8;             // targets at a time
constexpr std::size_t kBlock = 256;     // vertices handed to a thread together
constexpr std::size_t kFew = 5000;      // so few vertices go in half as large blocks, so that threads share them well
constexpr std::size_t kBlocksARound = 64;  // of new points, between two looks at Ctrl-C
constexpr std::size_t kTurns = 16;     // of an epoch; with 4, some seeds break up the largest clusters
constexpr std::size_t kMaxDimensions = 128;
constexpr std::uint32_t kGolden = 0x9e3779b9U;

LEITMOTIF_INLINE std::uint32_t mix(std::uint32_t x) {
    x ^= x >> 16;
    x *= 0x7feb352dU;
    x ^= x >> 15;
    x *= 0x846ca68bU;
    x ^= x >> 16;
    return x;
}

// x^b for x > 0 to about 1e-4 relative, far below the noise of the samples: minimax polynomials for log2 on
// [sqrt(1/2), sqrt(2)) and exp2 on [-1/2, 1/2], no branches, no division.
LEITMOTIF_INLINE float power(float x, float b) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
    const std::int32_t exponent = static_cast<std::int32_t>(bits - 0x3f3504f3U) >> 23;
    const float t = std::bit_cast<float>(bits - (static_cast<std::uint32_t>(exponent) << 23)) - 1.0f;
    const float log2m = 4.76384305e-05f + t * (1.44163862f + t * (-0.725915193f + t * (0.518885207f + t * -0.326463153f)));
    float y = b * (static_cast<float>(exponent) + log2m);
    y = y < -126.0f ? -126.0f : y;
    y = y > 126.0f ? 126.0f : y;
    const float rounded = (y + 12582912.0f) - 12582912.0f;  // nearest integer
    const float f = y - rounded;
    const float e = 0.999928074f + f * (0.693260986f + f * (0.242611122f + f * 0.055171668f));
    const std::int32_t shift = static_cast<std::int32_t>(rounded);
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(e) + (static_cast<std::uint32_t>(shift) << 23));
}

// What happens to one vertex in one turn: a pull along an edge, and (a head) the pushes that come with a sample of its own.
struct Pull {
    std::int32_t vertex, target;
};
struct Plan {
    std::uint32_t epoch_key = 0;
    std::vector<Pull> pulls;          // those of the first turn, then those of the second …
    std::vector<std::int32_t> heads;  // likewise: vertices
    std::array<std::uint32_t, kTurns + 1> pull_start{}, head_start{};
};

struct Layout {
    const std::int64_t* indptr;
    const std::int32_t* indices;
    const std::uint32_t* rate;          // share of epochs in which an edge is sampled, times 2^32
    const std::uint32_t* key;           // random key of each vertex
    std::vector<std::uint32_t> deal;    // per edge: two 16-bit numbers that deal its two samples to turns
    std::size_t n, n_others, d, width;  // width: vectors of eight in a row of coordinates
    std::uint32_t seed;
    float a, b, gamma;
    int negatives;
    bool among_themselves;
};

// A sample of an edge, the turn in which its owner sees it and the one in which it sees the sample of the other end.
struct Sample {
    Pull pull;
    std::uint16_t own, other;
};

void plan_block(const Layout& run, std::size_t begin, std::size_t end, std::uint32_t epoch, Plan& plan) {
    static thread_local std::vector<Sample> kept;
    const std::size_t begin_edge = static_cast<std::size_t>(run.indptr[begin]);
    const std::size_t end_edge = static_cast<std::size_t>(run.indptr[end]);
    if (kept.size() < end_edge - begin_edge) kept.resize(end_edge - begin_edge);
    Sample* const samples = kept.data();
    std::size_t n_samples = 0;
    std::array<std::uint32_t, kTurns> n_own{}, n_other{};
    plan.epoch_key = mix(epoch * kGolden + run.seed);
    const std::uint32_t odd = mix(epoch + run.seed) | 1U;
    const auto turn_of = [odd](std::uint32_t deal) {
        return static_cast<std::uint16_t>((((deal * odd) & 0xffffU) * static_cast<std::uint32_t>(kTurns)) >> 16);
    };
    std::size_t edge = begin_edge;
    for (std::size_t v = begin; v < end; ++v) {
        for (const std::size_t last = static_cast<std::size_t>(run.indptr[v + 1]); edge < last; ++edge) {
            // Which edges are sampled is a coin toss to the processor: write down all, and step on from those that are.
            // An edge is whenever epochs times rate passes a multiple of 2^32.
            const std::uint32_t rate = run.rate[edge];
            samples[n_samples].pull = {static_cast<std::int32_t>(v), static_cast<std::int32_t>(edge - begin_edge)};
            n_samples += static_cast<std::size_t>(rate * epoch + rate < rate);
        }
    }
    for (std::size_t s = 0; s < n_samples; ++s) {
        Sample& sample = samples[s];
        const std::size_t at = begin_edge + static_cast<std::size_t>(sample.pull.target);
        sample.pull.target = run.indices[at];
        sample.own = turn_of(run.deal[at] & 0xffffU);
        sample.other = turn_of(run.deal[at] >> 16);
        ++n_own[sample.own];
        ++n_other[sample.other];
    }
    std::array<std::uint32_t, kTurns> next_head, next_pull;
    for (std::size_t turn = 0; turn < kTurns; ++turn) {
        next_head[turn] = plan.head_start[turn];
        next_pull[turn] = plan.pull_start[turn];
        plan.head_start[turn + 1] = plan.head_start[turn] + n_own[turn];
        plan.pull_start[turn + 1] = plan.pull_start[turn] + n_own[turn] + (run.among_themselves ? n_other[turn] : 0);
    }
    plan.heads.resize(plan.head_start[kTurns]);
    plan.pulls.resize(plan.pull_start[kTurns]);
    std::int32_t* const heads = plan.heads.data();
    Pull* const pulls = plan.pulls.data();
    for (std::size_t s = 0; s < n_samples; ++s) {
        const Sample sample = samples[s];
        heads[next_head[sample.own]++] = sample.pull.vertex;
        pulls[next_pull[sample.own]++] = sample.pull;
        if (run.among_themselves) pulls[next_pull[sample.other]++] = sample.pull;
    }
}

struct Work {
    alignas(64) Vector8 difference[kLanes * 16];
    alignas(64) float squared[kLanes];
    alignas(64) float force[kLanes];
};

struct Push {
    alignas(64) float place[kMaxDimensions * kHeads];
    alignas(64) Vector8 moved[kMaxDimensions * kGroups];
    alignas(64) float squared[kTargets * kHeads];
    alignas(64) float force[kTargets * kHeads];
};

// Differences of pairs, `used` of them made up to a multiple of eight, and their squared lengths.
template <int W>
LEITMOTIF_INLINE void differences(Work& work, std::size_t used, std::size_t width, const float* const* from,
                                  const float* const* to) {
    const std::size_t w = W > 0 ? static_cast<std::size_t>(W) : width;
    for (std::size_t first = 0; first < used; first += 8) {
        Vector8 sum{};
        for (std::size_t k = 0; k < w; ++k) {
            Vector8 x[8];
            for (std::size_t i = 0; i < 8; ++i) {
                x[i] = load8(from[first + i] + 8 * k) - load8(to[first + i] + 8 * k);
                work.difference[(first + i) * w + k] = x[i];
            }
            transpose8(x);
            for (std::size_t i = 0; i < 8; ++i) sum += x[i] * x[i];
        }
        store8(work.squared + first, sum);
    }
}

template <int W>
LEITMOTIF_INLINE void apply(Work& work, std::size_t used, std::size_t width, float alpha, float* const* to) {
    const std::size_t w = W > 0 ? static_cast<std::size_t>(W) : width;
    for (std::size_t lane = 0; lane < used; ++lane) {
        for (std::size_t k = 0; k < w; ++k) {
            const Vector8 step = clip8(work.difference[lane * w + k] * spread8(work.force[lane]));
            store8(to[lane] + 8 * k, load8(to[lane] + 8 * k) + step * spread8(alpha));
        }
    }
}

// Rows of eight heads each become columns of `place`, and back.
LEITMOTIF_INLINE void to_columns(const float* const* row, std::size_t width, float* place) {
    for (std::size_t k = 0; k < width; ++k) {
        for (std::size_t g = 0; g < kGroups; ++g) {
            Vector8 x[8];
            for (std::size_t i = 0; i < 8; ++i) x[i] = load8(row[8 * g + i] + 8 * k);
            transpose8(x);
            for (std::size_t i = 0; i < 8; ++i) store8(place + (8 * k + i) * kHeads + 8 * g, x[i]);
        }
    }
}

// Pushes heads from random others. The heads of a chunk share their targets: each head still meets as many of all
// vertices, drawn alike, and sixteen of them are computed at once without looking up a row for each. Heads of one vertex go to
// different chunks, so that it meets different others.
template <int W>
LEITMOTIF_INLINE void push_heads(const Layout& run, const Plan& plan, std::size_t turn, float alpha, const float* now,
                                 const float* others, float* next, std::size_t begin) {
    const std::int32_t* heads = plan.heads.data() + plan.head_start[turn];
    const std::size_t n_heads = plan.head_start[turn + 1] - plan.head_start[turn];
    if (run.negatives <= 0 || n_heads == 0) return;
    const std::size_t d = run.d, w = W > 0 ? static_cast<std::size_t>(W) : run.width, stride = 8 * w;
    const std::size_t n_chunks = (n_heads + kHeads - 1) / kHeads;
    const float a = run.a, b = run.b, push = 2.0f * run.gamma * b;
    const std::uint64_t range = run.n_others;
    // New points get targets that depend on the turn alone: their places shall not depend on what else is placed.
    const std::uint32_t stream = mix(plan.epoch_key + static_cast<std::uint32_t>(turn)) ^
                                 (run.among_themselves ? mix(static_cast<std::uint32_t>(begin) + kGolden) : 0U);
    Push work;
    for (std::size_t chunk = 0; chunk < n_chunks; ++chunk) {
        const std::size_t used = (n_heads - chunk + n_chunks - 1) / n_chunks;
        const float* row[kHeads];
        for (std::size_t lane = 0; lane < kHeads; ++lane) {
            // Lanes left over repeat the first head; what they do is thrown away.
            row[lane] = now + static_cast<std::size_t>(heads[chunk + (lane < used ? lane : 0) * n_chunks]) * stride;
        }
        to_columns(row, w, work.place);
        std::fill_n(work.moved, 8 * w * kGroups, Vector8{});
        const std::uint32_t key = run.among_themselves ? mix(stream + static_cast<std::uint32_t>(chunk) * kGolden) : stream;
        for (int first = 0; first < run.negatives; first += kTargets) {
            const std::size_t n_targets = static_cast<std::size_t>(std::min(kTargets, run.negatives - first));
            const float* target[kTargets];
            for (std::size_t s = 0; s < n_targets; ++s) {
                const std::uint64_t drawn = mix(key ^ ((static_cast<std::uint32_t>(first) + static_cast<std::uint32_t>(s) + 1U) * 0x85ebca6bU));
                target[s] = others + ((drawn * range) >> 32) * stride;
                for (std::size_t g = 0; g < kGroups; ++g) {
                    Vector8 squared{};
                    for (std::size_t k = 0; k < d; ++k) {
                        const Vector8 x = load8(work.place + k * kHeads + 8 * g) - spread8(target[s][k]);
                        squared += x * x;
                    }
                    store8(work.squared + s * kHeads + 8 * g, squared);
                }
            }
            for (std::size_t lane = 0; lane < n_targets * kHeads; ++lane) {
                // A vertex that meets itself has a difference of 0 and does not move.
                const float q = work.squared[lane], p = power(q + 1e-30f, b);
                work.force[lane] = push / ((0.001f + q) * (1.0f + a * p));
            }
            for (std::size_t k = 0; k < d; ++k) {
                for (std::size_t g = 0; g < kGroups; ++g) {
                    const Vector8 place = load8(work.place + k * kHeads + 8 * g);
                    Vector8 sum = work.moved[k * kGroups + g];
                    for (std::size_t s = 0; s < n_targets; ++s) {
                        sum += clip8((place - spread8(target[s][k])) * load8(work.force + s * kHeads + 8 * g));
                    }
                    work.moved[k * kGroups + g] = sum;
                }
            }
        }
        for (std::size_t k = 0; k < w; ++k) {
            for (std::size_t g = 0; g < kGroups; ++g) {
                Vector8 x[8];
                for (std::size_t i = 0; i < 8; ++i) x[i] = work.moved[(8 * k + i) * kGroups + g] * spread8(alpha);
                transpose8(x);
                for (std::size_t i = 0; i < 8 && 8 * g + i < used; ++i) {
                    float* to = next + static_cast<std::size_t>(heads[chunk + (8 * g + i) * n_chunks]) * stride + 8 * k;
                    store8(to, load8(to) + x[i]);
                }
            }
        }
    }
}

// Moves the vertices [begin, end) for one turn: `next` = `now` + what the plan says.
template <int W>
LEITMOTIF_INLINE void turn_block(const Layout& run, const Plan& plan, std::size_t turn, float alpha, const float* now,
                                 const float* others, float* next, std::size_t begin, std::size_t end) {
    const std::size_t stride = 8 * (W > 0 ? static_cast<std::size_t>(W) : run.width);
    std::memcpy(next + begin * stride, now + begin * stride, (end - begin) * stride * sizeof(float));
    Work work;
    std::fill_n(work.squared, kLanes, 1.0f);
    const float* from[kLanes];
    const float* to[kLanes];
    float* moved[kLanes];
    const float a = run.a, b = run.b;
    const float pull = -2.0f * a * b;
    const Pull* pulls = plan.pulls.data() + plan.pull_start[turn];
    const std::size_t n_pulls = plan.pull_start[turn + 1] - plan.pull_start[turn];
    for (std::size_t first = 0; first < n_pulls; first += kLanes) {
        const std::size_t used = std::min(kLanes, n_pulls - first);
        for (std::size_t lane = 0; lane < used; ++lane) {
            const std::size_t v = static_cast<std::size_t>(pulls[first + lane].vertex);
            from[lane] = now + v * stride;
            moved[lane] = next + v * stride;
            to[lane] = others + static_cast<std::size_t>(pulls[first + lane].target) * stride;
        }
        for (std::size_t lane = used; lane % 8 != 0; ++lane) from[lane] = to[lane] = now;
        for (std::size_t at = first + kLanes; at < std::min(n_pulls, first + 2 * kLanes); ++at) {
            prefetch(others + static_cast<std::size_t>(pulls[at].target) * stride);
        }
        differences<W>(work, used, run.width, from, to);
        for (std::size_t lane = 0; lane < (used + 15) / 16 * 16; ++lane) {
            const float q = work.squared[lane] + 1e-30f, p = power(q, b);
            work.force[lane] = pull * p / (q * (1.0f + a * p));
        }
        apply<W>(work, used, run.width, alpha, moved);
    }
    push_heads<W>(run, plan, turn, alpha, now, others, next, begin);
}

LEITMOTIF_INLINE void turn_any(const Layout& run, const Plan& plan, std::size_t turn, float alpha, const float* now,
                               const float* others, float* next, std::size_t begin, std::size_t end) {
    if (run.width == 1) {
        turn_block<1>(run, plan, turn, alpha, now, others, next, begin, end);
    } else {
        turn_block<0>(run, plan, turn, alpha, now, others, next, begin, end);
    }
}

using Mover = void (*)(const Layout&, const Plan&, std::size_t, float, const float*, const float*, float*, std::size_t,
                       std::size_t);

void turn_plain(const Layout& run, const Plan& plan, std::size_t turn, float alpha, const float* now,
                const float* others, float* next, std::size_t begin, std::size_t end) {
    turn_any(run, plan, turn, alpha, now, others, next, begin, end);
}
#ifdef LEITMOTIF_X86
LEITMOTIF_AVX2 void turn_avx2(const Layout& run, const Plan& plan, std::size_t turn, float alpha, const float* now,
                              const float* others, float* next, std::size_t begin, std::size_t end) {
    turn_any(run, plan, turn, alpha, now, others, next, begin, end);
}
LEITMOTIF_AVX512 void turn_avx512(const Layout& run, const Plan& plan, std::size_t turn, float alpha,
                                  const float* now, const float* others, float* next, std::size_t begin,
                                  std::size_t end) {
    turn_any(run, plan, turn, alpha, now, others, next, begin, end);
}
#endif

Mover mover() {
#ifdef LEITMOTIF_X86
    if (has_avx512()) return turn_avx512;
    if (has_avx2()) return turn_avx2;
#endif
    return turn_plain;
}

// Coordinates in rows of a multiple of eight, zeros behind.
std::vector<float> padded(const float* y, std::size_t n, std::size_t d, std::size_t stride) {
    std::vector<float> out(n * stride, 0.0f);
    for (std::size_t i = 0; i < n; ++i) std::copy_n(y + i * d, d, out.data() + i * stride);
    return out;
}

// Moves `y` (n, d) through `n_epochs` epochs. `others` is empty for a layout of the vertices themselves; otherwise it is a
// finished layout that stays as it is, and edges point into it.
void optimize_layout(InOut2<float> y, In2<float> others, In1<std::int64_t> indptr, In1<std::int32_t> indices,
                     In1<std::uint32_t> rate, In1<std::uint32_t> key, std::size_t n_epochs, float learning_rate,
                     float a, float b, float gamma, int negatives, std::uint32_t seed, std::size_t n_threads,
                     nb::object progress) {
    Checkpoint checkpoint(progress);
    nb::gil_scoped_release release;
    Layout run;
    run.indptr = indptr.data();
    run.indices = indices.data();
    run.rate = rate.data();
    run.key = key.data();
    run.n = y.shape(0);
    run.d = y.shape(1);
    run.width = (run.d + 7) / 8;
    run.among_themselves = others.shape(0) == 0;
    run.n_others = run.among_themselves ? run.n : others.shape(0);
    run.seed = seed;
    run.a = a;
    run.b = b;
    run.gamma = gamma;
    run.negatives = negatives;
    const std::size_t n = run.n, d = run.d, stride = 8 * run.width;
    const std::size_t block_size = n < kFew ? kBlock / 2 : kBlock, n_blocks = (n + block_size - 1) / block_size;
    run.deal.resize(indices.shape(0));
    parallel_blocks(n_blocks, 1, n_threads, [&](std::size_t block, std::size_t, std::size_t) {
        for (std::size_t v = block * block_size; v < std::min(n, (block + 1) * block_size); ++v) {
            for (std::int64_t e = run.indptr[v]; e < run.indptr[v + 1]; ++e) {
                const std::uint32_t i = run.key[v];
                const std::uint32_t j = run.among_themselves ? run.key[run.indices[e]] : static_cast<std::uint32_t>(run.indices[e]);
                run.deal[static_cast<std::size_t>(e)] =
                    (mix(i * kGolden + mix(j)) & 0xffffU) | (mix(j * kGolden + mix(i)) << 16);
            }
        }
    });
    std::vector<float> now = padded(y.data(), n, d, stride), next(now.size());
    const std::vector<float> fixed =
        run.among_themselves ? std::vector<float>() : padded(others.data(), run.n_others, d, stride);
    const Mover move = mover();
    const std::size_t n_turns = n_epochs * kTurns;
    const auto take_step = [&](std::size_t step, std::size_t block, Plan& plan) {
        const std::size_t epoch = step / kTurns, turn = step % kTurns;
        const float left = 1.0f - static_cast<float>(epoch) / static_cast<float>(n_epochs);
        const float* stand = step % 2 == 0 ? now.data() : next.data();
        float* moved = step % 2 == 0 ? next.data() : now.data();
        const std::size_t begin = block * block_size, end = std::min(n, begin + block_size);
        if (turn == 0) plan_block(run, begin, end, static_cast<std::uint32_t>(epoch), plan);
        move(run, plan, turn, learning_rate * left, stand, run.among_themselves ? stand : fixed.data(), moved, begin, end);
    };
    if (run.among_themselves) {
        std::vector<Plan> plans(n_blocks);
        run_steps(
            n_turns, n_blocks, n_threads,
            [&](std::size_t step, std::size_t block) { take_step(step, block, plans[block]); },
            [&](std::size_t step) { checkpoint(static_cast<double>(step + 1) / static_cast<double>(n_turns)); });
    } else {
        // New points do not see each other: each block goes its whole way alone.
        for (std::size_t done = 0; done < n_blocks; done += kBlocksARound) {
            const std::size_t here = std::min(kBlocksARound, n_blocks - done);
            parallel_blocks(here, 1, n_threads, [&](std::size_t block, std::size_t, std::size_t) {
                Plan plan;
                for (std::size_t step = 0; step < n_turns; ++step) take_step(step, done + block, plan);
            });
            checkpoint(static_cast<double>(done + here) / static_cast<double>(n_blocks));
        }
    }
    const std::vector<float>& last = n_turns % 2 == 0 ? now : next;
    for (std::size_t i = 0; i < n; ++i) std::copy_n(last.data() + i * stride, d, y.data() + i * d);
}

}  // namespace
}  // namespace leitmotif

void bind_layout(nb::module_& module) {
    using namespace nb::literals;
    module.def("optimize_layout", &leitmotif::optimize_layout, "y"_a, "others"_a, "indptr"_a, "indices"_a, "rate"_a,
               "key"_a, "n_epochs"_a, "learning_rate"_a, "a"_a, "b"_a, "gamma"_a, "negatives"_a, "seed"_a,
               "n_threads"_a, "progress"_a.none(), "Moves y in place.");
}
