// Streams of word ids to document x term counts. An n-gram is a tuple of ids; ids are ranks of
// words, and the blank between words sorts below every word character, so the order of the tuples
// is the order of the terms as strings and no string is needed to count.
#include <algorithm>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <vector>

#include "arrays.hpp"
#include "module.hpp"
#include "parallel.hpp"
#include "terms.hpp"

namespace leitmotif {
namespace {

constexpr std::size_t kDocuments = 64;
constexpr std::uint32_t kNone = 0xFFFFFFFFu;

// A stream: words of document d at [starts[d], starts[d + 1]).
struct Stream {
    const std::int32_t* ids;
    const std::int64_t* starts;
    std::size_t n_documents;
    std::size_t size() const { return static_cast<std::size_t>(starts[n_documents]); }
};

void check(const Vector<std::int32_t>& ids, const Vector<std::int64_t>& indptr, std::size_t n_words) {
    if (indptr.size() == 0 || indptr.data()[0] != 0 ||
        indptr.data()[indptr.size() - 1] != static_cast<std::int64_t>(ids.size()))
        throw nb::value_error("indptr must run from 0 to the number of ids");
    for (std::size_t d = 1; d < indptr.size(); ++d)
        if (indptr.data()[d] < indptr.data()[d - 1]) throw nb::value_error("indptr must not fall");
    for (std::size_t i = 0; i < ids.size(); ++i)
        if (ids.data()[i] < -1 || ids.data()[i] >= static_cast<std::int64_t>(n_words))
            throw nb::value_error("a word id lies outside the vocabulary");
}

// The stream without the words whose `keep` is zero.
struct Kept {
    Buffer<std::int32_t> ids;
    Buffer<std::int64_t> starts;

    Kept(const Stream& stream, const std::uint8_t* keep, std::size_t n_threads) : starts(stream.n_documents + 1) {
        starts[0] = 0;
        parallel_blocks(stream.n_documents, kDocuments, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            for (std::size_t d = begin; d < end; ++d) {
                std::int64_t n = 0;
                for (std::int64_t p = stream.starts[d]; p < stream.starts[d + 1]; ++p) n += keep[stream.ids[p]];
                starts[d + 1] = n;
            }
        });
        for (std::size_t d = 0; d < stream.n_documents; ++d) starts[d + 1] += starts[d];
        ids = Buffer<std::int32_t>(static_cast<std::size_t>(starts[stream.n_documents]));
        parallel_blocks(stream.n_documents, kDocuments, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            for (std::size_t d = begin; d < end; ++d) {
                std::int32_t* out = ids.data() + starts[d];
                for (std::int64_t p = stream.starts[d]; p < stream.starts[d + 1]; ++p)
                    if (keep[stream.ids[p]]) *out++ = stream.ids[p];
            }
        });
    }
};

// The n-grams of one length: nodes of a trie, sorted; `at` gives the node that begins at a position.
struct Level {
    std::vector<std::uint32_t> parent, word, size, start;
    Buffer<std::uint32_t> at;
};

// Level 1: every word of the stream that occurs.
Level words_of(const Stream& stream, std::size_t n_words) {
    Level level;
    std::vector<std::uint32_t> node(n_words, kNone);
    for (std::size_t p = 0; p < stream.size(); ++p) node[stream.ids[p]] = 0;
    for (std::size_t w = 0; w < n_words; ++w) {
        if (node[w] == kNone) continue;
        node[w] = static_cast<std::uint32_t>(level.word.size());
        level.word.push_back(static_cast<std::uint32_t>(w));
    }
    level.at = Buffer<std::uint32_t>(stream.size());
    for (std::size_t p = 0; p < stream.size(); ++p) level.at[p] = node[stream.ids[p]];
    return level;
}

