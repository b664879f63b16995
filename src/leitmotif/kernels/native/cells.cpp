// Nearest rows among those of some cells: each query names the cells it looks into.
//
// A cell is packed once for some hundreds of queries that probe it, which are read where they lie. Queries keep their best over
// all cells they look into; these do not depend on the order in which cells come, so threads need only take turns at a row.
#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>
#include <vector>

#include "checkpoint.hpp"
#include "parallel.hpp"
#include "products.hpp"
#include "views.hpp"

namespace leitmotif {
namespace {

constexpr std::size_t kTile = 64;         // queries that meet a cell together: with the cell they fit a second-level cache
constexpr std::size_t kProbers = 2048;    // queries for which a cell is packed once
constexpr std::size_t kEarly = 2;         // probes that come before all others
constexpr std::size_t kTasksARound = 32;   // between two looks at Ctrl-C

struct Task {
    std::size_t cell, begin, end;  // some of the queries that probe a cell
};

// The queries of a tile against a cell; what is better than `best` knows goes into `found`, whose rows are those of the tile.
void tile_with_cell(const float* queries, const float* half, const std::int32_t* rows, std::size_t n_rows,
                    const Table& cell, bool same, Best& found) {
    alignas(64) float products[kRows * kWide * kPanel];
    alignas(64) float never[kWide * kPanel];
    std::fill(std::begin(never), std::end(never), -FLT_MAX);
    const std::size_t stride = cell.d * kPanel, n_panels = cell.block_panel[1];
    for (std::size_t q = 0; q < n_panels; q += kWide) {
        const std::size_t wide = std::min(kWide, n_panels - q), width = wide * kPanel;
        const DotKernel<Scattered> dots = kernels<Scattered>().dots[wide];
        for (std::size_t first = 0; first < n_rows; first += kRows) {
            const std::size_t n_here = std::min(kRows, n_rows - first);
            Scattered left;
            float left_half[kRows];
            for (std::size_t r = 0; r < kRows; ++r) {
                const std::size_t row = static_cast<std::size_t>(rows[first + std::min(r, n_here - 1)]);
                left.row[r] = queries + row * cell.d;
                left_half[r] = r < n_here ? half[row] : std::numeric_limits<float>::infinity();
            }
            dots(left, cell.panel(q), stride, cell.d, products);
            const unsigned news = kernels<Scattered>().keys(products, left_half, cell.half.data() + q * kPanel,
                                                            found.worst.data() + first, never, width);
            for (std::size_t r = 0; r < n_here; ++r) {
                if (!(news >> r & 1U)) continue;
                for (std::size_t c = 0; c < width; ++c) {
                    const float key = products[r * kWide * kPanel + c];
                    if (!(key <= found.worst[first + r])) continue;
                    const std::int32_t who = cell.id[q * kPanel + c];
                    if (who >= 0 && !(same && who == rows[first + r])) found.offer(first + r, key, who);
                }
            }
        }
    }
}

nb::object search_cells(In2<float> x, In2<float> queries, In1<std::int64_t> order, In1<std::int64_t> cell_start,
                        In2<std::int32_t> probes, std::size_t k, bool same, std::size_t n_threads, nb::object progress) {
    const std::size_t m = queries.shape(0), d = x.shape(1), n_cells = cell_start.shape(0) - 1, p = probes.shape(1);
    Best best(m, k);
    {
        Checkpoint checkpoint(progress);
        nb::gil_scoped_release release;
        const std::vector<float> half = half_squares(queries.data(), m, d, n_threads);
        // The queries of each cell, in order; first all with the cells that they name first, which are the nearest: after these
        // a row takes little of what it meets.
        const auto place = [&](std::size_t i) {
            const std::size_t late = i % p < kEarly ? 0 : n_cells;
            return static_cast<std::size_t>(probes.data()[i]) + late;
        };
        std::vector<std::size_t> first(2 * n_cells + 1, 0);
        for (std::size_t i = 0; i < m * p; ++i) {
            if (probes.data()[i] >= 0) ++first[place(i) + 1];
        }
        for (std::size_t c = 0; c < 2 * n_cells; ++c) first[c + 1] += first[c];
        std::vector<std::int32_t> prober(first.back());
        std::vector<std::size_t> next(first.begin(), first.end() - 1);
        for (std::size_t i = 0; i < m * p; ++i) {
            if (probes.data()[i] >= 0) prober[next[place(i)]++] = static_cast<std::int32_t>(i / p);
        }
        std::vector<Task> tasks;
        for (std::size_t c = 0; c < 2 * n_cells; ++c) {
            const std::size_t cell = c % n_cells;
            if (cell_start.data()[cell] == cell_start.data()[cell + 1]) continue;
            for (std::size_t begin = first[c]; begin < first[c + 1]; begin += kProbers) {
                tasks.push_back({cell, begin, std::min(first[c + 1], begin + kProbers)});
            }
        }
        std::vector<std::mutex> busy(4096);
        const auto lock_of = [&](std::size_t row) { return std::unique_lock<std::mutex>(busy[row % busy.size()]); };
        for (std::size_t done = 0; done < tasks.size(); done += kTasksARound) {
            const std::size_t n_tasks = std::min(kTasksARound, tasks.size() - done);
            parallel_blocks(n_tasks, 1, n_threads, [&](std::size_t t, std::size_t, std::size_t) {
                const Task& task = tasks[done + t];
                const Table cell = pack(x.data(), d, order.data(), cell_start.data() + task.cell, 1, 1);
                Best found(kTile, k);
                for (std::size_t begin = task.begin; begin < task.end; begin += kTile) {
                    const std::int32_t* rows = prober.data() + begin;
                    const std::size_t n_rows = std::min(kTile, task.end - begin);
                    found.forget();
                    for (std::size_t r = 0; r < n_rows; ++r) {
                        const std::size_t row = static_cast<std::size_t>(rows[r]);
                        const auto lock = lock_of(row);
                        found.admit(r, best.worst[row]);
                    }
                    tile_with_cell(queries.data(), half.data(), rows, n_rows, cell, same, found);
                    for (std::size_t r = 0; r < n_rows; ++r) {
                        if (found.id[r * k] == kNobody) continue;
                        const std::size_t row = static_cast<std::size_t>(rows[r]);
                        const auto lock = lock_of(row);
                        for (std::size_t j = 0; j < k && found.id[r * k + j] != kNobody; ++j) {
                            best.offer(row, found.key[r * k + j], found.id[r * k + j]);
                        }
                    }
                }
            });
            checkpoint(static_cast<double>(done + n_tasks) / static_cast<double>(tasks.size()));
        }
        best.mark_missing();
    }
    return nb::make_tuple(to_numpy(std::move(best.id), {m, k}), to_numpy(std::move(best.key), {m, k}));
}

}  // namespace
}  // namespace leitmotif

void bind_cells(nb::module_& module) {
    using namespace nb::literals;
    module.def("search_cells", &leitmotif::search_cells, "x"_a, "queries"_a, "order"_a, "cell_start"_a, "probes"_a, "k"_a,
               "same"_a, "n_threads"_a, "progress"_a.none(),
               "The k nearest rows of x for each query among the cells that it probes (-1: none).");
}
