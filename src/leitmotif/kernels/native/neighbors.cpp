// Nearest neighbours by blocked inner products with the selection of the k best fused in.
//
// A pair of blocks is multiplied once and serves the rows of both. The k best of a row under the total order (key, index) do
// not depend on the order in which candidates come, so the bits are the same for any number of threads, any blocking and any
// vector width (products.hpp).
#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <limits>
#include <mutex>
#include <tuple>
#include <utility>
#include <vector>

#include "views.hpp"
#include "checkpoint.hpp"
#include "coarse.hpp"
#include "exact.hpp"
#include "parallel.hpp"
#include "products.hpp"

namespace leitmotif {
namespace {

// All pairs of one block of `left` with one of `right`. With `both`, the rows of the right side learn too;
// `same` says that the two tables are one and a row must not meet itself.
void block_pair(const Table& left, Best& left_best, std::size_t a, const Table& right, Best* right_best,
                std::size_t b, bool same) {
    alignas(64) float tile[kRows * kWide * kPanel];
    alignas(64) float never[kWide * kPanel];
    std::fill(std::begin(never), std::end(never), -FLT_MAX);
    const std::size_t stride = left.d * kPanel;
    const std::size_t right_end = right.block_panel[b + 1];
    for (std::size_t q = right.block_panel[b]; q < right_end; q += kWide) {
        const std::size_t n_panels = std::min(kWide, right_end - q);
        const std::size_t width = n_panels * kPanel;
        const DotKernel<InPanel> dots = kernels<InPanel>().dots[n_panels];
        for (std::size_t p = left.block_panel[a]; p < left.block_panel[a + 1]; ++p) {
            for (std::size_t sub = 0; sub < kPanel; sub += kRows) {
                const std::size_t row0 = p * kPanel + sub, column0 = q * kPanel;
                dots(InPanel{left.panel(p) + sub}, right.panel(q), stride, left.d, tile);
                const float* worst = right_best ? right_best->worst.data() + column0 : never;
                const unsigned news = kernels<InPanel>().keys(tile, left.half.data() + row0, right.half.data() + column0,
                                                              left_best.worst.data() + row0, worst, width);
                for (std::size_t r = 0; r < kRows; ++r) {
                    if (!(news >> r & 1U)) continue;
                    const std::int32_t i = left.id[row0 + r];
                    if (i < 0) continue;
                    for (std::size_t c = 0; c < width; ++c) {
                        const float key = tile[r * kWide * kPanel + c];
                        const bool to_left = key <= left_best.worst[row0 + r];
                        const bool to_right = right_best && key <= right_best->worst[column0 + c];
                        if (!(to_left || to_right)) continue;
                        const std::int32_t j = right.id[column0 + c];
                        if (j < 0 || (same && i == j)) continue;
                        if (to_left) left_best.offer(row0 + r, key, j);
                        if (to_right) right_best->offer(column0 + c, key, i);
                    }
                }
            }
        }
    }
}

void unpack(const Table& table, const Best& best, std::int32_t* ids, float* keys) {
    for (std::size_t slot = 0; slot < table.n_rows(); ++slot) {
        if (table.id[slot] < 0) continue;
        const std::size_t row = static_cast<std::size_t>(table.id[slot]);
        std::copy_n(best.id.data() + slot * best.k, best.k, ids + row * best.k);
        std::copy_n(best.key.data() + slot * best.k, best.k, keys + row * best.k);
        for (std::size_t j = 0; j < best.k; ++j) {
            if (keys[row * best.k + j] == FLT_MAX) {
                ids[row * best.k + j] = -1;
                keys[row * best.k + j] = std::numeric_limits<float>::infinity();
            }
        }
    }
}

#ifdef LEITMOTIF_X86
// All pairs of two blocks of rows, or of one block with itself, where `first` and `second` are the same.
LEITMOTIF_VNNI void coarse_pair(const CoarseTable& table, Candidates& candidates, std::size_t first, std::size_t first_end,
                                std::size_t second, std::size_t second_end) {
    alignas(64) float never[kWide * kPanel], least[kRows * kWide * kPanel];
    std::uint16_t news[kRows * kWide];
    std::fill(std::begin(never), std::end(never), -FLT_MAX);
    static constexpr decltype(&look_vnni<1>) looks[kWide + 1] = {nullptr, look_vnni<1>, look_vnni<2>, look_vnni<3>};
    const bool both = first != second;
    for (std::size_t column0 = second; column0 < second_end; column0 += kWide * kPanel) {
        const std::size_t wide = std::min(kWide, (second_end - column0 + kPanel - 1) / kPanel);
        for (std::size_t row0 = first; row0 < first_end; row0 += kRows) {
            looks[wide](table, row0, table, column0, candidates.worst() + row0, both ? candidates.worst() + column0 : never,
                        least, news);
            for (std::size_t r = 0; r < kRows; ++r) {
                const std::size_t row = row0 + r;
                for (std::size_t p = 0; p < wide; ++p) {
                    for (unsigned left = news[r * kWide + p]; left != 0; left &= left - 1) {
                        const std::size_t c = p * kPanel + static_cast<std::size_t>(__builtin_ctz(left)), column = column0 + c;
                        if (row == column) continue;
                        const float key = least[r * kWide * kPanel + c], doubt = 2.0f * (table.doubt[row] + table.doubt[column]);
                        candidates.offer(row, column, key, doubt);
                        if (both) candidates.offer(column, row, key, doubt);
                    }
                }
            }
        }
    }
}
#endif

// Calls `work(a, b)` for every two of the blocks, and for each with itself. A block belongs to one thread at a time. Which comes
// first changes nothing: the best do not depend on order.
template <typename Work>
void every_pair(std::size_t n_blocks, std::size_t n_threads, Checkpoint& checkpoint, Work&& work) {
    std::vector<std::mutex> busy(n_blocks);
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t round = 0; round < n_blocks; ++round) {
        pairs.clear();  // with the same (a + b) mod n_blocks: these share no block and can run side by side
        for (std::size_t a = 0; a < n_blocks; ++a) {
            const std::size_t b = (round + n_blocks - a) % n_blocks;
            if (a <= b) pairs.emplace_back(a, b);
        }
        parallel_blocks(pairs.size(), 1, n_threads, [&](std::size_t at, std::size_t, std::size_t) {
            const auto [a, b] = pairs[at];
            const std::unique_lock<std::mutex> first_lock(busy[a]);
            std::unique_lock<std::mutex> second_lock;
            if (a != b) second_lock = std::unique_lock<std::mutex>(busy[b]);
            work(a, b);
        });
        checkpoint(static_cast<double>(round + 1) / static_cast<double>(n_blocks));
    }
}

nb::object neighbor_pairs(In2<float> x, std::size_t k, std::size_t block, std::size_t n_threads, nb::object progress) {
    const std::size_t n = x.shape(0), d = x.shape(1), n_blocks = (n + block - 1) / block;
    std::vector<std::int32_t> ids(n * k, -1);
    std::vector<float> keys(n * k, std::numeric_limits<float>::infinity());
    {
        Checkpoint checkpoint(progress);
        nb::gil_scoped_release release;
        const auto end_of = [&](std::size_t b) { return std::min(n, (b + 1) * block); };
        CoarseTable coarse;
        if (has_coarse(d)) coarse = coarse_table(x.data(), n, d, n_threads);
        if (coarse.holds) {
#ifdef LEITMOTIF_X86
            Candidates candidates(x.data(), n, d, k, n_threads);
            every_pair(n_blocks, n_threads, checkpoint, [&](std::size_t a, std::size_t b) {
                coarse_pair(coarse, candidates, a * block, end_of(a), b * block, end_of(b));
            });
            parallel_blocks(n, 256, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
                std::vector<std::pair<float, std::int32_t>> nearest;
                for (std::size_t row = begin; row < end; ++row) {
                    const std::size_t found = candidates.settle(row, nearest);
                    for (std::size_t j = 0; j < found; ++j) std::tie(keys[row * k + j], ids[row * k + j]) = nearest[j];
                }
            });
#endif
        } else {
            std::vector<std::int64_t> start(n_blocks + 1, 0);
            for (std::size_t b = 0; b < n_blocks; ++b) start[b + 1] = static_cast<std::int64_t>(end_of(b));
            const Table table = pack(x.data(), d, nullptr, start.data(), n_blocks, n_threads);
            Best best(table.n_rows(), k);
            every_pair(n_blocks, n_threads, checkpoint, [&](std::size_t a, std::size_t b) {
                block_pair(table, best, a, table, a == b ? nullptr : &best, b, true);
            });
            unpack(table, best, ids.data(), keys.data());
        }
    }
    return nb::make_tuple(to_numpy(std::move(ids), {n, k}), to_numpy(std::move(keys), {n, k}));
}

