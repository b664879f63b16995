// The best terms of a topic in a part of the corpus, its weights averaged with those of the part before and of the whole.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "arrays.hpp"
#include "best.hpp"
#include "module.hpp"
#include "parallel.hpp"

namespace leitmotif {
namespace {

// Sparse rows, each divided by the sum of its absolute values.
struct Rows {
    const std::int64_t* indptr;
    const std::int32_t* indices;
    const double* data;

    double norm(std::size_t row) const {
        double sum = 0;
        for (std::int64_t k = indptr[row]; k < indptr[row + 1]; ++k) sum += std::abs(data[k]);
        return sum == 0 ? 1.0 : sum;
    }
    bool has(std::size_t row, std::int64_t column) const {
        return std::binary_search(indices + indptr[row], indices + indptr[row + 1], static_cast<std::int32_t>(column));
    }
};

Rows checked(const Vector<std::int64_t>& indptr, const Vector<std::int32_t>& indices, const Vector<double>& data,
             std::size_t n_columns) {
    if (indptr.size() == 0 || indptr.data()[0] != 0 || indices.size() != data.size() ||
        indptr.data()[indptr.size() - 1] != static_cast<std::int64_t>(indices.size()))
        throw nb::value_error("the arrays do not fit each other");
    for (std::size_t row = 0; row + 1 < indptr.size(); ++row)
        if (indptr.data()[row + 1] < indptr.data()[row]) throw nb::value_error("indptr must not fall");
    for (std::size_t i = 0; i < indices.size(); ++i)
        if (indices.data()[i] < 0 || static_cast<std::size_t>(indices.data()[i]) >= n_columns)
            throw nb::value_error("a column lies outside the matrix");
    return {indptr.data(), indices.data(), data.data()};
}

// Calls `visit(column, value)` for the terms of a cell, ascending: its own, or the mean with those of the cell before.
template <typename Visit>
void each_term(const Rows& cells, const std::vector<double>& norms, std::size_t cell, std::int64_t before, Visit&& visit) {
    std::int64_t k = cells.indptr[cell];
    const std::int64_t end = cells.indptr[cell + 1];
    if (before < 0) {
        for (; k < end; ++k) visit(cells.indices[k], cells.data[k] / norms[cell]);
        return;
    }
    const auto other = static_cast<std::size_t>(before);
    std::int64_t p = cells.indptr[other];
    const std::int64_t p_end = cells.indptr[other + 1];
    while (k < end || p < p_end) {
        const bool own = p == p_end || (k < end && cells.indices[k] <= cells.indices[p]);
        const bool theirs = k == end || (p < p_end && cells.indices[p] <= cells.indices[k]);
        const std::int32_t column = own ? cells.indices[k] : cells.indices[p];
        double value = 0;
        if (own) value += cells.data[k++] / norms[cell] / 2;
        if (theirs) value += cells.data[p++] / norms[other] / 2;
        visit(column, value);
    }
}

nb::tuple smoothed_terms(const Vector<std::int64_t>& indptr, const Vector<std::int32_t>& indices,
                         const Vector<double>& data, const Vector<std::int64_t>& before,
                         const Vector<std::int64_t>& whole_indptr, const Vector<std::int32_t>& whole_indices,
                         const Vector<double>& whole_data, const Vector<std::int64_t>& whole_rows,
                         std::size_t n_columns, std::size_t n, std::size_t n_threads) {
    const Rows cells = checked(indptr, indices, data, n_columns);
    const Rows whole = checked(whole_indptr, whole_indices, whole_data, n_columns);
    const std::size_t n_cells = indptr.size() - 1, n_whole = whole_indptr.size() - 1;
    if (n == 0 || before.size() != n_cells || whole_rows.size() != n_cells)
        throw nb::value_error("the arrays do not fit each other");
    for (std::size_t cell = 0; cell < n_cells; ++cell)
        if (before.data()[cell] >= static_cast<std::int64_t>(n_cells) || whole_rows.data()[cell] < -1 ||
            whole_rows.data()[cell] >= static_cast<std::int64_t>(n_whole))
            throw nb::value_error("a row lies outside the matrix");
    Buffer<std::int64_t> columns(n_cells * n);
    Buffer<double> weights(n_cells * n);
    {
        nb::gil_scoped_release unlocked;
        std::vector<double> norms(n_cells);
        for (std::size_t cell = 0; cell < n_cells; ++cell) norms[cell] = cells.norm(cell);
        std::vector<std::size_t> order(n_cells);  // cells of one topic after the other, so that its weights are spread out once
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return whole_rows.data()[a] < whole_rows.data()[b];
        });
        parallel_blocks(n_cells, 128, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            std::vector<double> spread(n_columns, 0.0), best_weights(n);
            std::vector<std::int64_t> best_columns(n);
            std::int64_t topic = -1;
            for (std::size_t i = begin; i < end; ++i) {
                const std::size_t cell = order[i];
                if (whole_rows.data()[cell] != topic) {
                    if (topic >= 0)
                        for (std::int64_t k = whole.indptr[topic]; k < whole.indptr[topic + 1]; ++k)
                            spread[static_cast<std::size_t>(whole.indices[k])] = 0.0;
                    topic = whole_rows.data()[cell];
                    const double norm = whole.norm(static_cast<std::size_t>(topic));
                    Best best(n, best_columns.data(), best_weights.data());
                    for (std::int64_t k = whole.indptr[topic]; k < whole.indptr[topic + 1]; ++k) {
                        const double value = whole.data[k] / norm;
                        spread[static_cast<std::size_t>(whole.indices[k])] = value;
                        best.offer(whole.indices[k], value);
                    }
                    best.pad();
                }
                Best best(n, columns.data() + cell * n, weights.data() + cell * n);
                const std::int64_t earlier = before.data()[cell];
                if (topic < 0)
                    each_term(cells, norms, cell, earlier, [&](std::int32_t column, double value) { best.offer(column, value); });
                else
                    each_term(cells, norms, cell, earlier, [&](std::int32_t column, double value) {
                        best.offer(column, (value + spread[static_cast<std::size_t>(column)]) / 2);
                    });
                // A term that the cell lacks can be among its best only as one of the best of the whole.
                for (std::size_t place = 0; topic >= 0 && place < n && best_columns[place] >= 0; ++place) {
                    const std::int64_t column = best_columns[place];
                    if (!cells.has(cell, column) && (earlier < 0 || !cells.has(static_cast<std::size_t>(earlier), column)))
                        best.offer(column, best_weights[place] / 2);
                }
                best.pad();
            }
        });
    }
    return nb::make_tuple(columns.release({n_cells, n}), weights.release({n_cells, n}));
}

}  // namespace
}  // namespace leitmotif

void bind_smoothing(nb::module_& module) {
    using namespace nb::literals;
    module.def("smoothed_terms", &leitmotif::smoothed_terms, "indptr"_a, "indices"_a, "data"_a, "before"_a,
               "whole_indptr"_a, "whole_indices"_a, "whole_data"_a, "whole_rows"_a, "n_columns"_a, "n"_a,
               "n_threads"_a = 0, "Columns and weights of the best terms of each cell.");
}
