// Communities of a weighted graph by modularity: moves of single vertices on ever coarser graphs (Blondel, Guillaume,
// Lambiotte & Lefebvre 2008) and back on the finer ones (Rotta & Noack 2011), with a queue of the vertices whose
// neighbourhood changed (Ozaki, Tezuka & Inaba 2016).
#include <algorithm>
#include <cstdint>
#include <deque>
#include <numeric>
#include <utility>
#include <vector>

#include "checkpoint.hpp"
#include "views.hpp"

namespace leitmotif {
namespace {

using Index = std::int64_t;
using Labels = std::vector<std::int32_t>;

// Gains that differ by less are equal, so that rounding decides nothing.
constexpr double TIE = 1e-10;

struct Graph {
    std::vector<Index> start;
    std::vector<std::int32_t> end;
    std::vector<double> weight;
    std::vector<double> mass;  // weight of all edges of the vertex, those that are not in the graph any more included

    std::size_t size() const { return mass.size(); }
};

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

// Numbers communities from 0 on in the order of their first vertex; how many there are.
std::size_t number(Labels& labels) {
    Labels fresh(labels.size(), -1);
    std::int32_t count = 0;
    for (std::int32_t& label : labels) {
        std::int32_t& name = fresh[at(label)];
        if (name < 0) name = count++;
        label = name;
    }
    return at(count);
}

// Each vertex goes to the community among its neighbours' (or to one of its own) where modularity gains most, until
// none gains by going. Labels lie below the number of vertices. `scale` is resolution / weight of all edges.
void move_vertices(const Graph& graph, Labels& labels, double scale, Checkpoint& checkpoint) {
    const std::size_t n = graph.size();
    std::vector<double> mass(n, 0.0), link(n, 0.0);
    std::vector<std::int32_t> members(n, 0), touched, empty;
    std::vector<char> queued(n, 1), seen(n, 0);
    std::deque<std::int32_t> queue(n);
    std::iota(queue.begin(), queue.end(), 0);
    for (std::size_t i = 0; i < n; ++i) {
        mass[at(labels[i])] += graph.mass[i];
        ++members[at(labels[i])];
    }
    for (std::size_t c = n; c-- > 0;) {
        if (members[c] == 0) empty.push_back(static_cast<std::int32_t>(c));
    }
    std::size_t steps = 0;
    while (!queue.empty()) {
        if ((++steps & 0xffff) == 0) checkpoint(0.0);
        const std::int32_t vertex = queue.front();
        queue.pop_front();
        const std::size_t i = at(vertex);
        queued[i] = 0;
        const std::int32_t own = labels[i];
        touched.clear();
        for (Index e = graph.start[i]; e < graph.start[i + 1]; ++e) {
            const std::size_t j = at(graph.end[static_cast<std::size_t>(e)]);
            if (j == i) continue;
            const std::int32_t c = labels[j];
            if (!seen[at(c)]) {
                seen[at(c)] = 1;
                touched.push_back(c);
            }
            link[at(c)] += graph.weight[static_cast<std::size_t>(e)];
        }
        mass[at(own)] -= graph.mass[i];
        const double price = scale * graph.mass[i];
        std::int32_t best = own;
        double gain = link[at(own)] - price * mass[at(own)];
        for (const std::int32_t c : touched) {
            const double here = link[at(c)] - price * mass[at(c)];
            if (here > gain + TIE || (here > gain - TIE && best != own && c < best)) {
                gain = here;
                best = c;
            }
        }
        if (gain < -TIE && members[at(own)] > 1) {
            best = empty.back();
            empty.pop_back();
        }
        for (const std::int32_t c : touched) {
            seen[at(c)] = 0;
            link[at(c)] = 0.0;
        }
        mass[at(best)] += graph.mass[i];
        if (best == own) continue;
        labels[i] = best;
        ++members[at(best)];
        if (--members[at(own)] == 0) empty.push_back(own);
        for (Index e = graph.start[i]; e < graph.start[i + 1]; ++e) {
            const std::int32_t j = graph.end[static_cast<std::size_t>(e)];
            if (labels[at(j)] != best && !queued[at(j)]) {
                queued[at(j)] = 1;
                queue.push_back(j);
            }
        }
    }
}

// The graph whose vertices are the `count` communities; edges inside one are left out, its mass keeps them.
Graph coarse(const Graph& graph, const Labels& labels, std::size_t count) {
    Graph out;
    out.mass.assign(count, 0.0);
    std::vector<Index> first(count + 1, 0);
    for (std::size_t i = 0; i < graph.size(); ++i) {
        out.mass[at(labels[i])] += graph.mass[i];
        ++first[at(labels[i]) + 1];
    }
    std::partial_sum(first.begin(), first.end(), first.begin());
    std::vector<std::int32_t> member(graph.size());
    {
        std::vector<Index> next(first.begin(), first.end() - 1);
        for (std::size_t i = 0; i < graph.size(); ++i) {
            member[static_cast<std::size_t>(next[at(labels[i])]++)] = static_cast<std::int32_t>(i);
        }
    }
    std::vector<double> link(count, 0.0);
    std::vector<char> seen(count, 0);
    std::vector<std::int32_t> touched;
    out.start.push_back(0);
    for (std::size_t c = 0; c < count; ++c) {
        touched.clear();
        for (Index m = first[c]; m < first[c + 1]; ++m) {
            const std::size_t i = at(member[static_cast<std::size_t>(m)]);
            for (Index e = graph.start[i]; e < graph.start[i + 1]; ++e) {
                const std::size_t d = at(labels[at(graph.end[static_cast<std::size_t>(e)])]);
                if (d == c) continue;
                if (!seen[d]) {
                    seen[d] = 1;
                    touched.push_back(static_cast<std::int32_t>(d));
                }
                link[d] += graph.weight[static_cast<std::size_t>(e)];
            }
        }
        std::sort(touched.begin(), touched.end());
        for (const std::int32_t d : touched) {
            out.end.push_back(d);
            out.weight.push_back(link[at(d)]);
            link[at(d)] = 0.0;
            seen[at(d)] = 0;
        }
        out.start.push_back(static_cast<Index>(out.end.size()));
    }
    return out;
}

// One climb to the coarsest graph and back; labels are those of the finest.
void improve(const Graph& finest, Labels& labels, double scale, Checkpoint& checkpoint) {
    std::vector<Graph> graphs;
    std::vector<Labels> communities;
    const Graph* graph = &finest;
    Labels current = labels;
    while (true) {
        move_vertices(*graph, current, scale, checkpoint);
        const std::size_t count = number(current);
        communities.push_back(current);
        if (count == graph->size()) break;
        Graph next = coarse(*graph, current, count);
        graphs.push_back(std::move(next));
        graph = &graphs.back();
        current.resize(count);
        std::iota(current.begin(), current.end(), 0);
    }
    Labels above = communities.back();
    for (std::size_t level = communities.size() - 1; level-- > 0;) {
        Labels below(communities[level].size());
        for (std::size_t i = 0; i < below.size(); ++i) below[i] = above[at(communities[level][i])];
        move_vertices(level == 0 ? finest : graphs[level - 1], below, scale, checkpoint);
        number(below);
        above = std::move(below);
    }
    labels = std::move(above);
}

nb::object communities(In1<Index> indptr, In1<std::int32_t> indices, In1<double> weights, In1<double> mass,
                       double scale, int rounds, nb::object progress) {
    const std::size_t n = mass.shape(0);
    Labels labels(n);
    {
        Checkpoint checkpoint(progress);
        nb::gil_scoped_release release;
        Graph graph;
        graph.start.assign(indptr.data(), indptr.data() + indptr.shape(0));
        graph.end.assign(indices.data(), indices.data() + indices.shape(0));
        graph.weight.assign(weights.data(), weights.data() + weights.shape(0));
        graph.mass.assign(mass.data(), mass.data() + n);
        std::iota(labels.begin(), labels.end(), 0);
        for (int round = 0; round < rounds; ++round) {
            Labels before = labels;
            improve(graph, labels, scale, checkpoint);
            if (labels == before) break;
        }
    }
    return to_numpy(std::move(labels), {n});
}

}  // namespace
}  // namespace leitmotif

void bind_communities(nb::module_& module) {
    using namespace leitmotif;
    module.def("communities", &communities, nb::arg("indptr"), nb::arg("indices"), nb::arg("weights"),
               nb::arg("mass"), nb::arg("scale"), nb::arg("rounds"), nb::arg("progress").none());
}
