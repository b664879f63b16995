// Topics along a text: each window of tokens is weighed and compared with all topics, and its
// similarities are added up. No window is ever written down.
#include <algorithm>
#include <cmath>
#include <vector>

#include "arrays.hpp"
#include "module.hpp"
#include "parallel.hpp"
#include "simd.hpp"
#include "terms.hpp"

namespace leitmotif {
namespace {

// What a term's count in a window becomes before it is multiplied with its inverse frequency.
enum class Scale : int { count = 0, root = 1, presence = 2 };

// to += weight * row
LEITMOTIF_INLINE void add_row_body(double* to, const double* row, double weight, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) to[i] += weight * row[i];
}

// to += value * factor where that reaches the least similarity
LEITMOTIF_INLINE void add_similar_body(double* to, const double* value, double factor, double least, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        const double similarity = value[i] * factor;
        to[i] += similarity < least ? 0.0 : similarity;
    }
}

struct Loops {
    void (*add_row)(double*, const double*, double, std::size_t);
    void (*add_similar)(double*, const double*, double, double, std::size_t);
};

void add_row(double* to, const double* row, double weight, std::size_t n) { add_row_body(to, row, weight, n); }
void add_similar(double* to, const double* value, double factor, double least, std::size_t n) {
    add_similar_body(to, value, factor, least, n);
}
#ifdef LEITMOTIF_X86
LEITMOTIF_AVX2 void add_row_avx2(double* to, const double* row, double weight, std::size_t n) {
    add_row_body(to, row, weight, n);
}
LEITMOTIF_AVX2 void add_similar_avx2(double* to, const double* value, double factor, double least, std::size_t n) {
    add_similar_body(to, value, factor, least, n);
}
#endif

Loops best_loops() {
#ifdef LEITMOTIF_X86
    if (has_avx2()) return {add_row_avx2, add_similar_avx2};
#endif
    return {add_row, add_similar};
}

// The topics of each term and the term's value in them. Terms that many topics have are written out in
// full as well, which is faster to add; both ways give the same bits.
class TermRows {
public:
    TermRows(const std::int64_t* starts, const std::int32_t* topics, const double* values, std::size_t n_terms,
             std::size_t n_topics)
        : starts_(starts), topics_(topics), values_(values), n_topics_(n_topics), loops_(best_loops()), place_(n_terms, -1) {
        constexpr std::size_t kMost = std::size_t{1} << 20;  // values, 8 MiB
        for (std::size_t j = 0; j < n_terms && full_.size() + n_topics <= kMost; ++j) {
            if (3 * static_cast<std::size_t>(starts[j + 1] - starts[j]) < n_topics || n_topics == 0) continue;
            place_[j] = static_cast<std::int32_t>(full_.size() / n_topics);
            full_.resize(full_.size() + n_topics, 0.0);
            double* row = full_.data() + full_.size() - n_topics;
            for (std::int64_t k = starts[j]; k < starts[j + 1]; ++k) row[topics[k]] = values[k];
        }
    }
    void add(double* to, std::int32_t term, double weight) const {
        if (place_[term] >= 0) {
            loops_.add_row(to, full_.data() + static_cast<std::size_t>(place_[term]) * n_topics_, weight, n_topics_);
            return;
        }
        for (std::int64_t k = starts_[term]; k < starts_[term + 1]; ++k) to[topics_[k]] += weight * values_[k];
    }
    const Loops& loops() const { return loops_; }

private:
    const std::int64_t* starts_;
    const std::int32_t* topics_;
    const double* values_;
    std::size_t n_topics_;
    Loops loops_;
    std::vector<std::int32_t> place_;
    std::vector<double> full_;
};

struct Settings {
    std::int64_t window, stride;
    bool padding;
    Scale scale;
    double min_similarity;
    std::size_t min_n, max_n, n_topics;
};

// A term that stands at the tokens [first, last] of a document.
struct Occurrence {
    std::int64_t first, last;
    std::int32_t column;
};

struct Document {
    std::vector<std::int32_t> words;
    std::vector<std::int64_t> token;  // of each word
    std::vector<Occurrence> terms;    // in order of `first`
    std::vector<std::int32_t> columns;
    std::vector<double> similarity;
};

