// Communities of a weighted graph by modularity: moves of single vertices on ever coarser graphs (Blondel, Guillaume,
// Lambiotte & Lefebvre 2008) and back on the finer ones (Rotta & Noack 2011), with a queue of the vertices whose
// neighbourhood changed (Ozaki, Tezuka & Inaba 2016). Many partitions are nearly the best; runs in several orders are put
// together by their core groups, the vertices that no run parts (Ovelgönne & Geyer-Schulz 2012).
#include <algorithm>
#include <cstdint>
#include <deque>
#include <numeric>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "checkpoint.hpp"
#include "parallel.hpp"
#include "views.hpp"

namespace leitmotif {
namespace {

using Index = std::int64_t;
using Labels = std::vector<std::int32_t>;

// Gains that differ by less are equal, so that rounding decides nothing.
constexpr double TIE = 1e-10;
// Runs at the same time, since each makes coarser graphs of its own.
constexpr std::size_t AT_ONCE = 4;
// Times that runs are put together before the best is chosen: after two there are some hundreds of core groups.
constexpr std::uint64_t STAGES = 2;

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

// Lets Python speak where the caller's own thread is at work; the others have nothing to say.
class Pulse {
  public:
    explicit Pulse(Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

    void operator()() const {
        if (std::this_thread::get_id() == owner_) checkpoint_(0.0);
    }

  private:
    Checkpoint& checkpoint_;
    std::thread::id owner_ = std::this_thread::get_id();
};

// Where vertices stand in the queue. A stream of its own for each key: splitmix64 (Steele, Lea & Flood 2014) of a counter.
// Key 0 is the order of the rows.
class Order {
  public:
    explicit Order(std::uint64_t key) : key_(mix(key)), plain_(key == 0) {}

    std::deque<std::int32_t> queue(std::size_t n) {
        Labels order(n);
        std::iota(order.begin(), order.end(), 0);
        for (std::size_t i = n; !plain_ && i > 1; --i) {
            const std::uint64_t drawn = mix(key_ + ++counter_) >> 32;
            std::swap(order[i - 1], order[static_cast<std::size_t>(drawn * i >> 32)]);
        }
        return {order.begin(), order.end()};
    }

  private:
    static std::uint64_t mix(std::uint64_t x) {
        x *= 0x9e3779b97f4a7c15U;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
        return x ^ (x >> 31);
    }

