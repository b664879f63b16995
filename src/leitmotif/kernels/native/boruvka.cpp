// The minimum spanning tree of the mutual reachability graph, max(core_i, core_j, |x_i - x_j|), by Borůvka's rounds
// on a k-d tree (March, Ram & Gray 2010; McInnes & Healy 2017).
//
// Edges are totally ordered by (weight, plain distance, smaller row, larger row), so the tree is unique: the same for any number of
// threads, and the same as Kruskal's on the full graph. Threads share only upper bounds for pruning; a bound that comes
// late costs time and changes nothing.
#include <atomic>
#include <memory>

#include "views.hpp"
#include "checkpoint.hpp"
#include "kdtree.hpp"

namespace leitmotif {
namespace {

constexpr double kFar = std::numeric_limits<double>::infinity();

struct Edge {
    double square = kFar;  // squared weight
    double plain = kFar;   // squared distance of the ends
    std::int32_t low = std::numeric_limits<std::int32_t>::max();
    std::int32_t high = std::numeric_limits<std::int32_t>::max();

    bool operator<(const Edge& other) const {
        if (square != other.square) return square < other.square;
        if (plain != other.plain) return plain < other.plain;
        if (low != other.low) return low < other.low;
        return high < other.high;
    }
};

Edge make_edge(double square, double plain, std::int32_t i, std::int32_t j) {
    return {square, plain, std::min(i, j), std::max(i, j)};
}

class Boruvka {
  public:
    Boruvka(const KdTree& tree, std::vector<double> core_square, double scale, std::size_t n_threads)
        : tree_(tree), n_(tree.size()), scale_(scale), threads_(n_threads), core_(n_), component_(n_), parent_(n_),
          lower_(n_), bound_(new std::atomic<double>[n_]), position_(n_) {
        for (std::size_t p = 0; p < n_; ++p) {
            const std::size_t row = static_cast<std::size_t>(tree.row(p));
            core_[p] = core_square[row];
            lower_[p] = core_[p];
            position_[row] = static_cast<std::int32_t>(p);
        }
        std::iota(component_.begin(), component_.end(), 0);
        std::iota(parent_.begin(), parent_.end(), 0);
        const auto& nodes = tree.nodes();
        node_core_.resize(nodes.size());
        node_component_.resize(nodes.size());
        for (std::size_t id = nodes.size(); id-- > 0;) {  // children come after their parent
            double least = kFar;
            if (nodes[id].left >= 0) {
                const std::size_t l = static_cast<std::size_t>(nodes[id].left), r = static_cast<std::size_t>(nodes[id].right);
                least = std::min(node_core_[l], node_core_[r]);
            } else {
                for (std::int32_t p = nodes[id].begin; p < nodes[id].end; ++p) {
                    least = std::min(least, core_[static_cast<std::size_t>(p)]);
                }
            }
            node_core_[id] = least;
        }
    }

    std::vector<Edge> run(const std::vector<std::int32_t>& near, std::size_t k, Checkpoint& checkpoint) {
        std::vector<Edge> edges;
        edges.reserve(n_ - 1);
        std::vector<Edge> best(n_);           // by component
        std::vector<Edge> found(n_);          // by position
        while (edges.size() + 1 < n_) {
            mark_nodes();
            for (std::size_t p = 0; p < n_; ++p) bound_[p].store(kFar, std::memory_order_relaxed);
            // Upper bounds first: from the neighbours known, and from what earlier rounds found.
            parallel_blocks(n_, 1024, threads_, [&](std::size_t begin, std::size_t end, std::size_t) {
                for (std::size_t p = begin; p < end; ++p) {
                    const std::int32_t row = tree_.row(p);
                    Edge edge = found[p];
                    if (edge.square < kFar) {
                        const std::int32_t other = edge.low == row ? edge.high : edge.low;
                        if (component_[static_cast<std::size_t>(position_[static_cast<std::size_t>(other)])] == component_[p]) {
                            edge = Edge{};
                        }
                    }
                    for (std::size_t j = 0; j < k; ++j) {
                        const std::int32_t other = near[static_cast<std::size_t>(row) * k + j];
                        if (other < 0) continue;
                        const std::size_t q = static_cast<std::size_t>(position_[static_cast<std::size_t>(other)]);
                        if (component_[q] == component_[p]) continue;
                        const Edge candidate = edge_of(p, q);
                        if (candidate < edge) edge = candidate;
                    }
                    found[p] = edge;
                    lower_bound(component_[p], edge.square);
                }
            });
            parallel_blocks(n_, 256, threads_, [&](std::size_t begin, std::size_t end, std::size_t) {
                for (std::size_t p = begin; p < end; ++p) search(p, found[p]);
            });
            std::fill(best.begin(), best.end(), Edge{});
            for (std::size_t p = 0; p < n_; ++p) {
                Edge& mine = best[static_cast<std::size_t>(component_[p])];
                if (found[p] < mine) mine = found[p];
            }
            std::vector<Edge> chosen;
            for (const Edge& edge : best) {
                if (edge.square < kFar) chosen.push_back(edge);
            }
            for (const Edge& edge : chosen) {
                const std::int32_t i = root(position_[static_cast<std::size_t>(edge.low)]);
                const std::int32_t j = root(position_[static_cast<std::size_t>(edge.high)]);
                if (i == j) continue;  // both ends chose it
                parent_[static_cast<std::size_t>(std::max(i, j))] = std::min(i, j);
                edges.push_back(edge);
            }
            for (std::size_t p = 0; p < n_; ++p) component_[p] = root(static_cast<std::int32_t>(p));
            checkpoint(static_cast<double>(edges.size()) / static_cast<double>(n_));
        }
        std::sort(edges.begin(), edges.end());
        return edges;
    }