void find_terms(Document& document, const TermIndex& index, const Settings& settings) {
    const auto& words = document.words;
    document.terms.clear();
    for (std::size_t p = 0; p < words.size(); ++p) {
        std::uint32_t node = 0;
        for (std::size_t k = 1; k <= settings.max_n && p + k <= words.size(); ++k) {
            if (words[p + k - 1] < 0) break;
            node = index.next(node, words[p + k - 1]);
            if (node == 0) break;
            if (k >= settings.min_n && index.column(node) >= 0)
                document.terms.push_back({document.token[p], document.token[p + k - 1], index.column(node)});
        }
    }
}

// Products of the window [begin, end) with each topic, into `document.similarity`; gives the window's length, by which
// they are still to be divided, or 0 for a window without terms. `from`: the first occurrence that may lie inside.
double compare(Document& document, std::size_t from, std::int64_t begin, std::int64_t end, const TermRows& rows,
             const double* idf, const Settings& settings) {
    auto& columns = document.columns;
    columns.clear();
    for (std::size_t i = from; i < document.terms.size() && document.terms[i].first < end; ++i)
        if (document.terms[i].first >= begin && document.terms[i].last < end)
            columns.push_back(document.terms[i].column);
    if (columns.empty()) return 0;
    std::sort(columns.begin(), columns.end());
    auto& similarity = document.similarity;
    std::fill(similarity.begin(), similarity.end(), 0.0);
    double square = 0;
    for (std::size_t i = 0; i < columns.size();) {
        const std::int32_t column = columns[i];
        std::size_t run = i;
        while (run < columns.size() && columns[run] == column) ++run;
        double weight = static_cast<double>(run - i);
        if (settings.scale == Scale::root) weight = std::sqrt(weight);
        if (settings.scale == Scale::presence) weight = 1;
        weight *= idf[column];
        square += weight * weight;
        rows.add(similarity.data(), column, weight);
        i = run;
    }
    return std::sqrt(square);
}

// Calls `visit(begin, end)` for each window of a document of `n` tokens, clipped to it.
template <typename Visit>
void each_window(std::int64_t n, const Settings& settings, Visit&& visit) {
    if (n < settings.window) {
        if (n > 0) visit(std::int64_t{0}, n);
        return;
    }
    const std::int64_t before = settings.padding ? (settings.window - 1) / settings.stride * settings.stride : 0;
    const std::int64_t last = settings.padding ? n - 1 : n - settings.window;
    for (std::int64_t begin = -before; begin <= last; begin += settings.stride)
        visit(std::max<std::int64_t>(begin, 0), std::min(begin + settings.window, n));
}

void to_shares(double* row, std::size_t n) {
    double sum = 0;
    for (std::size_t t = 0; t < n; ++t) sum += std::abs(row[t]);
    if (sum > 0)
        for (std::size_t t = 0; t < n; ++t) row[t] /= sum;
}