    std::uint64_t key_;
    std::uint64_t counter_ = 0;
    bool plain_;
};

// Each vertex goes to the community among its neighbours' (or to one of its own) where modularity gains most, until
// none gains by going. Labels lie below the number of vertices. `scale` is resolution / weight of all edges.
void move_vertices(const Graph& graph, Labels& labels, double scale, Order& order, const Pulse& pulse) {
    const std::size_t n = graph.size();
    std::vector<double> mass(n, 0.0), link(n, 0.0);
    std::vector<std::int32_t> members(n, 0), touched, empty;
    std::vector<char> queued(n, 1), seen(n, 0);
    std::deque<std::int32_t> queue = order.queue(n);
    for (std::size_t i = 0; i < n; ++i) {
        mass[at(labels[i])] += graph.mass[i];
        ++members[at(labels[i])];
    }
    for (std::size_t c = n; c-- > 0;) {
        if (members[c] == 0) empty.push_back(static_cast<std::int32_t>(c));
    }
    std::size_t steps = 0;
    while (!queue.empty()) {
        if ((++steps & 0xffff) == 0) pulse();
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
void improve(const Graph& finest, Labels& labels, double scale, Order& order, const Pulse& pulse) {
    std::vector<Graph> graphs;
    std::vector<Labels> communities;
    const Graph* graph = &finest;
    Labels current = labels;
    while (true) {
        move_vertices(*graph, current, scale, order, pulse);
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
        move_vertices(level == 0 ? finest : graphs[level - 1], below, scale, order, pulse);
        number(below);
        above = std::move(below);
    }
    labels = std::move(above);
}

// Climbs until nothing changes, `rounds` at most.
void settle(const Graph& graph, Labels& labels, double scale, int rounds, Order& order, const Pulse& pulse) {
    for (int round = 0; round < rounds; ++round) {
        const Labels before = labels;
        improve(graph, labels, scale, order, pulse);
        if (labels == before) break;
    }
}

Labels alone(std::size_t n) {
    Labels labels(n);
    std::iota(labels.begin(), labels.end(), 0);
    return labels;
}

// What modularity is but for a factor and a constant that all partitions of a graph share.
double worth(const Graph& graph, const Labels& labels, double scale) {
    std::vector<double> mass(graph.size(), 0.0);
    double inside = 0.0;
    for (std::size_t i = 0; i < graph.size(); ++i) {
        mass[at(labels[i])] += graph.mass[i];
        for (Index e = graph.start[i]; e < graph.start[i + 1]; ++e) {
            const std::size_t j = at(graph.end[static_cast<std::size_t>(e)]);
            if (j != i && labels[j] == labels[i]) inside += graph.weight[static_cast<std::size_t>(e)];
        }
    }
    for (const double m : mass) inside -= scale * m * m;
    return inside;
}

std::vector<Labels> in_many_orders(const Graph& graph, double scale, std::size_t runs, std::uint64_t stage, int rounds,
                                   std::size_t n_threads, const Pulse& pulse) {
    std::vector<Labels> found(runs);
    parallel_blocks(runs, 1, std::min(resolve_threads(n_threads), AT_ONCE),
                    [&](std::size_t run, std::size_t, std::size_t) {
                        Order order((stage << 32) + run + 1);
                        found[run] = alone(graph.size());
                        settle(graph, found[run], scale, rounds, order, pulse);
                    });
    return found;
}

// Two vertices are together where all partitions have them so. Numbered as `number` does; how many there are.
std::size_t meet(const std::vector<Labels>& partitions, Labels& common) {
    common = partitions[0];
    std::size_t count = number(common);
    for (std::size_t p = 1; p < partitions.size(); ++p) {
        std::unordered_map<std::uint64_t, std::int32_t> names;
        names.reserve(2 * count);
        for (std::size_t i = 0; i < common.size(); ++i) {
            const std::uint64_t pair = static_cast<std::uint64_t>(common[i]) << 32 | static_cast<std::uint32_t>(partitions[p][i]);
            common[i] = names.try_emplace(pair, static_cast<std::int32_t>(names.size())).first->second;
        }
        count = names.size();
    }
    return count;
}

// The best of several runs on the graph of the core groups. Half as many find the first groups, which costs the most.
Labels of_many_runs(const Graph& graph, double scale, std::size_t runs, int rounds, std::size_t n_threads,
                    const Pulse& pulse) {
    Labels group = alone(graph.size()), core;
    Graph smaller;
    const Graph* current = &graph;
    for (std::uint64_t stage = 0; stage < STAGES; ++stage) {
        const std::size_t now = stage == 0 ? (runs + 1) / 2 : runs;
        const std::size_t count = meet(in_many_orders(*current, scale, now, stage, 1, n_threads, pulse), core);
        if (count == current->size()) break;
        smaller = coarse(*current, core, count);
        current = &smaller;
        for (std::int32_t& g : group) g = core[at(g)];
    }
    const std::vector<Labels> last = in_many_orders(*current, scale, runs, STAGES, rounds, n_threads, pulse);
    std::size_t best = 0;
    double highest = worth(*current, last[0], scale);
    for (std::size_t run = 1; run < runs; ++run) {
        const double here = worth(*current, last[run], scale);
        if (here > highest + TIE) {
            highest = here;
            best = run;
        }
    }
    Labels labels(graph.size());
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = last[best][at(group[i])];
    number(labels);
    return labels;
}

nb::object communities(In1<Index> indptr, In1<std::int32_t> indices, In1<double> weights, In1<double> mass,
                       double scale, std::size_t runs, int rounds, std::size_t n_threads, nb::object progress) {
    const std::size_t n = mass.shape(0);
    Labels labels;
    {
        Checkpoint checkpoint(progress);
        nb::gil_scoped_release release;
        const Pulse pulse(checkpoint);
        Graph graph;
        graph.start.assign(indptr.data(), indptr.data() + indptr.shape(0));
        graph.end.assign(indices.data(), indices.data() + indices.shape(0));
        graph.weight.assign(weights.data(), weights.data() + weights.shape(0));
        graph.mass.assign(mass.data(), mass.data() + n);
        labels = runs > 1 ? of_many_runs(graph, scale, runs, rounds, n_threads, pulse) : alone(n);
        Order order(0);
        settle(graph, labels, scale, rounds, order, pulse);
    }
    return to_numpy(std::move(labels), {n});
}

}  // namespace
}  // namespace leitmotif

void bind_communities(nb::module_& module) {
    using namespace leitmotif;
    module.def("communities", &communities, nb::arg("indptr"), nb::arg("indices"), nb::arg("weights"),
               nb::arg("mass"), nb::arg("scale"), nb::arg("runs"), nb::arg("rounds"), nb::arg("n_threads"),
               nb::arg("progress").none());
}