// Level n from level n - 1: positions are gathered by the node they continue, then ordered by the word
// that continues it.
Level extend(const Stream& stream, const Level& shorter, std::size_t n, std::size_t n_threads) {
    const std::size_t n_parents = shorter.word.size();
    Level level;
    level.at = Buffer<std::uint32_t>(stream.size());
    std::vector<std::size_t> bucket(n_parents + 1, 0);
    auto each = [&](auto&& visit) {
        for (std::size_t d = 0; d < stream.n_documents; ++d) {
            const std::int64_t end = stream.starts[d + 1] - static_cast<std::int64_t>(n) + 1;
            for (std::int64_t p = stream.starts[d]; p < end; ++p) visit(static_cast<std::size_t>(p));
        }
    };
    each([&](std::size_t p) { ++bucket[shorter.at[p] + 1]; });
    for (std::size_t b = 0; b < n_parents; ++b) bucket[b + 1] += bucket[b];
    Buffer<std::uint64_t> pairs(bucket[n_parents]);  // word << 32 | position
    {
        std::vector<std::size_t> next(bucket.begin(), bucket.end() - 1);
        each([&](std::size_t p) {
            const auto word = static_cast<std::uint64_t>(static_cast<std::uint32_t>(stream.ids[p + n - 1]));
            pairs[next[shorter.at[p]]++] = word << 32 | p;
        });
    }
    constexpr std::size_t kParents = 256;
    std::vector<std::size_t> first(n_parents + 1, 0);
    parallel_blocks(n_parents, kParents, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t b = begin; b < end; ++b) {
            std::uint64_t *from = pairs.data() + bucket[b], *to = pairs.data() + bucket[b + 1];
            std::sort(from, to);
            std::size_t distinct = from < to;
            for (auto* pair = from + 1; pair < to; ++pair) distinct += (pair[0] >> 32) != (pair[-1] >> 32);
            first[b + 1] = distinct;
        }
    });
    for (std::size_t b = 0; b < n_parents; ++b) first[b + 1] += first[b];
    if (first[n_parents] >= kNone) throw std::overflow_error("more than 2**32 distinct n-grams");
    level.parent.resize(first[n_parents]);
    level.word.resize(first[n_parents]);
    parallel_blocks(n_parents, kParents, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t b = begin; b < end; ++b) {
            auto node = static_cast<std::uint32_t>(first[b]) - 1;
            for (std::size_t i = bucket[b]; i < bucket[b + 1]; ++i) {
                const auto word = static_cast<std::uint32_t>(pairs[i] >> 32);
                if (i == bucket[b] || word != level.word[node]) {
                    ++node;
                    level.parent[node] = static_cast<std::uint32_t>(b);
                    level.word[node] = word;
                }
                level.at[pairs[i] & 0xFFFFFFFFu] = node;
            }
        }
    });
    return level;
}

