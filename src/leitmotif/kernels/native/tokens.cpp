// Texts to a stream of word ids, as `re.findall(r"(?u)\b\w\w+\b", text.lower())` splits them.
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "module.hpp"
#include "parallel.hpp"
#include "texts.hpp"
#include "words.hpp"

namespace leitmotif {
namespace {

// An entry of a fold table: what a code point becomes, and whether that is a word character.
constexpr std::uint32_t kWord = 1u << 31;
// The code point becomes up to three; the low bits are the row of the table of expansions.
constexpr std::uint32_t kExpands = 1u << 30;
constexpr std::uint32_t kCodePoint = 0x1FFFFF;
constexpr std::size_t kBlock = 64;

struct Fold {
    const std::uint32_t* table = nullptr;       // null: all texts are ASCII
    std::size_t size = 0;                       // code points from here on stay as they are and are no word characters
    const std::uint32_t* expansions = nullptr;  // rows of three entries, 0: none
};

// What one worker owns while it treats a block.
struct Worker {
    WordTable words;
    WordBuffer buffer;
    std::vector<char> line;
};

struct Block {
    std::vector<std::uint32_t> ids;  // in the numbering of `worker`
    std::size_t worker = 0;
};

struct AsciiTable {
    char to[256];  // 0: not a word character
    explicit AsciiTable(bool lowercase) {
        std::memset(to, 0, sizeof to);
        for (int c = '0'; c <= '9'; ++c) to[c] = static_cast<char>(c);
        for (int c = 'a'; c <= 'z'; ++c) to[c] = static_cast<char>(c);
        for (int c = 'A'; c <= 'Z'; ++c) to[c] = static_cast<char>(lowercase ? c + 32 : c);
        to[static_cast<int>('_')] = '_';
    }
};

void split_ascii(const Text& text, const AsciiTable& table, Worker& worker, std::vector<std::uint32_t>& out) {
    const auto* in = static_cast<const unsigned char*>(text.data);
    const std::size_t n = text.length;
    if (worker.line.size() < n + 8) worker.line.resize(n + 8);
    char* line = worker.line.data();
    for (std::size_t i = 0; i < n; ++i) line[i] = table.to[in[i]];
    for (std::size_t i = 0; i < n;) {
        if (!line[i]) {
            ++i;
            continue;
        }
        const std::size_t start = i;
        while (i < n && line[i]) ++i;
        if (i - start >= 2) out.push_back(worker.words.id(line + start, i - start));
    }
}

template <typename Unit>
void split_wide(const Text& text, const Fold& fold, Worker& worker, std::vector<std::uint32_t>& out) {
    const auto* in = static_cast<const Unit*>(text.data);
    WordBuffer& buffer = worker.buffer;
    auto finish = [&] {
        if (buffer.points() >= 2) out.push_back(worker.words.id(buffer.data(), buffer.size()));
        buffer.clear();
    };
    buffer.clear();
    for (std::size_t i = 0; i < text.length; ++i) {
        const std::uint32_t point = static_cast<std::uint32_t>(in[i]);
        const std::uint32_t entry = point < fold.size ? fold.table[point] : point;
        if (entry & kWord) {
            buffer.push(entry & kCodePoint);
        } else if (entry & kExpands) {
            const std::uint32_t* row = fold.expansions + 3 * (entry & kCodePoint);
            for (int k = 0; k < 3 && row[k]; ++k) {
                if (row[k] & kWord)
                    buffer.push(row[k] & kCodePoint);
                else
                    finish();
            }
        } else {
            finish();
        }
    }
    finish();
}

struct Word {
    std::uint64_t head;  // the first eight bytes, so that most comparisons touch nothing else
    const char* bytes;
    std::size_t length;
    std::uint32_t worker, id;
};

// Byte order of UTF-8 is the order of code points, which is Python's order of strings.
bool before(const Word& a, const Word& b) {
    if (a.head != b.head) return a.head < b.head;
    if (a.length <= 8 || b.length <= 8) return a.length < b.length;
    const int order = std::memcmp(a.bytes + 8, b.bytes + 8, std::min(a.length, b.length) - 8);
    return order != 0 ? order < 0 : a.length < b.length;
}

bool same(const Word& a, const Word& b) {
    return a.head == b.head && a.length == b.length && std::memcmp(a.bytes, b.bytes, a.length) == 0;
}

std::uint64_t head_of(const char* bytes, std::size_t length) {
    std::uint64_t head = 0;
    for (std::size_t i = 0; i < 8; ++i)
        head = (head << 8) | (i < length ? static_cast<unsigned char>(bytes[i]) : 0u);
    return head;
}

void check_tables(const std::vector<Text>& texts, const Vector<std::uint32_t>& fold_lower,
                  const Vector<std::uint32_t>& fold_same, const Vector<std::uint8_t>& ready) {
    const bool wide = std::any_of(texts.begin(), texts.end(), [](const Text& t) { return t.width != 0; });
    if (wide && (fold_lower.size() == 0 || fold_same.size() != fold_lower.size()))
        throw nb::value_error("texts beyond ASCII need both fold tables");
    if (ready.size() != 0 && ready.size() != texts.size()) throw nb::value_error("`ready` needs one entry a document");
}

// Appends the words of a text, as ids of a worker's table.
class Splitter {
public:
    Splitter(const std::vector<Text>& texts, bool lowercase, const Vector<std::uint32_t>& fold_lower,
             const Vector<std::uint32_t>& fold_same, const Vector<std::uint32_t>& expansions, const Vector<std::uint8_t>& ready)
        : texts_(texts), lowercase_(lowercase), lower_{fold_lower.data(), fold_lower.size(), expansions.data()},
          same_{fold_same.data(), fold_same.size(), expansions.data()}, ready_(ready.size() ? ready.data() : nullptr) {}