  private:
    Edge edge_of(std::size_t p, std::size_t q) const {
        const double plain = tree_.square(tree_.point(p), tree_.point(q)) * scale_;
        return make_edge(std::max(plain, std::max(core_[p], core_[q])), plain, tree_.row(p), tree_.row(q));
    }

    void lower_bound(std::int32_t component, double value) {
        std::atomic<double>& bound = bound_[static_cast<std::size_t>(component)];
        double seen = bound.load(std::memory_order_relaxed);
        while (value < seen && !bound.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
        }
    }

    std::int32_t root(std::int32_t p) {
        while (parent_[static_cast<std::size_t>(p)] != p) {
            std::int32_t& up = parent_[static_cast<std::size_t>(p)];
            up = parent_[static_cast<std::size_t>(up)];
            p = up;
        }
        return p;
    }

    // The component of all points of a node, or -1 where there are several.
    void mark_nodes() {
        const auto& nodes = tree_.nodes();
        for (std::size_t id = nodes.size(); id-- > 0;) {
            std::int32_t mark;
            if (nodes[id].left >= 0) {
                mark = node_component_[static_cast<std::size_t>(nodes[id].left)];
                if (mark != node_component_[static_cast<std::size_t>(nodes[id].right)]) mark = -1;
            } else {
                mark = component_[static_cast<std::size_t>(nodes[id].begin)];
                for (std::int32_t p = nodes[id].begin; p < nodes[id].end; ++p) {
                    if (component_[static_cast<std::size_t>(p)] != mark) mark = -1;
                }
            }
            node_component_[id] = mark;
        }
    }

    // The best edge of p that leaves its component, unless another of the component is certainly better.
    void search(std::size_t p, Edge& edge) {
        const double bound = bound_[static_cast<std::size_t>(component_[p])].load(std::memory_order_relaxed);
        if (lower_[p] > bound) return;
        descend(p, 0, tree_.box_square(tree_.point(p), 0), edge);
        const double after = bound_[static_cast<std::size_t>(component_[p])].load(std::memory_order_relaxed);
        lower_[p] = std::max(lower_[p], std::min(edge.square, after));
    }

    void descend(std::size_t p, std::size_t id, double to_box, Edge& edge) {
        const std::int32_t component = component_[p];
        if (node_component_[id] == component) return;
        const std::int32_t row = tree_.row(p);
        const double least = std::max(to_box * scale_, std::max(core_[p], node_core_[id]));
        std::atomic<double>& bound = bound_[static_cast<std::size_t>(component)];
        if (least > bound.load(std::memory_order_relaxed)) return;
        // Even the best that this node could hold comes after what is known.
        const KdTree::Node& node = tree_.nodes()[id];
        if (!(make_edge(least, to_box * scale_, row, node.first_row) < edge)) return;
        if (node.left < 0) {
            for (std::int32_t at = node.begin; at < node.end; ++at) {
                const std::size_t q = static_cast<std::size_t>(at);
                if (component_[q] == component || core_[q] > edge.square) continue;
                const Edge candidate = edge_of(p, q);
                if (candidate < edge) {
                    edge = candidate;
                    lower_bound(component, edge.square);
                }
            }
            return;
        }
        const std::size_t left = static_cast<std::size_t>(node.left), right = static_cast<std::size_t>(node.right);
        const double* a = tree_.point(p);
        const double to_left = tree_.box_square(a, left), to_right = tree_.box_square(a, right);
        if (to_left <= to_right) {
            descend(p, left, to_left, edge);
            descend(p, right, to_right, edge);
        } else {
            descend(p, right, to_right, edge);
            descend(p, left, to_left, edge);
        }
    }