// Gives each node its column: the order of the terms is a walk through the trie, parents first.
std::size_t number_columns(std::vector<Level>& levels, std::size_t min_n) {
    std::size_t columns = 0;
    for (std::size_t n = levels.size(); n-- > 0;) {
        Level& level = levels[n];
        level.size.assign(level.word.size(), n + 1 >= min_n);
        if (n + 1 < levels.size())
            for (std::size_t i = 0; i < levels[n + 1].word.size(); ++i)
                level.size[levels[n + 1].parent[i]] += levels[n + 1].size[i];
    }
    for (std::uint32_t size : levels[0].size) columns += size;
    if (columns > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
        throw std::overflow_error("more than 2**31 - 1 distinct terms");
    for (std::size_t n = 0; n < levels.size(); ++n) {
        Level& level = levels[n];
        level.start.resize(level.word.size());
        std::uint32_t next = 0;
        for (std::size_t i = 0; i < level.word.size(); ++i) {
            if (n > 0 && (i == 0 || level.parent[i] != level.parent[i - 1]))
                next = levels[n - 1].start[level.parent[i]] + (n >= min_n);
            level.start[i] = next;
            next += level.size[i];
        }
    }
    return columns;
}

// Columns of a document, in any order and with repeats, become a sorted row of counts.
struct Rows {
    Buffer<std::int32_t> columns;     // one for each occurrence, sorted within a document
    std::vector<std::size_t> offset;  // of each document in `columns`
    Buffer<std::int64_t> indptr;

    explicit Rows(std::size_t n_documents) : offset(n_documents + 1, 0), indptr(n_documents + 1) { indptr[0] = 0; }

    void close(std::size_t d, std::int32_t* end) {
        std::int32_t* begin = columns.data() + offset[d];
        std::sort(begin, end);
        std::int64_t distinct = begin < end;
        for (auto* c = begin + 1; c < end; ++c) distinct += c[0] != c[-1];
        indptr[d + 1] = distinct;
    }
    std::pair<Buffer<std::int32_t>, Buffer<std::int32_t>> finish(const std::vector<std::size_t>& ends,
                                                                 std::size_t n_threads) {
        const std::size_t n = offset.size() - 1;
        for (std::size_t d = 0; d < n; ++d) indptr[d + 1] += indptr[d];
        const auto nnz = static_cast<std::size_t>(indptr[n]);
        Buffer<std::int32_t> indices(nnz), data(nnz);
        parallel_blocks(n, kDocuments, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            for (std::size_t d = begin; d < end; ++d) {
                std::int64_t out = indptr[d];
                const std::int32_t* c = columns.data() + offset[d];
                const std::int32_t* stop = columns.data() + ends[d];
                while (c < stop) {
                    const std::int32_t* run = c;
                    while (c < stop && *c == *run) ++c;
                    indices[out] = *run;
                    data[out++] = static_cast<std::int32_t>(c - run);
                }
            }
        });
        columns.reset();
        return {std::move(indices), std::move(data)};
    }
};

nb::tuple count_ngrams(const Vector<std::int32_t>& ids, const Vector<std::int64_t>& indptr,
                       const Vector<std::uint8_t>& keep, std::size_t n_words, std::size_t min_n, std::size_t max_n,
                       std::size_t n_threads) {
    check(ids, indptr, n_words);
    if (min_n < 1 || max_n < min_n) throw nb::value_error("n-gram lengths must satisfy 1 <= min_n <= max_n");
    if (keep.size() != 0 && keep.size() != n_words) throw nb::value_error("`keep` needs one entry a word");
    const std::size_t n = indptr.size() - 1;
    Rows rows(n);
    std::pair<Buffer<std::int32_t>, Buffer<std::int32_t>> entries;
    Buffer<std::int32_t> grams;
    std::size_t n_columns = 0;
    {
        nb::gil_scoped_release unlocked;
        Stream stream{ids.data(), indptr.data(), n};
        std::unique_ptr<Kept> kept;
        if (keep.size() != 0) {
            kept = std::make_unique<Kept>(stream, keep.data(), n_threads);
            stream = {kept->ids.data(), kept->starts.data(), n};
        }
        if (max_n > 1 && stream.size() >= kNone)
            throw std::overflow_error("n-grams of more than 2**32 words: count the corpus in parts");
        std::vector<Level> levels;
        levels.push_back(words_of(stream, n_words));
        for (std::size_t length = 2; length <= max_n && !levels.back().word.empty(); ++length)
            levels.push_back(extend(stream, levels.back(), length, n_threads));
        n_columns = number_columns(levels, min_n);

        grams = Buffer<std::int32_t>(n_columns * max_n);
        std::fill(grams.data(), grams.data() + grams.size(), -1);
        for (std::size_t k = min_n - 1; k < levels.size(); ++k) {
            parallel_blocks(levels[k].word.size(), 4096, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
                for (std::size_t i = begin; i < end; ++i) {
                    std::int32_t* gram = grams.data() + max_n * levels[k].start[i];
                    std::size_t node = i;
                    for (std::size_t j = k + 1; j-- > 0;) {
                        gram[j] = static_cast<std::int32_t>(levels[j].word[node]);
                        if (j > 0) node = levels[j].parent[node];
                    }
                }
            });
        }

        std::vector<std::size_t> ends(n);
        for (std::size_t d = 0; d < n; ++d) {
            const auto length = static_cast<std::size_t>(stream.starts[d + 1] - stream.starts[d]);
            std::size_t total = 0;
            for (std::size_t k = min_n; k <= levels.size() && k <= length; ++k) total += length - k + 1;
            ends[d] = rows.offset[d + 1] = rows.offset[d] + total;
        }
        rows.columns = Buffer<std::int32_t>(rows.offset[n]);
        parallel_blocks(n, kDocuments, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            for (std::size_t d = begin; d < end; ++d) {
                std::int32_t* out = rows.columns.data() + rows.offset[d];
                for (std::size_t k = min_n; k <= levels.size(); ++k) {
                    const Level& level = levels[k - 1];
                    const std::int64_t stop = stream.starts[d + 1] - static_cast<std::int64_t>(k) + 1;
                    for (std::int64_t p = stream.starts[d]; p < stop; ++p)
                        *out++ = static_cast<std::int32_t>(level.start[level.at[p]]);
                }
                rows.close(d, out);
            }
        });
        levels.clear();
        kept.reset();
        entries = rows.finish(ends, n_threads);
    }
    return nb::make_tuple(entries.second.release(), entries.first.release(), rows.indptr.release(),
                          grams.release({n_columns, max_n}));
}

