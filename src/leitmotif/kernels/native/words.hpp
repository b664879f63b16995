#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace leitmotif {

// 64 bits from the bytes of a word, eight at a time; the hash of a table, never of an answer.
inline std::uint64_t hash_bytes(const char* word, std::size_t length) {
    std::uint64_t h = 0x9E3779B97F4A7C15ull ^ (length * 0xD6E8FEB86659FD93ull);
    std::size_t i = 0;
    for (; i + 8 <= length; i += 8) {
        std::uint64_t chunk;
        std::memcpy(&chunk, word + i, 8);
        h = (h ^ chunk) * 0xFF51AFD7ED558CCDull;
        h ^= h >> 32;
    }
    if (i < length) {
        std::uint64_t chunk = 0;
        std::memcpy(&chunk, word + i, length - i);
        h = (h ^ chunk) * 0xFF51AFD7ED558CCDull;
        h ^= h >> 32;
    }
    h *= 0xC4CEB9FE1A85EC53ull;
    return h ^ (h >> 29);
}

// Distinct words in the order of their first appearance. Not shared between threads.
class WordTable {
public:
    WordTable() : slots_(1 << 12), starts_{0} {}

    // The id of a word, which is new if it was never seen.
    std::uint32_t id(const char* word, std::size_t length) {
        const std::uint64_t hash = hash_bytes(word, length);
        Slot& slot = slots_[place(hash, word, length)];
        return slot.id == kAbsent ? insert(slot, hash, word, length) : slot.id;
    }
    // The id of a word, or kAbsent.
    std::uint32_t find(const char* word, std::size_t length) const {
        return slots_[place(hash_bytes(word, length), word, length)].id;
    }
    std::size_t size() const { return starts_.size() - 1; }
    const char* word(std::uint32_t id) const { return bytes_.data() + starts_[id]; }
    std::size_t length(std::uint32_t id) const { return starts_[id + 1] - starts_[id]; }

    static constexpr std::uint32_t kAbsent = 0xFFFFFFFFu;

private:
    struct Slot {
        std::uint64_t hash = 0;
        std::uint32_t id = kAbsent;
    };

    std::size_t place(std::uint64_t hash, const char* word, std::size_t length) const {
        const std::size_t mask = slots_.size() - 1;
        for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
            const Slot& slot = slots_[at];
            if (slot.id == kAbsent || (slot.hash == hash && this->length(slot.id) == length &&
                                       (length == 0 || std::memcmp(this->word(slot.id), word, length) == 0)))
                return at;
        }
    }
    std::uint32_t insert(Slot& slot, std::uint64_t hash, const char* word, std::size_t length) {
        if (size() >= 0x7FFFFFFF) throw std::overflow_error("more than 2**31 - 1 distinct words");
        const auto id = static_cast<std::uint32_t>(size());
        bytes_.insert(bytes_.end(), word, word + length);
        starts_.push_back(bytes_.size());
        slot = {hash, id};
        if (2 * size() > slots_.size()) grow();
        return id;
    }
    void grow() {
        std::vector<Slot> old(2 * slots_.size());
        old.swap(slots_);
        const std::size_t mask = slots_.size() - 1;
        for (const Slot& slot : old) {
            if (slot.id == kAbsent) continue;
            std::size_t at = slot.hash & mask;
            while (slots_[at].id != kAbsent) at = (at + 1) & mask;
            slots_[at] = slot;
        }
    }

    std::vector<Slot> slots_;
    std::vector<std::size_t> starts_;
    std::vector<char> bytes_;
};

// One word being put together, as UTF-8 (lone surrogates in their three-byte form).
class WordBuffer {
public:
    void clear() { size_ = points_ = 0; }
    void push(std::uint32_t c) {
        if (size_ + 4 > bytes_.size()) bytes_.resize(2 * bytes_.size() + 256);
        char* out = bytes_.data() + size_;
        ++points_;
        if (c < 0x80) {
            out[0] = static_cast<char>(c);
            size_ += 1;
        } else if (c < 0x800) {
            out[0] = static_cast<char>(0xC0 | (c >> 6));
            out[1] = static_cast<char>(0x80 | (c & 0x3F));
            size_ += 2;
        } else if (c < 0x10000) {
            out[0] = static_cast<char>(0xE0 | (c >> 12));
            out[1] = static_cast<char>(0x80 | ((c >> 6) & 0x3F));
            out[2] = static_cast<char>(0x80 | (c & 0x3F));
            size_ += 3;
        } else {
            out[0] = static_cast<char>(0xF0 | (c >> 18));
            out[1] = static_cast<char>(0x80 | ((c >> 12) & 0x3F));
            out[2] = static_cast<char>(0x80 | ((c >> 6) & 0x3F));
            out[3] = static_cast<char>(0x80 | (c & 0x3F));
            size_ += 4;
        }
    }
    const char* data() const { return bytes_.data(); }
    std::size_t size() const { return size_; }
    std::size_t points() const { return points_; }

private:
    std::vector<char> bytes_ = std::vector<char>(64);
    std::size_t size_ = 0;
    std::size_t points_ = 0;
};

}  // namespace leitmotif