    const KdTree& tree_;
    std::size_t n_;
    double scale_;
    std::size_t threads_;
    std::vector<double> core_;                       // by position in the tree, squared
    std::vector<std::int32_t> component_, parent_;   // by position
    std::vector<double> lower_;                      // no edge that leaves p's component is lighter than this
    std::unique_ptr<std::atomic<double>[]> bound_;   // by component: the lightest edge known so far
    std::vector<std::int32_t> position_;             // row -> position
    std::vector<double> node_core_;
    std::vector<std::int32_t> node_component_;
};

// Neighbours of every row (itself left out) by k-d tree: rows and squared distances, ascending.
void all_nearest(const KdTree& tree, std::size_t k, std::size_t n_threads, std::int32_t* rows, double* squares) {
    parallel_blocks(tree.size(), 256, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t p = begin; p < end; ++p) {
            const std::size_t row = static_cast<std::size_t>(tree.row(p));
            tree.nearest(tree.point(p), k, tree.row(p), squares + row * k, rows + row * k);
        }
    });
}

nb::object spanning_tree(In2<double> x, std::size_t min_samples, double alpha, std::size_t n_threads,
                         nb::object progress) {
    const std::size_t n = x.shape(0), k = min_samples;
    std::vector<std::int64_t> ends(2 * (n - 1));
    std::vector<double> weights(n - 1), core(n);
    {
        Checkpoint checkpoint(progress);
        nb::gil_scoped_release release;
        const KdTree tree(x.data(), n, x.shape(1));
        std::vector<std::int32_t> rows(n * k);
        std::vector<double> squares(n * k), core_square(n);
        all_nearest(tree, k, n_threads, rows.data(), squares.data());
        for (std::size_t i = 0; i < n; ++i) {
            core_square[i] = squares[i * k + k - 1];
            core[i] = std::sqrt(core_square[i]);
        }
        checkpoint(0.0);
        std::vector<double>().swap(squares);
        Boruvka boruvka(tree, core_square, 1.0 / (alpha * alpha), n_threads);
        const std::vector<Edge> edges = boruvka.run(rows, k, checkpoint);
        for (std::size_t e = 0; e < edges.size(); ++e) {
            ends[2 * e] = edges[e].low;
            ends[2 * e + 1] = edges[e].high;
            weights[e] = std::sqrt(edges[e].square);
        }
    }
    return nb::make_tuple(to_numpy(std::move(ends), {n - 1, 2}), to_numpy(std::move(weights), {n - 1}),
                          to_numpy(std::move(core), {n}));
}

nb::object tree_neighbors(In2<double> x, In2<double> queries, std::size_t k, std::size_t n_threads) {
    const std::size_t m = queries.shape(0), d = x.shape(1);
    std::vector<std::int32_t> rows(m * k);
    std::vector<double> distances(m * k);
    {
        nb::gil_scoped_release release;
        const KdTree tree(x.data(), x.shape(0), d);
        parallel_blocks(m, 64, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            for (std::size_t i = begin; i < end; ++i) {
                tree.nearest(queries.data() + i * d, k, -1, &distances[i * k], &rows[i * k]);
                for (std::size_t j = 0; j < k; ++j) distances[i * k + j] = std::sqrt(distances[i * k + j]);
            }
        });
    }
    return nb::make_tuple(to_numpy(std::move(rows), {m, k}), to_numpy(std::move(distances), {m, k}));
}

}  // namespace
}  // namespace leitmotif

void bind_boruvka(nb::module_& module) {
    using namespace nb::literals;
    module.def("spanning_tree", &leitmotif::spanning_tree, "x"_a, "min_samples"_a, "alpha"_a, "n_threads"_a,
               "progress"_a.none(), "Edges, weights and core distances of the mutual reachability tree.");
    module.def("tree_neighbors", &leitmotif::tree_neighbors, "x"_a, "queries"_a, "k"_a, "n_threads"_a,
               "The k nearest rows of x for each query, low dimensions, exact in double precision.");
}