// Counts of a fixed vocabulary. `word_of`: the id in `index` of each word of the stream;
// -1: unknown, -2: not there at all (a stop word).
nb::tuple count_terms(const TermIndex& index, const Vector<std::int32_t>& ids, const Vector<std::int64_t>& indptr,
                      const Vector<std::int32_t>& word_of, std::size_t min_n, std::size_t max_n,
                      std::size_t n_threads) {
    check(ids, indptr, word_of.size());
    const std::size_t n = indptr.size() - 1;
    max_n = std::min(max_n, index.longest());
    Rows rows(n);
    std::pair<Buffer<std::int32_t>, Buffer<std::int32_t>> entries;
    {
        nb::gil_scoped_release unlocked;
        std::vector<std::size_t> ends(n);
        for (std::size_t d = 0; d < n; ++d) {
            const auto length = static_cast<std::size_t>(indptr.data()[d + 1] - indptr.data()[d]);
            std::size_t total = 0;
            for (std::size_t k = min_n; k <= max_n && k <= length; ++k) total += length - k + 1;
            rows.offset[d + 1] = rows.offset[d] + total;
        }
        rows.columns = Buffer<std::int32_t>(rows.offset[n]);
        parallel_blocks(n, kDocuments, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            std::vector<std::int32_t> words;
            for (std::size_t d = begin; d < end; ++d) {
                words.clear();
                for (std::int64_t p = indptr.data()[d]; p < indptr.data()[d + 1]; ++p) {
                    const std::int32_t word = ids.data()[p] < 0 ? -1 : word_of.data()[ids.data()[p]];
                    if (word != -2) words.push_back(word);
                }
                std::int32_t* out = rows.columns.data() + rows.offset[d];
                for (std::size_t p = 0; p < words.size(); ++p) {
                    std::uint32_t node = 0;
                    for (std::size_t k = 1; k <= max_n && p + k <= words.size(); ++k) {
                        if (words[p + k - 1] < 0) break;
                        node = index.next(node, words[p + k - 1]);
                        if (node == 0) break;
                        if (k >= min_n && index.column(node) >= 0) *out++ = index.column(node);
                    }
                }
                ends[d] = static_cast<std::size_t>(out - rows.columns.data());
                rows.close(d, out);
            }
        });
        entries = rows.finish(ends, n_threads);
    }
    return nb::make_tuple(entries.second.release(), entries.first.release(), rows.indptr.release());
}

