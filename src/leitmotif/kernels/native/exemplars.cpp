// How near documents are to their topic, weighed by c-TF-IDF, from their counts.
#include <cmath>
#include <vector>

#include "arrays.hpp"
#include "module.hpp"
#include "parallel.hpp"

namespace leitmotif {
namespace {

// Cosine of each of `rows`, of which topic t has [starts[t], starts[t + 1]), to its topic. What a document's counts are
// divided by does not show in a cosine and is left out.
template <typename Count>
nb::object own_cosines(const Vector<std::int64_t>& indptr, const Vector<std::int32_t>& indices,
                       const Vector<Count>& counts, const Vector<std::int64_t>& rows, const Vector<std::int64_t>& starts,
                       const Vector<std::int64_t>& topic_indptr, const Vector<std::int32_t>& topic_indices,
                       const Vector<double>& topic_data, const Vector<double>& idf, bool root, std::size_t n_threads) {
    const std::size_t n_topics = starts.size() == 0 ? 0 : starts.size() - 1;
    const auto n_rows = static_cast<std::int64_t>(indptr.size()) - 1;
    if (starts.size() == 0 || indptr.size() == 0 || indptr.data()[0] != 0 || indices.size() != counts.size() ||
        indptr.data()[n_rows] != static_cast<std::int64_t>(indices.size()) || starts.data()[0] != 0 ||
        starts.data()[n_topics] != static_cast<std::int64_t>(rows.size()) || topic_indptr.size() != n_topics + 1 ||
        topic_indptr.data()[0] != 0 || topic_indices.size() != topic_data.size() ||
        topic_indptr.data()[n_topics] != static_cast<std::int64_t>(topic_indices.size()))
        throw nb::value_error("the arrays do not fit each other");
    for (std::int64_t row = 0; row < n_rows; ++row)
        if (indptr.data()[row + 1] < indptr.data()[row]) throw nb::value_error("indptr must not fall");
    for (std::size_t topic = 0; topic < n_topics; ++topic)
        if (starts.data()[topic + 1] < starts.data()[topic] || topic_indptr.data()[topic + 1] < topic_indptr.data()[topic])
            throw nb::value_error("starts must not fall");
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows.data()[i] < 0 || rows.data()[i] >= n_rows) throw nb::value_error("a row lies outside the matrix");
    for (std::size_t i = 0; i < topic_indices.size(); ++i)
        if (topic_indices.data()[i] < 0 || static_cast<std::size_t>(topic_indices.data()[i]) >= idf.size())
            throw nb::value_error("a column lies outside the matrix");
    Buffer<double> cosines(rows.size());
    {
        nb::gil_scoped_release unlocked;
        parallel_blocks(n_topics, 4, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            std::vector<double> spread(idf.size(), 0.0);
            for (std::size_t topic = begin; topic < end; ++topic) {
                double topic_square = 0;
                const std::int64_t first = topic_indptr.data()[topic], last = topic_indptr.data()[topic + 1];
                for (std::int64_t k = first; k < last; ++k) {
                    const double value = topic_data.data()[k];
                    const auto column = static_cast<std::size_t>(topic_indices.data()[k]);
                    spread[column] = value;
                    topic_square += value * value;
                }
                for (std::int64_t i = starts.data()[topic]; i < starts.data()[topic + 1]; ++i) {
                    const std::int64_t row = rows.data()[i];
                    double product = 0, square = 0;
                    for (std::int64_t k = indptr.data()[row]; k < indptr.data()[row + 1]; ++k) {
                        const std::int32_t column = indices.data()[k];
                        if (column < 0 || static_cast<std::size_t>(column) >= idf.size())
                            throw nb::value_error("a column lies outside the matrix");
                        double weight = static_cast<double>(counts.data()[k]);
                        if (root) weight = std::sqrt(weight);
                        weight *= idf.data()[column];
                        product += weight * spread[static_cast<std::size_t>(column)];
                        square += weight * weight;
                    }
                    const double length = std::sqrt(square) * std::sqrt(topic_square);
                    cosines[static_cast<std::size_t>(i)] = length > 0 ? product / length : 0.0;
                }
                for (std::int64_t k = first; k < last; ++k)
                    spread[static_cast<std::size_t>(topic_indices.data()[k])] = 0.0;
            }
        });
    }
    return cosines.release();
}

}  // namespace
}  // namespace leitmotif

void bind_exemplars(nb::module_& module) {
    using namespace nb::literals;
    const auto each = [&module](auto function) {
        module.def("own_cosines", function, "indptr"_a, "indices"_a, "counts"_a, "rows"_a, "starts"_a, "topic_indptr"_a,
                   "topic_indices"_a, "topic_data"_a, "idf"_a, "root"_a, "n_threads"_a = 0,
                   "Cosine of documents to their topic by c-TF-IDF.");
    };
    each(&leitmotif::own_cosines<std::int32_t>);
    each(&leitmotif::own_cosines<double>);
}
