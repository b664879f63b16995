// The fuzzy neighbour graph (McInnes, Healy & Melville 2018, arXiv:1802.03426, §3).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "views.hpp"
#include "checkpoint.hpp"
#include "parallel.hpp"

namespace leitmotif {
namespace {

// Membership strengths of one row of ascending distances (first entry: the point itself).
void row_strengths(const float* distance, std::size_t k, double connectivity, double target, double floor_all,
                   float* strength) {
    double rho = 0.0, mean = 0.0;
    std::size_t first = 0;
    for (std::size_t j = 0; j < k; ++j) mean += distance[j];
    mean /= static_cast<double>(k);
    while (first < k && !(distance[first] > 0.0f)) ++first;
    const std::size_t positive = k - first;
    if (static_cast<double>(positive) >= connectivity) {
        const double whole = std::floor(connectivity), rest = connectivity - whole;
        const std::size_t at = static_cast<std::size_t>(whole);
        if (at > 0) {
            rho = distance[first + at - 1];
            if (rest > 1e-5) rho += rest * (static_cast<double>(distance[first + at]) - distance[first + at - 1]);
        } else {
            rho = rest * distance[first];
        }
    } else if (positive > 0) {
        rho = distance[k - 1];
    }
    double low = 0.0, high = INFINITY, sigma = 1.0;
    for (int step = 0; step < 64; ++step) {
        double sum = 0.0;
        for (std::size_t j = 1; j < k; ++j) {
            const double beyond = distance[j] - rho;
            sum += beyond > 0.0 ? std::exp(-beyond / sigma) : 1.0;
        }
        if (std::fabs(sum - target) < 1e-5) break;
        if (sum > target) {
            high = sigma;
            sigma = 0.5 * (low + high);
        } else {
            low = sigma;
            sigma = std::isinf(high) ? 2.0 * sigma : 0.5 * (low + high);
        }
    }
    sigma = std::max(sigma, rho > 0.0 ? 1e-3 * mean : floor_all);
    for (std::size_t j = 0; j < k; ++j) {
        const double beyond = distance[j] - rho;
        strength[j] = beyond <= 0.0 || sigma == 0.0 ? 1.0f : static_cast<float>(std::exp(-beyond / sigma));
    }
}

void membership_strengths(In2<float> distances, InOut2<float> strengths, double connectivity, double floor_all,
                          std::size_t n_threads) {
    const std::size_t n = distances.shape(0), k = distances.shape(1);
    const double target = std::log2(static_cast<double>(k));
    nb::gil_scoped_release release;
    parallel_blocks(n, 256, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t i = begin; i < end; ++i) {
            row_strengths(distances.data() + i * k, k, connectivity, target, floor_all, strengths.data() + i * k);
        }
    });
}

// y = scale * (graph x) + shift * x + carry * z, all (n, c): one step of a polynomial of the graph.
void graph_step(In1<std::int64_t> indptr, In1<std::int32_t> indices, In1<float> weights, In2<float> x, In2<float> z,
                InOut2<float> y, float scale, float shift, float carry, std::size_t n_threads) {
    const std::size_t n = x.shape(0), c = x.shape(1);
    nb::gil_scoped_release release;
    parallel_blocks(n, 1024, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
        std::vector<float> sum(c);
        for (std::size_t i = begin; i < end; ++i) {
            std::fill(sum.begin(), sum.end(), 0.0f);
            for (std::int64_t e = indptr.data()[i]; e < indptr.data()[i + 1]; ++e) {
                const float weight = weights.data()[e];
                const float* from = x.data() + static_cast<std::size_t>(indices.data()[e]) * c;
                for (std::size_t j = 0; j < c; ++j) sum[j] += weight * from[j];
            }
            for (std::size_t j = 0; j < c; ++j) {
                y.data()[i * c + j] = scale * sum[j] + shift * x.data()[i * c + j] + carry * z.data()[i * c + j];
            }
        }
    });
}

// Piece of a symmetric graph that each vertex belongs to, numbered by their first vertices.
nb::object graph_parts(In1<std::int64_t> indptr, In1<std::int32_t> indices) {
    const std::size_t n = indptr.shape(0) - 1;
    std::vector<std::int32_t> part(n, -1), open;
    {
        nb::gil_scoped_release release;
        std::int32_t n_parts = 0;
        for (std::size_t first = 0; first < n; ++first) {
            if (part[first] >= 0) continue;
            part[first] = n_parts;
            open.push_back(static_cast<std::int32_t>(first));
            while (!open.empty()) {
                const std::size_t v = static_cast<std::size_t>(open.back());
                open.pop_back();
                for (std::int64_t e = indptr.data()[v]; e < indptr.data()[v + 1]; ++e) {
                    const std::int32_t other = indices.data()[e];
                    if (part[static_cast<std::size_t>(other)] >= 0) continue;
                    part[static_cast<std::size_t>(other)] = n_parts;
                    open.push_back(other);
                }
            }
            ++n_parts;
        }
    }
    return to_numpy(std::move(part), {n});
}

}  // namespace
}  // namespace leitmotif

void bind_graph(nb::module_& module) {
    using namespace nb::literals;
    module.def("membership_strengths", &leitmotif::membership_strengths, "distances"_a, "strengths"_a,
               "connectivity"_a, "floor_all"_a, "n_threads"_a, "Fuzzy membership of each neighbour.");
    module.def("graph_parts", &leitmotif::graph_parts, "indptr"_a, "indices"_a, "Connected piece of each vertex.");
    module.def("graph_step", &leitmotif::graph_step, "indptr"_a, "indices"_a, "weights"_a, "x"_a, "z"_a, "y"_a,
               "scale"_a, "shift"_a, "carry"_a, "n_threads"_a, "y = scale * graph x + shift * x + carry * z.");
}