// A term as a string: its words joined by blanks. A new reference, or null with an exception set.
PyObject* join(PyObject* words, const std::int32_t* gram, std::size_t n) {
    if (n == 1) return Py_NewRef(PyList_GET_ITEM(words, gram[0]));
    Py_ssize_t length = static_cast<Py_ssize_t>(n) - 1;
    Py_UCS4 widest = 0;
    for (std::size_t j = 0; j < n; ++j) {
        PyObject* word = PyList_GET_ITEM(words, gram[j]);
        length += PyUnicode_GET_LENGTH(word);
        widest = std::max<Py_UCS4>(widest, PyUnicode_MAX_CHAR_VALUE(word));
    }
    PyObject* term = PyUnicode_New(length, widest);
    if (!term) return nullptr;
    const int kind = PyUnicode_KIND(term);
    char* bytes = static_cast<char*>(PyUnicode_DATA(term));
    Py_ssize_t at = 0;
    for (std::size_t j = 0; j < n; ++j) {
        if (j > 0) PyUnicode_WRITE(kind, bytes, at++, ' ');
        PyObject* word = PyList_GET_ITEM(words, gram[j]);
        const Py_ssize_t size = PyUnicode_GET_LENGTH(word);
        if (static_cast<int>(PyUnicode_KIND(word)) == kind) {
            std::memcpy(bytes + at * kind, PyUnicode_DATA(word), static_cast<std::size_t>(size * kind));
        } else if (PyUnicode_CopyCharacters(term, at, word, 0, size) < 0) {
            Py_DECREF(term);
            return nullptr;
        }
        at += size;
    }
    return term;
}

// Fills `terms`, an array of objects, with the terms of `grams`.
void join_terms(const nb::list& words, const Matrix<std::int32_t>& grams, const nb::object& terms) {
    const std::size_t n = grams.shape(0), max_n = grams.shape(1);
    for (nb::handle word : words)
        if (!PyUnicode_Check(word.ptr())) throw nb::type_error("every word must be a str");
    Py_buffer view;
    if (PyObject_GetBuffer(terms.ptr(), &view, PyBUF_WRITABLE | PyBUF_ND | PyBUF_FORMAT) < 0) throw nb::python_error();
    const bool fits = view.ndim == 1 && std::strcmp(view.format, "O") == 0 && static_cast<std::size_t>(view.shape[0]) == n;
    auto** slots = static_cast<PyObject**>(view.buf);
    bool inside = true, done = true;
    for (std::size_t i = 0; fits && inside && done && i < n; ++i) {
        const std::int32_t* gram = grams.data() + i * max_n;
        std::size_t k = 0;
        for (; k < max_n && gram[k] >= 0; ++k) inside &= static_cast<std::size_t>(gram[k]) < words.size();
        inside &= k > 0;
        if (!inside) break;
        PyObject* term = join(words.ptr(), gram, k);
        done = term != nullptr;
        if (done) Py_XSETREF(slots[i], term);
    }
    PyBuffer_Release(&view);
    if (!done) throw nb::python_error();
    if (!fits) throw nb::value_error("`terms` must be an array of objects, one for each row of `grams`");
    if (!inside) throw nb::index_error("a word id lies outside the vocabulary");
}

}  // namespace
}  // namespace leitmotif

void bind_counts(nb::module_& module) {
    using namespace nb::literals;
    module.def("count_ngrams", &leitmotif::count_ngrams, "ids"_a, "indptr"_a, "keep"_a, "n_words"_a, "min_n"_a,
               "max_n"_a, "n_threads"_a = 0,
               "Counts (data, indices, indptr) of all n-grams of a stream, and the word ids of each term.");
    module.def("join_terms", &leitmotif::join_terms, "words"_a, "grams"_a, "terms"_a,
               "Fill an array of objects with the terms as strings.");
    nb::class_<leitmotif::TermIndex>(module, "TermIndex", "A fixed vocabulary.")
        .def(nb::init<const nb::list&>(), "terms"_a)
        .def("lookup", &leitmotif::TermIndex::lookup, "words"_a, "Word ids here of the words of a stream; -1: unknown.")
        .def("count", &leitmotif::count_terms, "ids"_a, "indptr"_a, "word_of"_a, "min_n"_a, "max_n"_a,
             "n_threads"_a = 0, "Counts (data, indices, indptr) of the vocabulary's terms in a stream.");
}
