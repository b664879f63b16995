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
#include <atomic>
#include <barrier>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "checkpoint.hpp"
#include "parallel.hpp"
#include "simd.hpp"
#include "views.hpp"

namespace leitmotif {
namespace {

constexpr std::size_t kLanes = 32;      // interactions whose forces are computed together
constexpr std::size_t kBlock = 256;     // vertices handed to a thread together
constexpr std::size_t kTurns = 16;     // of an epoch; with 4, some seeds break up the largest clusters
constexpr std::uint32_t kGolden = 0x9e3779b9U;

LEITMOTIF_INLINE std::uint32_t mix(std::uint32_t x) {
    x ^= x >> 16;
    x *= 0x7feb352dU;
    x ^= x >> 15;
    x *= 0x846ca68bU;
    x ^= x >> 16;
    return x;
}

// x^b for x > 0 to about 1e-6 relative, without branches: short series for log2 and exp2.
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

// What happens to one vertex in one turn: a pull along an edge, or (head) the pushes that come with it.
struct Pull {
    std::int32_t vertex, target;
};
struct Head {
    std::int32_t vertex;
    std::uint32_t key;
};
struct Plan {
    std::vector<Pull> pulls[kTurns];
    std::vector<Head> heads[kTurns];
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

void plan_block(const Layout& run, std::size_t begin, std::size_t end, std::uint32_t epoch, Plan& plan) {
    for (std::size_t turn = 0; turn < kTurns; ++turn) {
        plan.pulls[turn].clear();
        plan.heads[turn].clear();
    }
    const std::uint32_t odd = mix(epoch + run.seed) | 1U, epoch_key = mix(epoch * kGolden + run.seed);
    const std::uint32_t* rates = run.rate;
    std::vector<std::uint32_t> sampled;
    for (std::size_t v = begin; v < end; ++v) {
        const std::size_t first = static_cast<std::size_t>(run.indptr[v]);
        const std::size_t degree = static_cast<std::size_t>(run.indptr[v + 1]) - first;
        if (sampled.size() < degree) sampled.resize(degree);
        // Which edges are sampled is a coin toss to the processor: count without branches, then visit.
        std::size_t count = 0;
        for (std::size_t at = 0; at < degree; ++at) {
            const std::uint64_t rate = rates[first + at], now = rate * epoch;
            sampled[count] = static_cast<std::uint32_t>(at);
            count += static_cast<std::size_t>((now >> 32) != ((now + rate) >> 32));
        }
        const std::uint32_t key = mix(run.key[v] ^ epoch_key);
        for (std::size_t s = 0; s < count; ++s) {
            const std::uint32_t at = sampled[s], deal = run.deal[first + at];
            const Pull pull{static_cast<std::int32_t>(v), run.indices[first + at]};
            const std::size_t own = ((((deal & 0xffffU) * odd) & 0xffffU) * kTurns) >> 16;
            plan.pulls[own].push_back(pull);
            plan.heads[own].push_back({pull.vertex, key + at * kGolden});
            if (run.among_themselves) {
                plan.pulls[((((deal >> 16) * odd) & 0xffffU) * kTurns) >> 16].push_back(pull);
            }
        }
    }
}

struct Work {
    alignas(64) Vector8 difference[kLanes * 16];
    alignas(64) float squared[kLanes];
    alignas(64) float force[kLanes];
};

// Differences of up to 16 pairs and their squared lengths.
template <int W>
LEITMOTIF_INLINE void differences(Work& work, std::size_t used, std::size_t width, const float* const* from,
                                  const float* const* to) {
    const std::size_t w = W > 0 ? static_cast<std::size_t>(W) : width;
    for (std::size_t lane = 0; lane < used; ++lane) {
        Vector8 sum{};
        for (std::size_t k = 0; k < w; ++k) {
            const Vector8 x = load8(from[lane] + 8 * k) - load8(to[lane] + 8 * k);
            work.difference[lane * w + k] = x;
            sum += x * x;
        }
        work.squared[lane] = sum8(sum);
    }
    for (std::size_t lane = used; lane < kLanes; ++lane) work.squared[lane] = 1.0f;
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

// Moves the vertices [begin, end) for one turn: `next` = `now` + what the plan says.
template <int W>
LEITMOTIF_INLINE void turn_block(const Layout& run, const Plan& plan, std::size_t turn, float alpha, const float* now,
                                 const float* others, float* next, std::size_t begin, std::size_t end) {
    const std::size_t stride = 8 * run.width;
    std::memcpy(next + begin * stride, now + begin * stride, (end - begin) * stride * sizeof(float));
    Work work;
    const float* from[kLanes];
    const float* to[kLanes];
    float* moved[kLanes];
    const float a = run.a, b = run.b;
    const float pull = -2.0f * a * b, push = 2.0f * run.gamma * b;
    const std::vector<Pull>& pulls = plan.pulls[turn];
    for (std::size_t first = 0; first < pulls.size(); first += kLanes) {
        const std::size_t used = std::min(kLanes, pulls.size() - first);
        for (std::size_t lane = 0; lane < used; ++lane) {
            const std::size_t v = static_cast<std::size_t>(pulls[first + lane].vertex);
            from[lane] = now + v * stride;
            moved[lane] = next + v * stride;
            to[lane] = others + static_cast<std::size_t>(pulls[first + lane].target) * stride;
        }
        for (std::size_t at = first + kLanes; at < std::min(pulls.size(), first + 2 * kLanes); ++at) {
            prefetch(others + static_cast<std::size_t>(pulls[at].target) * stride);
        }
        differences<W>(work, used, run.width, from, to);
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const float q = work.squared[lane] + 1e-30f, p = power(q, b);
            work.force[lane] = pull * p / (q * (1.0f + a * p));
        }
        apply<W>(work, used, run.width, alpha, moved);
    }
    // Whole heads go together, so what a vertex adds up does not depend on where its chunk begins.
    const std::vector<Head>& heads = plan.heads[turn];
    if (run.negatives <= 0 || heads.empty()) return;
    const std::size_t per_head = std::min<std::size_t>(kLanes, static_cast<std::size_t>(run.negatives));
    const std::size_t per_chunk = kLanes / per_head;
    const std::size_t parts = (static_cast<std::size_t>(run.negatives) + per_head - 1) / per_head;
    const std::uint64_t range = run.n_others;
    const std::size_t n_chunks = (heads.size() + per_chunk - 1) / per_chunk * parts;
    auto draw = [&](std::size_t chunk, std::uint32_t* target) LEITMOTIF_INLINE_LAMBDA {
        const std::size_t first = chunk / parts * per_chunk, offset = chunk % parts * per_head;
        alignas(64) std::uint32_t key[kLanes] = {};
        std::size_t lane = 0;
        for (std::size_t h = first; h < std::min(heads.size(), first + per_chunk); ++h) {
            for (std::size_t s = 0; s < per_head; ++s, ++lane) {
                key[lane] = heads[h].key ^ (static_cast<std::uint32_t>(offset + s + 1) * 0x85ebca6bU);
            }
        }
        for (std::size_t l = 0; l < kLanes; ++l) {
            target[l] = static_cast<std::uint32_t>((mix(key[l]) * range) >> 32);
        }
        // The rows lie anywhere: ask for them a chunk ahead.
        for (std::size_t l = 0; l < lane; ++l) prefetch(others + target[l] * stride);
    };
    alignas(64) std::uint32_t targets[2][kLanes];
    draw(0, targets[0]);
    for (std::size_t chunk = 0; chunk < n_chunks; ++chunk) {
        if (chunk + 1 < n_chunks) draw(chunk + 1, targets[(chunk + 1) % 2]);
        const std::uint32_t* target = targets[chunk % 2];
        const std::size_t first = chunk / parts * per_chunk, offset = chunk % parts * per_head;
        const std::size_t n_heads = std::min(per_chunk, heads.size() - first);
        const std::size_t samples = std::min(per_head, static_cast<std::size_t>(run.negatives) - offset);
        std::size_t used = 0;
        for (std::size_t h = 0; h < n_heads; ++h) {
            const float* stand = now + static_cast<std::size_t>(heads[first + h].vertex) * stride;
            for (std::size_t s = 0; s < per_head; ++s, ++used) {
                from[used] = stand;
                to[used] = others + target[used] * stride;
            }
        }
        differences<W>(work, used, run.width, from, to);
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            // A vertex that meets itself has a difference of 0 and does not move.
            const float q = work.squared[lane], p = power(q + 1e-30f, b);
            work.force[lane] = push / ((0.001f + q) * (1.0f + a * p));
        }
        const std::size_t w = W > 0 ? static_cast<std::size_t>(W) : run.width;
        for (std::size_t h = 0; h < n_heads; ++h) {
            float* row = next + static_cast<std::size_t>(heads[first + h].vertex) * stride;
            for (std::size_t k = 0; k < w; ++k) {
                Vector8 step{};
                for (std::size_t s = 0; s < samples; ++s) {
                    const std::size_t lane = h * per_head + s;
                    step += clip8(work.difference[lane * w + k] * spread8(work.force[lane]));
                }
                store8(row + 8 * k, load8(row + 8 * k) + step * spread8(alpha));
            }
        }
    }
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
    const std::size_t n_blocks = (n + kBlock - 1) / kBlock;
    run.deal.resize(indices.shape(0));
    parallel_blocks(n_blocks, 1, n_threads, [&](std::size_t block, std::size_t, std::size_t) {
        for (std::size_t v = block * kBlock; v < std::min(n, (block + 1) * kBlock); ++v) {
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
    std::vector<Plan> plans(n_blocks);
    const Mover move = mover();
    // Threads meet after every turn; for few vertices each, on a busy machine, the waiting would cost more than the work.
    const std::size_t threads = std::min(resolve_threads(n_threads), std::max<std::size_t>(1, n_blocks / 10));
    const std::size_t n_turns = n_epochs * kTurns;
    std::vector<std::atomic<std::size_t>> counter(n_turns);
    std::barrier<> gate(static_cast<std::ptrdiff_t>(threads));
    std::atomic<bool> stop{false};
    std::exception_ptr error;
    // Thread 0 is the caller's: it alone talks to Python.
    auto loop = [&](std::size_t thread) {
        for (std::size_t step = 0; step < n_turns; ++step) {
            const std::size_t epoch = step / kTurns, turn = step % kTurns;
            const float left = 1.0f - static_cast<float>(epoch) / static_cast<float>(n_epochs);
            const float* stand = step % 2 == 0 ? now.data() : next.data();
            float* moved = step % 2 == 0 ? next.data() : now.data();
            try {
                for (std::size_t block = counter[step]++; block < n_blocks; block = counter[step]++) {
                    const std::size_t begin = block * kBlock, end = std::min(n, begin + kBlock);
                    if (turn == 0) plan_block(run, begin, end, static_cast<std::uint32_t>(epoch), plans[block]);
                    move(run, plans[block], turn, learning_rate * left, stand,
                         run.among_themselves ? stand : fixed.data(), moved, begin, end);
                }
                if (thread == 0 && turn + 1 == kTurns) {
                    checkpoint(static_cast<double>(epoch + 1) / static_cast<double>(n_epochs));
                }
            } catch (...) {
                if (!stop.exchange(true)) error = std::current_exception();
            }
            gate.arrive_and_wait();
            if (stop) return;
        }
    };
    std::vector<std::thread> crew;
    for (std::size_t thread = 1; thread < threads; ++thread) crew.emplace_back(loop, thread);
    loop(0);
    for (std::thread& thread : crew) thread.join();
    if (error) std::rethrow_exception(error);
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