nb::object neighbor_queries(In2<float> x, In2<float> queries, std::size_t k, std::size_t block,
                            std::size_t n_threads, nb::object progress) {
    const std::size_t n = x.shape(0), m = queries.shape(0), d = x.shape(1);
    std::vector<std::int32_t> ids(m * k);
    std::vector<float> keys(m * k);
    auto cut = [&](std::size_t rows, std::vector<std::int64_t>& order, std::vector<std::int64_t>& start) {
        order.resize(rows);
        for (std::size_t i = 0; i < rows; ++i) order[i] = static_cast<std::int64_t>(i);
        for (std::size_t i = 0; i < rows; i += block) start.push_back(static_cast<std::int64_t>(i));
        start.push_back(static_cast<std::int64_t>(rows));
    };
    {
        Checkpoint checkpoint(progress);
        nb::gil_scoped_release release;
        std::vector<std::int64_t> order, start;
        cut(n, order, start);
        const Table data = pack(x.data(), d, order.data(), start.data(), start.size() - 1, n_threads);
        std::vector<std::int64_t> asked_order, asked_start;
        cut(m, asked_order, asked_start);
        const std::size_t asked_blocks = asked_start.size() - 1;
        const Table asked = pack(queries.data(), d, asked_order.data(), asked_start.data(), asked_blocks, n_threads);
        Best best(asked.n_rows(), k);
        for (std::size_t b = 0; b + 1 < start.size(); ++b) {
            parallel_blocks(asked_blocks, 1, n_threads, [&](std::size_t a, std::size_t, std::size_t) {
                block_pair(asked, best, a, data, nullptr, b, false);
            });
            checkpoint(static_cast<double>(b + 1) / static_cast<double>(start.size() - 1));
        }
        unpack(asked, best, ids.data(), keys.data());
    }
    return nb::make_tuple(to_numpy(std::move(ids), {m, k}), to_numpy(std::move(keys), {m, k}));
}