    void operator()(std::size_t i, Worker& worker, std::vector<std::uint32_t>& out) const {
        const Text& text = texts_[i];
        const bool fold_case = lowercase_ && !(ready_ && ready_[i]);
        const Fold& fold = fold_case ? lower_ : same_;
        switch (text.width) {
            case 0: split_ascii(text, fold_case ? ascii_lower_ : ascii_same_, worker, out); break;
            case 1: split_wide<std::uint8_t>(text, fold, worker, out); break;
            case 2: split_wide<std::uint16_t>(text, fold, worker, out); break;
            default: split_wide<std::uint32_t>(text, fold, worker, out); break;
        }
    }

private:
    const std::vector<Text>& texts_;
    bool lowercase_;
    Fold lower_, same_;
    const std::uint8_t* ready_;
    AsciiTable ascii_lower_{true}, ascii_same_{false};
};

// Workers for whoever takes a block: as many as there were blocks in hand at once.
template <typename T>
class Pool {
public:
    std::size_t take() {
        std::lock_guard<std::mutex> lock(mutex_);
        if (idle_.empty()) {
            workers_.push_back(std::make_unique<T>());
            return workers_.size() - 1;
        }
        const std::size_t taken = idle_.back();
        idle_.pop_back();
        return taken;
    }
    void give_back(std::size_t worker) {
        std::lock_guard<std::mutex> lock(mutex_);
        idle_.push_back(worker);
    }
    T& operator[](std::size_t worker) {
        std::lock_guard<std::mutex> lock(mutex_);
        return *workers_[worker];
    }
    std::size_t size() const { return workers_.size(); }

private:
    std::vector<std::unique_ptr<T>> workers_;
    std::vector<std::size_t> idle_;
    std::mutex mutex_;
};

nb::tuple tokenize(const nb::tuple& docs, bool lowercase, const Vector<std::uint32_t>& fold_lower,
                   const Vector<std::uint32_t>& fold_same, const Vector<std::uint32_t>& expansions,
                   const Vector<std::uint8_t>& ready, std::size_t n_threads) {
    const std::vector<Text> texts = view(docs);
    check_tables(texts, fold_lower, fold_same, ready);
    const std::size_t n = texts.size();
    Pool<Worker> workers;
    std::vector<Block> blocks((n + kBlock - 1) / kBlock);
    Buffer<std::int64_t> indptr(n + 1);
    Buffer<std::int32_t> ids;
    std::vector<Word> words;
    {
        nb::gil_scoped_release unlocked;
        const Splitter split(texts, lowercase, fold_lower, fold_same, expansions, ready);
        parallel_blocks(n, kBlock, n_threads, [&](std::size_t begin, std::size_t end, std::size_t b) {
            blocks[b].worker = workers.take();
            Worker& worker = workers[blocks[b].worker];
            auto& out = blocks[b].ids;
            for (std::size_t i = begin; i < end; ++i) {
                const std::size_t size = out.size();
                split(i, worker, out);
                indptr[i + 1] = static_cast<std::int64_t>(out.size() - size);
            }
            out.shrink_to_fit();
            workers.give_back(blocks[b].worker);
        });
        indptr[0] = 0;
        for (std::size_t i = 0; i < n; ++i) indptr[i + 1] += indptr[i];

        // Which worker met a word is chance; its rank among all words is not.
        std::vector<std::vector<std::int32_t>> rank(workers.size());
        std::vector<Word> all;
        for (std::uint32_t w = 0; w < workers.size(); ++w) {
            const WordTable& table = workers[w].words;
            rank[w].resize(table.size());
            for (std::uint32_t id = 0; id < table.size(); ++id) {
                const char* bytes = table.word(id);
                const std::size_t length = table.length(id);
                all.push_back({head_of(bytes, length), bytes, length, w, id});
            }
        }
        std::sort(all.begin(), all.end(), before);
        for (const Word& word : all) {
            if (words.empty() || !same(words.back(), word)) words.push_back(word);
            rank[word.worker][word.id] = static_cast<std::int32_t>(words.size() - 1);
        }
        ids = Buffer<std::int32_t>(static_cast<std::size_t>(indptr[n]));
        parallel_blocks(blocks.size(), 1, n_threads, [&](std::size_t b, std::size_t, std::size_t) {
            const auto& to = rank[blocks[b].worker];
            std::int32_t* out = ids.data() + indptr[b * kBlock];
            for (std::uint32_t id : blocks[b].ids) *out++ = to[id];
            std::vector<std::uint32_t>().swap(blocks[b].ids);
        });
    }
    nb::list list = nb::steal<nb::list>(PyList_New(static_cast<Py_ssize_t>(words.size())));
    if (!list.is_valid()) throw nb::python_error();
    for (std::size_t i = 0; i < words.size(); ++i) {
        PyObject* word = PyUnicode_DecodeUTF8(words[i].bytes, static_cast<Py_ssize_t>(words[i].length), "surrogatepass");
        if (!word) throw nb::python_error();
        PyList_SET_ITEM(list.ptr(), static_cast<Py_ssize_t>(i), word);
    }
    return nb::make_tuple(ids.release(), indptr.release(), list);
}

// CRC-32 as zlib computes it: the polynomial 0xEDB88320, a byte at a time.
std::uint32_t crc32(const char* bytes, std::size_t length) {
    static const std::array<std::uint32_t, 256> table = [] {
        std::array<std::uint32_t, 256> made{};
        for (std::uint32_t i = 0; i < 256; ++i) {
            std::uint32_t rest = i;
            for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ (rest & 1u ? 0xEDB88320u : 0u);
            made[i] = rest;
        }
        return made;
    }();
    std::uint32_t crc = 0xFFFFFFFFu;
    for (std::size_t i = 0; i < length; ++i) crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(bytes[i])) & 0xFFu];
    return ~crc;
}

