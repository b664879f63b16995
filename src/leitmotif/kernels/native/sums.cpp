// Sums of sparse rows by group, products of sparse rows, and the best terms of sums along a merge tree.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "best.hpp"
#include "module.hpp"
#include "parallel.hpp"
#include "simd.hpp"

namespace leitmotif {
namespace {

// Sums of one group by column, and which columns have one. Kept between groups; clearing costs what was touched.
template <typename Sum>
class Row {
public:
    explicit Row(std::size_t n_columns) : sums_(n_columns), marks_((n_columns + 63) / 64) {}

    // How many entries will be added at most: of few, the columns are noted; of many, the marks are walked through.
    void begin(std::size_t entries) { few_ = entries * 8 < marks_.size(); }

    void add(std::size_t column, Sum value) {
        std::uint64_t& mark = marks_[column / 64];
        const std::uint64_t bit = std::uint64_t{1} << (column % 64);
        if (few_ && !(mark & bit)) touched_.push_back(static_cast<std::int32_t>(column));
        mark |= bit;
        sums_[column] += value;
    }
    // Appends what was added, by ascending column, and is empty again.
    void take(std::vector<std::int32_t>& columns, std::vector<Sum>& values) {
        const std::size_t start = columns.size();
        if (few_) {
            std::sort(touched_.begin(), touched_.end());
            columns.insert(columns.end(), touched_.begin(), touched_.end());
            touched_.clear();
        } else {
            for (std::size_t word = 0; word < marks_.size(); ++word)
                for (std::uint64_t mark = marks_[word]; mark; mark &= mark - 1)
                    columns.push_back(static_cast<std::int32_t>(word * 64 + lowest(mark)));
        }
        values.resize(columns.size());
        for (std::size_t i = start; i < columns.size(); ++i) {
            const auto column = static_cast<std::size_t>(columns[i]);
            values[i] = sums_[column];
            sums_[column] = 0;
            marks_[column / 64] = 0;
        }
    }

private:
    static std::size_t lowest(std::uint64_t mark) {
#if defined(__GNUC__) || defined(__clang__)
        return static_cast<std::size_t>(__builtin_ctzll(mark));
#else
        std::size_t place = 0;
        while (!(mark >> place & 1)) ++place;
        return place;
#endif
    }
    bool few_ = true;
    std::vector<Sum> sums_;  // zero where there is no mark
    std::vector<std::uint64_t> marks_;
    std::vector<std::int32_t> touched_;
};

template <typename Value, typename Sum>
nb::tuple group_sums(const Vector<std::int64_t>& indptr, const Vector<std::int32_t>& indices,
                     const Vector<Value>& data, const Vector<std::int64_t>& order,
                     const Vector<std::int64_t>& starts, std::size_t n_columns, std::size_t n_threads) {
    const std::size_t n_groups = starts.size() == 0 ? 0 : starts.size() - 1;
    const auto n_rows = static_cast<std::int64_t>(indptr.size()) - 1;
    if (starts.size() == 0 || indptr.size() == 0 || indptr.data()[0] != 0 || indices.size() != data.size() ||
        indptr.data()[n_rows] != static_cast<std::int64_t>(indices.size()) || starts.data()[0] != 0 ||
        starts.data()[n_groups] != static_cast<std::int64_t>(order.size()) ||
        n_columns > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
        throw nb::value_error("the arrays do not fit each other");
    for (std::int64_t row = 0; row < n_rows; ++row)
        if (indptr.data()[row + 1] < indptr.data()[row]) throw nb::value_error("indptr must not fall");
    for (std::size_t i = 0; i < order.size(); ++i)
        if (order.data()[i] < 0 || order.data()[i] >= n_rows) throw nb::value_error("a row lies outside the matrix");
    for (std::size_t group = 0; group < n_groups; ++group)
        if (starts.data()[group + 1] < starts.data()[group]) throw nb::value_error("starts must not fall");

    // Blocks of groups with about as many entries each, so that one block keeps its memory for the next group.
    const std::size_t n_blocks = std::min<std::size_t>(n_groups, 4 * resolve_threads(n_threads));
    struct Block {
        std::vector<std::int64_t> sizes;
        std::vector<std::int32_t> columns;
        std::vector<Sum> values;
    };
    std::vector<Block> blocks(n_blocks);
    std::vector<std::size_t> first(n_blocks + 1, n_groups);
    Buffer<std::int64_t> ends(n_groups + 1);
    Buffer<std::int32_t> columns;
    Buffer<Sum> values;
    std::size_t total = 0;
    {
        nb::gil_scoped_release unlocked;
        std::vector<std::int64_t> weight(n_groups + 1, 0);
        for (std::size_t group = 0; group < n_groups; ++group) {
            std::int64_t entries = 1;
            for (std::int64_t i = starts.data()[group]; i < starts.data()[group + 1]; ++i)
                entries += indptr.data()[order.data()[i] + 1] - indptr.data()[order.data()[i]];
            weight[group + 1] = weight[group] + entries;
        }
        for (std::size_t block = 0; block < n_blocks; ++block)
            first[block] = static_cast<std::size_t>(
                std::lower_bound(weight.begin(), weight.end(),
                                 weight[n_groups] / static_cast<std::int64_t>(n_blocks) * static_cast<std::int64_t>(block)) -
                weight.begin());
        parallel_blocks(n_blocks, 1, n_threads, [&](std::size_t block, std::size_t, std::size_t) {
            if (first[block] >= first[block + 1]) return;
            Row<Sum> row(n_columns);
            Block& out = blocks[block];
            for (std::size_t group = first[block]; group < first[block + 1]; ++group) {
                row.begin(static_cast<std::size_t>(weight[group + 1] - weight[group]));
                for (std::int64_t i = starts.data()[group]; i < starts.data()[group + 1]; ++i) {
                    const std::int64_t r = order.data()[i];
                    for (std::int64_t k = indptr.data()[r]; k < indptr.data()[r + 1]; ++k) {
                        const std::int32_t column = indices.data()[k];
                        if (column < 0 || static_cast<std::size_t>(column) >= n_columns)
                            throw nb::value_error("a column lies outside the matrix");
                        row.add(static_cast<std::size_t>(column), static_cast<Sum>(data.data()[k]));
                    }
                }
                const std::size_t before = out.columns.size();
                row.take(out.columns, out.values);
                out.sizes.push_back(static_cast<std::int64_t>(out.columns.size() - before));
            }
        });
        for (const Block& block : blocks) total += block.columns.size();
        columns = Buffer<std::int32_t>(total);
        values = Buffer<Sum>(total);
        std::size_t at = 0, group = 0;
        ends[0] = 0;
        for (Block& block : blocks) {
            std::copy(block.columns.begin(), block.columns.end(), columns.data() + at);
            std::copy(block.values.begin(), block.values.end(), values.data() + at);
            at += block.columns.size();
            for (const std::int64_t size : block.sizes) {
                ends[group + 1] = ends[group] + size;
                ++group;
            }
            block = Block{};
        }
    }
    return nb::make_tuple(ends.release(), columns.release({total}), values.release({total}));
}

// row[j] += value * column[j] for j in [begin, end).
LEITMOTIF_INLINE void add_any(double value, const double* column, double* row, std::size_t begin, std::size_t end) {
    for (std::size_t j = begin; j < end; ++j) row[j] += value * column[j];
}

using Add = void (*)(double, const double*, double*, std::size_t, std::size_t);

void add_plain(double value, const double* column, double* row, std::size_t begin, std::size_t end) {
    add_any(value, column, row, begin, end);
}
#ifdef LEITMOTIF_X86
LEITMOTIF_AVX2 void add_avx2(double value, const double* column, double* row, std::size_t begin, std::size_t end) {
    add_any(value, column, row, begin, end);
}
LEITMOTIF_AVX512 void add_avx512(double value, const double* column, double* row, std::size_t begin, std::size_t end) {
    add_any(value, column, row, begin, end);
}
#endif

Add adder() {
#ifdef LEITMOTIF_X86
    if (has_avx512()) return add_avx512;
    if (has_avx2()) return add_avx2;
#endif
    return add_plain;
}

constexpr std::size_t kDenseShare = 8;  // a column that more than one row in so many has is added as a dense one

// Products of each pair of different rows: (n, n), symmetrical, zero on the diagonal. Column by column: the sums have the same
// bits on every machine, and memory is a column-wise copy of the rows.
nb::object pair_products(const Vector<std::int64_t>& indptr, const Vector<std::int32_t>& indices,
                         const Vector<double>& data, std::size_t n_columns) {
    const std::size_t n = indptr.size() == 0 ? 0 : indptr.size() - 1;
    if (indptr.size() == 0 || indptr.data()[0] != 0 || indices.size() != data.size() ||
        indptr.data()[n] != static_cast<std::int64_t>(indices.size()))
        throw nb::value_error("the arrays do not fit each other");
    for (std::size_t row = 0; row < n; ++row)
        if (indptr.data()[row + 1] < indptr.data()[row]) throw nb::value_error("indptr must not fall");
    for (std::size_t i = 0; i < indices.size(); ++i)
        if (indices.data()[i] < 0 || static_cast<std::size_t>(indices.data()[i]) >= n_columns)
            throw nb::value_error("a column lies outside the matrix");
    Buffer<double> products(n * n);
    {
        nb::gil_scoped_release unlocked;
        std::fill_n(products.data(), n * n, 0.0);
        std::vector<std::size_t> begin(n_columns + 1, 0);
        for (std::size_t i = 0; i < indices.size(); ++i) ++begin[static_cast<std::size_t>(indices.data()[i]) + 1];
        for (std::size_t column = 0; column < n_columns; ++column) begin[column + 1] += begin[column];
        Buffer<std::int32_t> rows(indices.size());
        Buffer<double> values(indices.size());
        std::vector<std::size_t> next(begin.begin(), begin.end() - 1);
        for (std::size_t row = 0; row < n; ++row)
            for (std::int64_t k = indptr.data()[row]; k < indptr.data()[row + 1]; ++k) {
                const std::size_t at = next[static_cast<std::size_t>(indices.data()[k])]++;
                rows[at] = static_cast<std::int32_t>(row);
                values[at] = data.data()[k];
            }
        const Add add = adder();
        std::vector<double> whole(n, 0.0);
        for (std::size_t column = 0; column < n_columns; ++column) {
            const std::size_t first = begin[column], last = begin[column + 1];
            if ((last - first) * kDenseShare > n) {
                for (std::size_t i = first; i < last; ++i) whole[static_cast<std::size_t>(rows[i])] += values[i];
                const std::size_t end = static_cast<std::size_t>(rows[last - 1]) + 1;
                for (std::size_t i = first; i < last; ++i) {
                    const auto row = static_cast<std::size_t>(rows[i]);
                    add(values[i], whole.data(), products.data() + row * n, row + 1, end);
                }
                for (std::size_t i = first; i < last; ++i) whole[static_cast<std::size_t>(rows[i])] = 0.0;
            } else {
                for (std::size_t i = first; i < last; ++i)
                    for (std::size_t j = i + 1; j < last; ++j)
                        products[static_cast<std::size_t>(rows[i]) * n + static_cast<std::size_t>(rows[j])] += values[i] * values[j];
            }
        }
        for (std::size_t i = 0; i < n; ++i) {
            products[i * n + i] = 0.0;  // where a row names a column twice
            for (std::size_t j = 0; j < i; ++j) products[i * n + j] = products[j * n + i];
        }
    }
    return products.release({n, n});
}

struct Entry {
    std::int32_t column;
    double count;
};

// The terms of a topic or a merge, by ascending column. Memory is not cleared before it is written to.
struct Node {
    std::unique_ptr<Entry[]> entries;
    std::size_t size = 0, room = 0;

    const Entry* begin() const { return entries.get(); }
    const Entry* end() const { return entries.get() + size; }
};

// Memory of nodes that have become part of others, for those to come: fresh pages cost more than a merge.
class Spares {
public:
    Node take(std::size_t room) {
        {
            std::lock_guard<std::mutex> lock(mutex_);
            for (std::size_t i = spare_.size(); i-- > 0;) {
                if (spare_[i].room < room) continue;
                std::swap(spare_[i], spare_.back());
                Node found = std::move(spare_.back());
                spare_.pop_back();
                return found;
            }
        }
        room += room / 2;
        return {std::unique_ptr<Entry[]>(new Entry[room]), 0, room};
    }
    void give(Node& node) {
        node.size = 0;
        std::lock_guard<std::mutex> lock(mutex_);
        spare_.push_back(std::move(node));
    }

private:
    std::vector<Node> spare_;
    std::mutex mutex_;
};

void merge(const Node& a, const Node& b, Node& out) {
    const Entry *left = a.begin(), *const left_end = a.end(), *right = b.begin(), *const right_end = b.end();
    Entry* to = out.entries.get();
    while (left != left_end && right != right_end) {
        const std::int32_t l = left->column, r = right->column;
        to->column = std::min(l, r);
        to->count = (l <= r ? left->count : 0.0) + (r <= l ? right->count : 0.0);
        left += l <= r;
        right += r <= l;
        ++to;
    }
    to = std::copy(left, left_end, to);
    to = std::copy(right, right_end, to);
    out.size = static_cast<std::size_t>(to - out.entries.get());
}

// The `n` best terms of a node by count / total · idf (or the root of the first part), best first, ties by column.
void best_terms(const Node& node, const double* idf, bool root, std::size_t n, std::int64_t* columns, double* weights) {
    double total = 0;
    for (const Entry& entry : node) total += std::abs(entry.count);
    if (total == 0) total = 1;
    Best best(n, columns, weights);
    for (const Entry& entry : node) {
        const double inverse = idf[entry.column];
        // Most terms are far below the best: a product tells, and the division is left out.
        const double bar = best.bar() * 0.999999;
        if (root ? entry.count * inverse * inverse <= bar * bar * total : entry.count * inverse <= bar * total) continue;
        const double share = entry.count / total;
        best.offer(entry.column, (root ? std::sqrt(share) : share) * inverse);
    }
    best.pad();
}

nb::tuple tree_top_terms(const Vector<std::int64_t>& indptr, const Vector<std::int32_t>& indices,
                         const Vector<double>& counts, const Vector<double>& idf,
                         const Matrix<std::int64_t>& children, std::size_t n, bool root, std::size_t n_threads) {
    const std::size_t n_leaves = indptr.size() == 0 ? 0 : indptr.size() - 1, n_merges = children.shape(0);
    if (n_leaves == 0 || n_merges + 1 != n_leaves || children.shape(1) != 2 || n == 0 || indptr.data()[0] != 0 ||
        indices.size() != counts.size() || indptr.data()[n_leaves] != static_cast<std::int64_t>(indices.size()))
        throw nb::value_error("the arrays do not fit each other");
    std::vector<char> used(n_leaves + n_merges, 0);
    for (std::size_t i = 0; i < 2 * n_merges; ++i) {
        const std::int64_t child = children.data()[i];
        if (child < 0 || child >= static_cast<std::int64_t>(n_leaves + i / 2) || used[static_cast<std::size_t>(child)]++)
            throw nb::value_error("a node must be made of two earlier ones that are part of no other");
    }
    for (std::size_t i = 0; i < indices.size(); ++i)
        if (indices.data()[i] < 0 || static_cast<std::size_t>(indices.data()[i]) >= idf.size())
            throw nb::value_error("a column lies outside the matrix");
    for (std::size_t leaf = 0; leaf < n_leaves; ++leaf)
        if (indptr.data()[leaf + 1] < indptr.data()[leaf]) throw nb::value_error("indptr must not fall");
    Buffer<std::int64_t> columns(n_merges * n);
    Buffer<double> weights(n_merges * n);
    {
        nb::gil_scoped_release unlocked;
        std::vector<Node> nodes(n_leaves + n_merges);
        Spares spares;
        parallel_blocks(n_leaves, 8, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            for (std::size_t leaf = begin; leaf < end; ++leaf) {
                const std::int64_t first = indptr.data()[leaf];
                Node& node = nodes[leaf];
                node.size = node.room = static_cast<std::size_t>(indptr.data()[leaf + 1] - first);
                node.entries.reset(new Entry[node.size]);
                for (std::size_t k = 0; k < node.size; ++k)
                    node.entries[k] = {indices.data()[first + static_cast<std::int64_t>(k)],
                                       counts.data()[first + static_cast<std::int64_t>(k)]};
            }
        });
        // Merges whose children are there are made side by side, a generation after the other.
        std::vector<std::size_t> generation(n_leaves + n_merges, 0);
        std::vector<std::vector<std::size_t>> generations;
        for (std::size_t m = 0; m < n_merges; ++m) {
            const auto left = static_cast<std::size_t>(children.data()[2 * m]);
            const auto right = static_cast<std::size_t>(children.data()[2 * m + 1]);
            const std::size_t own = std::max(generation[left], generation[right]) + 1;
            generation[n_leaves + m] = own;
            if (generations.size() < own) generations.resize(own);
            generations[own - 1].push_back(m);
        }
        for (const auto& merges : generations)
            parallel_blocks(merges.size(), 4, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
                for (std::size_t i = begin; i < end; ++i) {
                    const std::size_t m = merges[i];
                    Node& left = nodes[static_cast<std::size_t>(children.data()[2 * m])];
                    Node& right = nodes[static_cast<std::size_t>(children.data()[2 * m + 1])];
                    Node& node = nodes[n_leaves + m];
                    node = spares.take(left.size + right.size);
                    merge(left, right, node);
                    spares.give(left);
                    spares.give(right);
                    best_terms(node, idf.data(), root, n, columns.data() + m * n, weights.data() + m * n);
                }
            });
    }
    return nb::make_tuple(columns.release({n_merges, n}), weights.release({n_merges, n}));
}

}  // namespace
}  // namespace leitmotif

void bind_sums(nb::module_& module) {
    using namespace nb::literals;
    const auto sums = [&module](auto function) {
        module.def("group_sums", function, "indptr"_a, "indices"_a, "data"_a, "order"_a, "starts"_a, "n_columns"_a,
                   "n_threads"_a = 0, "Sums of sparse rows by group: indptr, indices (ascending) and data.");
    };
    sums(&leitmotif::group_sums<std::int32_t, std::int64_t>);
    sums(&leitmotif::group_sums<std::int64_t, std::int64_t>);
    sums(&leitmotif::group_sums<double, double>);
    module.def("pair_products", &leitmotif::pair_products, "indptr"_a, "indices"_a, "data"_a, "n_columns"_a,
               "Products of each pair of different sparse rows.");
    module.def("tree_top_terms", &leitmotif::tree_top_terms, "indptr"_a, "indices"_a, "counts"_a, "idf"_a,
               "children"_a, "n"_a, "root"_a, "n_threads"_a = 0,
               "Columns and weights of the best terms of each merge of a tree.");
}