// Distances of each row of `queries` to the rows of `x` in its list, computed without cancellation, each list
// sorted anew by (distance, index). Entries of -1 stay at the end.
void refine_neighbors(In2<float> x, In2<float> queries, InOut2<std::int32_t> ids, InOut2<float> distances,
                      bool euclidean, std::size_t n_threads) {
    const std::size_t m = ids.shape(0), k = ids.shape(1), d = x.shape(1);
    nb::gil_scoped_release release;
    const auto half_square = half_square_of_two();
    parallel_blocks(m, 256, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
        std::vector<std::pair<float, std::int32_t>> list(k);
        for (std::size_t i = begin; i < end; ++i) {
            for (std::size_t j = 0; j < k; ++j) {
                const std::int32_t other = ids.data()[i * k + j];
                if (other < 0) {
                    list[j] = {std::numeric_limits<float>::infinity(), std::numeric_limits<std::int32_t>::max()};
                    continue;
                }
                const double half =
                    half_square(queries.data() + i * d, x.data() + static_cast<std::size_t>(other) * d, d);
                list[j] = {static_cast<float>(euclidean ? std::sqrt(2.0 * half) : half), other};
            }
            std::sort(list.begin(), list.end());
            for (std::size_t j = 0; j < k; ++j) {
                const bool none = list[j].second == std::numeric_limits<std::int32_t>::max();
                ids.data()[i * k + j] = none ? -1 : list[j].second;
                distances.data()[i * k + j] = list[j].first;
            }
        }
    });
}

}  // namespace
}  // namespace leitmotif

void bind_neighbors(nb::module_& module) {
    using namespace nb::literals;
    module.def("neighbor_pairs", &leitmotif::neighbor_pairs, "x"_a, "k"_a, "block"_a, "n_threads"_a, "progress"_a.none(),
               "The k nearest other rows of each row, exact; Python is asked between rounds of blocks.");
    module.def("neighbor_queries", &leitmotif::neighbor_queries, "x"_a, "queries"_a, "k"_a, "block"_a, "n_threads"_a,
               "progress"_a.none(), "The k nearest rows of x for each query.");
    module.def("refine_neighbors", &leitmotif::refine_neighbors, "x"_a, "queries"_a, "ids"_a, "distances"_a,
               "euclidean"_a, "n_threads"_a, "Exact distances of listed neighbours, lists sorted anew, in place.");
}