// How often each document has words of certain hashes (ascending): values, columns and where each row begins. A word is hashed
// once a worker, and nothing is kept of those that nobody asks for.
nb::tuple hashed_counts(const nb::tuple& docs, bool lowercase, const Vector<std::uint32_t>& fold_lower,
                        const Vector<std::uint32_t>& fold_same, const Vector<std::uint32_t>& expansions,
                        const Vector<std::uint8_t>& ready, const Vector<std::uint32_t>& hashes, std::size_t n_threads) {
    const std::vector<Text> texts = view(docs);
    check_tables(texts, fold_lower, fold_same, ready);
    const std::size_t n = texts.size();
    struct Counts {
        std::vector<std::int32_t> columns, values;
    };
    struct Counter : Worker {
        std::vector<std::uint32_t> ids;
        std::vector<std::int32_t> column;  // of each word, -1: nobody asks
        std::vector<std::int32_t> met;
    };
    std::vector<Counts> blocks((n + kBlock - 1) / kBlock);
    Buffer<std::int64_t> indptr(n + 1);
    Buffer<std::int32_t> columns, values;
    {
        nb::gil_scoped_release unlocked;
        const Splitter split(texts, lowercase, fold_lower, fold_same, expansions, ready);
        const std::uint32_t* const first = hashes.data();
        const std::uint32_t* const last = first + hashes.size();
        Pool<Counter> pool;
        parallel_blocks(n, kBlock, n_threads, [&](std::size_t begin, std::size_t end, std::size_t b) {
            const std::size_t own = pool.take();
            Counter& counter = pool[own];
            for (std::size_t i = begin; i < end; ++i) {
                counter.ids.clear();
                counter.met.clear();
                split(i, counter, counter.ids);
                for (auto id = static_cast<std::uint32_t>(counter.column.size()); id < counter.words.size(); ++id) {
                    const std::uint32_t hash = crc32(counter.words.word(id), counter.words.length(id));
                    const std::uint32_t* const at = std::lower_bound(first, last, hash);
                    counter.column.push_back(at != last && *at == hash ? static_cast<std::int32_t>(at - first) : -1);
                }
                for (std::uint32_t id : counter.ids) {
                    if (counter.column[id] >= 0) counter.met.push_back(counter.column[id]);
                }
                std::sort(counter.met.begin(), counter.met.end());
                const std::size_t before = blocks[b].columns.size();
                for (std::size_t k = 0; k < counter.met.size(); ++k) {
                    if (k == 0 || counter.met[k] != counter.met[k - 1]) {
                        blocks[b].columns.push_back(counter.met[k]);
                        blocks[b].values.push_back(0);
                    }
                    ++blocks[b].values.back();
                }
                indptr[i + 1] = static_cast<std::int64_t>(blocks[b].columns.size() - before);
            }
            pool.give_back(own);
        });
        indptr[0] = 0;
        for (std::size_t i = 0; i < n; ++i) indptr[i + 1] += indptr[i];
        columns = Buffer<std::int32_t>(static_cast<std::size_t>(indptr[n]));
        values = Buffer<std::int32_t>(static_cast<std::size_t>(indptr[n]));
        parallel_blocks(blocks.size(), 1, n_threads, [&](std::size_t b, std::size_t, std::size_t) {
            std::copy(blocks[b].columns.begin(), blocks[b].columns.end(), columns.data() + indptr[b * kBlock]);
            std::copy(blocks[b].values.begin(), blocks[b].values.end(), values.data() + indptr[b * kBlock]);
            blocks[b] = Counts{};
        });
    }
    return nb::make_tuple(values.release(), columns.release(), indptr.release());
}

}  // namespace
}  // namespace leitmotif

void bind_tokens(nb::module_& module) {
    using namespace nb::literals;
    module.def("tokenize", &leitmotif::tokenize, "docs"_a, "lowercase"_a, "fold_lower"_a, "fold_same"_a,
               "expansions"_a, "ready"_a, "n_threads"_a = 0,
               "Word ids of all texts (int32), where each text begins (int64), and the sorted words.");
    module.def("hashed_counts", &leitmotif::hashed_counts, "docs"_a, "lowercase"_a, "fold_lower"_a, "fold_same"_a,
               "expansions"_a, "ready"_a, "hashes"_a, "n_threads"_a = 0,
               "How often each text has the words of each CRC-32: values and columns (int32), and where each row begins.");
}