nb::tuple window_distributions(const TermIndex& index, const Vector<std::int32_t>& ids,
                               const Vector<std::int64_t>& indptr, const Vector<std::int32_t>& piece_words,
                               const Vector<std::int64_t>& piece_starts, const Vector<std::int64_t>& row_starts,
                               const Vector<std::int32_t>& row_topics, const Vector<double>& row_values,
                               const Vector<double>& idf, std::size_t n_topics, std::size_t min_n, std::size_t max_n,
                               std::int64_t window, std::int64_t stride, bool padding, double min_similarity,
                               int scale, bool tokens, std::size_t n_threads) {
    if (window < 1 || stride < 1) throw nb::value_error("window and stride must be at least 1");
    if (scale < 0 || scale > 2) throw nb::value_error("scale must be 0, 1 or 2");
    if (indptr.size() == 0 || indptr.data()[0] != 0 || piece_starts.size() == 0 || piece_starts.data()[0] != 0 ||
        indptr.data()[indptr.size() - 1] != static_cast<std::int64_t>(ids.size()) ||
        piece_starts.data()[piece_starts.size() - 1] != static_cast<std::int64_t>(piece_words.size()) ||
        row_starts.size() != idf.size() + 1 || row_topics.size() != row_values.size() || row_starts.data()[0] != 0 ||
        row_starts.data()[idf.size()] != static_cast<std::int64_t>(row_topics.size()) ||
        idf.size() < index.n_terms())
        throw nb::value_error("the arrays do not fit each other");
    const auto n_pieces = static_cast<std::int64_t>(piece_starts.size()) - 1;
    for (std::size_t i = 0; i < ids.size(); ++i)
        if (ids.data()[i] < 0 || ids.data()[i] >= n_pieces) throw nb::value_error("a word id has no pieces");
    for (std::size_t i = 0; i < row_topics.size(); ++i)
        if (row_topics.data()[i] < 0 || static_cast<std::size_t>(row_topics.data()[i]) >= n_topics)
            throw nb::value_error("a topic lies outside the matrix");
    const Settings settings{window, stride, padding, static_cast<Scale>(scale), min_similarity, min_n,
                            std::min(max_n, index.longest()), n_topics};
    const TermRows rows(row_starts.data(), row_topics.data(), row_values.data(), idf.size(), n_topics);
    const std::size_t n = indptr.size() - 1, n_tokens = ids.size();
    Buffer<double> distributions(n * n_topics), token_rows(tokens ? n_tokens * n_topics : 0);
    {
        nb::gil_scoped_release unlocked;
        parallel_blocks(n, 32, n_threads, [&](std::size_t from_document, std::size_t to_document, std::size_t) {
            Document document;
            document.similarity.resize(n_topics);
            for (std::size_t d = from_document; d < to_document; ++d) {
                const std::int64_t first = indptr.data()[d], size = indptr.data()[d + 1] - first;
                document.words.clear();
                document.token.clear();
                for (std::int64_t i = 0; i < size; ++i) {
                    const std::int32_t id = ids.data()[first + i];
                    for (std::int64_t p = piece_starts.data()[id]; p < piece_starts.data()[id + 1]; ++p) {
                        document.words.push_back(piece_words.data()[p]);
                        document.token.push_back(i);
                    }
                }
                find_terms(document, index, settings);
                double* row = distributions.data() + d * n_topics;
                std::fill(row, row + n_topics, 0.0);
                double* token_row = tokens ? token_rows.data() + static_cast<std::size_t>(first) * n_topics : nullptr;
                if (tokens) std::fill(token_row, token_row + static_cast<std::size_t>(size) * n_topics, 0.0);
                std::size_t from = 0;
                each_window(size, settings, [&](std::int64_t begin, std::int64_t end) {
                    while (from < document.terms.size() && document.terms[from].first < begin) ++from;
                    const double length = compare(document, from, begin, end, rows, idf.data(), settings);
                    if (length == 0) return;
                    const auto add = [&](double* to) {
                        rows.loops().add_similar(to, document.similarity.data(), 1 / length, min_similarity, n_topics);
                    };
                    if (!tokens) return add(row);
                    for (std::int64_t i = begin; i < end; ++i) add(token_row + static_cast<std::size_t>(i) * n_topics);
                });
                if (tokens)
                    for (std::int64_t i = 0; i < size; ++i) {
                        const double* add = token_row + static_cast<std::size_t>(i) * n_topics;
                        for (std::size_t t = 0; t < n_topics; ++t) row[t] += add[t];
                    }
                to_shares(row, n_topics);
            }
        });
    }
    nb::object token_array = nb::none();
    if (tokens) token_array = token_rows.release({n_tokens, n_topics});
    return nb::make_tuple(distributions.release({n, n_topics}), token_array);
}

}  // namespace
}  // namespace leitmotif

void bind_windows(nb::module_& module) {
    using namespace nb::literals;
    module.def("window_distributions", &leitmotif::window_distributions, "index"_a, "ids"_a, "indptr"_a,
               "piece_words"_a, "piece_starts"_a, "row_starts"_a, "row_topics"_a, "row_values"_a, "idf"_a,
               "n_topics"_a, "min_n"_a, "max_n"_a, "window"_a, "stride"_a, "padding"_a, "min_similarity"_a, "scale"_a,
               "tokens"_a, "n_threads"_a = 0, "Topic distributions of documents, and of their tokens if asked for.");
}
