#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include "arrays.hpp"
#include "words.hpp"

namespace leitmotif {

// A fixed vocabulary: the trie of its terms, looked up by (node, next word).
class TermIndex {
public:
    explicit TermIndex(const nb::list& terms) : slots_(16) {
        if (terms.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
            throw std::overflow_error("more than 2**31 - 1 terms");
        column_.push_back(-1);  // the root
        WordBuffer word;
        for (std::size_t row = 0; row < terms.size(); ++row) {
            PyObject* term = text(terms, row);
            const Py_ssize_t length = PyUnicode_GET_LENGTH(term);
            std::uint32_t node = 0;
            std::size_t n = 1;
            word.clear();
            for (Py_ssize_t i = 0; i <= length; ++i) {
                const Py_UCS4 c = i < length ? PyUnicode_READ_CHAR(term, i) : ' ';
                if (c != ' ') {
                    word.push(c);
                    continue;
                }
                node = add(node, words_.id(word.data(), word.size()));
                word.clear();
                n += i < length;
            }
            column_[node] = static_cast<std::int32_t>(row);
            max_n_ = std::max(max_n_, n);
        }
        n_terms_ = terms.size();
    }

    // The id here of each word of a stream, -1: unknown.
    nb::object lookup(const nb::list& words) const {
        Buffer<std::int32_t> ids(words.size());
        WordBuffer word;
        for (std::size_t i = 0; i < words.size(); ++i) {
            PyObject* object = text(words, i);
            word.clear();
            for (Py_ssize_t k = 0; k < PyUnicode_GET_LENGTH(object); ++k) word.push(PyUnicode_READ_CHAR(object, k));
            const std::uint32_t id = words_.find(word.data(), word.size());
            ids[i] = id == WordTable::kAbsent ? -1 : static_cast<std::int32_t>(id);
        }
        return ids.release();
    }

    // The node of a term that continues another by a word; 0, the root, if no term does.
    std::uint32_t next(std::uint32_t node, std::int32_t word) const {
        return slot(static_cast<std::uint64_t>(node) << 32 | static_cast<std::uint32_t>(word)).node;
    }
    // The column of the term that ends at a node, or -1.
    std::int32_t column(std::uint32_t node) const { return column_[node]; }
    std::size_t n_terms() const { return n_terms_; }
    // Number of words of the longest term.
    std::size_t longest() const { return max_n_; }

private:
    struct Slot {
        std::uint64_t key = 0;
        std::uint32_t node = 0;  // 0: free, as the root is nobody's child
    };
    static std::size_t mix(std::uint64_t key) {
        key *= 0x9E3779B97F4A7C15ull;
        return static_cast<std::size_t>(key ^ (key >> 32));
    }
    const Slot& slot(std::uint64_t key) const {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = mix(key) & mask;
        while (slots_[at].node != 0 && slots_[at].key != key) at = (at + 1) & mask;
        return slots_[at];
    }
    std::uint32_t add(std::uint32_t node, std::uint32_t word) {
        const std::uint64_t key = static_cast<std::uint64_t>(node) << 32 | word;
        auto& free = const_cast<Slot&>(slot(key));
        if (free.node != 0) return free.node;
        const auto child = static_cast<std::uint32_t>(column_.size());
        free = {key, child};
        column_.push_back(-1);
        if (2 * column_.size() > slots_.size()) {
            std::vector<Slot> old(4 * slots_.size());
            old.swap(slots_);
            for (const Slot& s : old)
                if (s.node != 0) const_cast<Slot&>(slot(s.key)) = s;
        }
        return child;
    }

    static PyObject* text(const nb::list& list, std::size_t i) {
        PyObject* object = PyList_GET_ITEM(list.ptr(), static_cast<Py_ssize_t>(i));
        if (!PyUnicode_Check(object)) throw nb::type_error("every term must be a str");
        return object;
    }

    WordTable words_;
    std::size_t n_terms_ = 0, max_n_ = 1;
    std::vector<Slot> slots_;
    std::vector<std::int32_t> column_;
};

}  // namespace leitmotif
