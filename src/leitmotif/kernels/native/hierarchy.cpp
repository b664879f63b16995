// From a spanning tree to the dendrogram and the condensed tree of HDBSCAN*
// (Campello, Moulavi & Sander 2013; Campello et al. 2015).
#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "views.hpp"

namespace leitmotif {
namespace {

// Edges ascending by weight -> (n - 1, 2) children of each merge and the sizes; merge i makes node n + i.
nb::object single_linkage(In2<std::int64_t> ends) {
    const std::size_t n_merges = ends.shape(0), n = n_merges + 1;
    std::vector<std::int64_t> children(2 * n_merges), sizes(n_merges);
    {
        nb::gil_scoped_release release;
        std::vector<std::int64_t> parent(n), node(n), count(n, 1);
        std::iota(parent.begin(), parent.end(), 0);
        std::iota(node.begin(), node.end(), 0);
        auto root = [&](std::int64_t i) {
            while (parent[static_cast<std::size_t>(i)] != i) {
                std::int64_t& up = parent[static_cast<std::size_t>(i)];
                up = parent[static_cast<std::size_t>(up)];
                i = up;
            }
            return static_cast<std::size_t>(i);
        };
        for (std::size_t e = 0; e < n_merges; ++e) {
            std::size_t a = root(ends.data()[2 * e]), b = root(ends.data()[2 * e + 1]);
            children[2 * e] = node[a];
            children[2 * e + 1] = node[b];
            if (count[a] < count[b]) std::swap(a, b);
            parent[b] = static_cast<std::int64_t>(a);
            count[a] += count[b];
            node[a] = static_cast<std::int64_t>(n + e);
            sizes[e] = count[a];
        }
    }
    return nb::make_tuple(to_numpy(std::move(children), {n_merges, 2}), to_numpy(std::move(sizes), {n_merges}));
}

// Splits that leave fewer than `min_size` points on a side are points falling out of a cluster that goes on. Rows:
// parent cluster, child (a point, or a cluster >= n), lambda = 1 / distance, size. Clusters count from n (the root)
// breadth first.
nb::object condense(In2<std::int64_t> children, In1<double> distances, In1<std::int64_t> sizes, std::int64_t min_size) {
    const std::size_t n_merges = distances.shape(0);
    const std::int64_t n = static_cast<std::int64_t>(n_merges) + 1;
    std::vector<std::int64_t> parents, kids, counts;
    std::vector<double> lambdas;
    {
        nb::gil_scoped_release release;
        auto size_of = [&](std::int64_t node) { return node < n ? 1 : sizes.data()[node - n]; };
        struct Item {
            std::int64_t node, cluster;
        };
        std::vector<Item> level, next;
        std::vector<std::int64_t> stack;
        std::int64_t fresh = n + 1;
        auto drop = [&](std::int64_t node, std::int64_t cluster, double lambda) {
            stack.assign(1, node);
            while (!stack.empty()) {
                const std::int64_t top = stack.back();
                stack.pop_back();
                if (top < n) {
                    parents.push_back(cluster);
                    kids.push_back(top);
                    lambdas.push_back(lambda);
                    counts.push_back(1);
                } else {
                    stack.push_back(children.data()[2 * (top - n) + 1]);
                    stack.push_back(children.data()[2 * (top - n)]);
                }
            }
        };
        if (n_merges > 0) level.push_back({n + static_cast<std::int64_t>(n_merges) - 1, n});
        while (!level.empty()) {
            next.clear();
            for (const Item& item : level) {
                const std::int64_t merge = item.node - n;
                const double distance = distances.data()[merge];
                const double lambda = distance > 0.0 ? 1.0 / distance : std::numeric_limits<double>::infinity();
                const std::int64_t side[2] = {children.data()[2 * merge], children.data()[2 * merge + 1]};
                const bool large[2] = {size_of(side[0]) >= min_size, size_of(side[1]) >= min_size};
                for (int s = 0; s < 2; ++s) {
                    if (!large[s]) {
                        drop(side[s], item.cluster, lambda);
                    } else if (large[1 - s]) {
                        parents.push_back(item.cluster);
                        kids.push_back(fresh);
                        lambdas.push_back(lambda);
                        counts.push_back(size_of(side[s]));
                        // A cluster of one point (min_size 1) has nothing more to lose than itself.
                        if (side[s] >= n) next.push_back({side[s], fresh});
                        else drop(side[s], fresh, lambda);
                        ++fresh;
                    } else {
                        if (side[s] >= n) next.push_back({side[s], item.cluster});
                        else drop(side[s], item.cluster, lambda);
                    }
                }
            }
            level.swap(next);
        }
    }
    const std::size_t rows = parents.size();
    return nb::make_tuple(to_numpy(std::move(parents), {rows}), to_numpy(std::move(kids), {rows}),
                          to_numpy(std::move(lambdas), {rows}), to_numpy(std::move(counts), {rows}));
}

// For every node of the dendrogram the sizes (birth, death] at which it is a leaf of the condensed tree; the root never is.
nb::object leaf_ranges(In2<std::int64_t> children, In1<std::int64_t> sizes) {
    const std::size_t n_merges = sizes.shape(0), n = n_merges + 1, n_nodes = n + n_merges;
    std::vector<std::int64_t> birth(n_nodes, 0), death(n_nodes, 0);
    {
        nb::gil_scoped_release release;
        for (std::size_t merge = 0; merge < n_merges; ++merge) {  // merges come after what they join
            const std::size_t left = static_cast<std::size_t>(children.data()[2 * merge]);
            const std::size_t right = static_cast<std::size_t>(children.data()[2 * merge + 1]);
            const std::int64_t a = left < n ? 1 : sizes.data()[left - n], b = right < n ? 1 : sizes.data()[right - n];
            const std::int64_t split = std::min(a, b);
            death[left] = death[right] = split;
            birth[n + merge] = std::max(split, std::max(birth[left], birth[right]));
        }
    }
    return nb::make_tuple(to_numpy(std::move(birth), {n_nodes}), to_numpy(std::move(death), {n_nodes}));
}

}  // namespace
}  // namespace leitmotif

void bind_hierarchy(nb::module_& module) {
    using namespace nb::literals;
    module.def("single_linkage", &leitmotif::single_linkage, "ends"_a, "Children and sizes of each merge.");
    module.def("condense", &leitmotif::condense, "children"_a, "distances"_a, "sizes"_a, "min_size"_a,
               "Condensed tree: parent, child, lambda and size of each row.");
    module.def("leaf_ranges", &leitmotif::leaf_ranges, "children"_a, "sizes"_a,
               "Sizes (birth, death] at which each node is a leaf cluster.");
}
