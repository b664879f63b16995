// Fingerprints of texts: BLAKE2b (RFC 7693) with a digest of eight bytes, over UTF-8.
#include <cstring>
#include <vector>

#include "arrays.hpp"
#include "module.hpp"
#include "parallel.hpp"
#include "texts.hpp"

namespace leitmotif {
namespace {

constexpr std::uint64_t kStart[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                                     0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
constexpr std::uint8_t kOrder[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};
constexpr std::size_t kBlockBytes = 128;
constexpr std::uint64_t kDigestBytes = 8;

std::uint64_t rotated(std::uint64_t x, int by) { return (x >> by) | (x << (64 - by)); }

std::uint64_t word_at(const unsigned char* bytes) {
    std::uint64_t word = 0;
    for (int i = 0; i < 8; ++i) word |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);  // little-endian everywhere
    return word;
}

// The compression function F; `seen` counts the bytes up to the end of this block.
void compress(std::uint64_t* h, const unsigned char* block, std::uint64_t seen, bool last) {
    std::uint64_t m[16], v[16];
    for (int i = 0; i < 16; ++i) m[i] = word_at(block + 8 * i);
    for (int i = 0; i < 8; ++i) {
        v[i] = h[i];
        v[i + 8] = kStart[i];
    }
    v[12] ^= seen;
    if (last) v[14] = ~v[14];
    const auto mix = [&v](int a, int b, int c, int d, std::uint64_t x, std::uint64_t y) {
        v[a] += v[b] + x;
        v[d] = rotated(v[d] ^ v[a], 32);
        v[c] += v[d];
        v[b] = rotated(v[b] ^ v[c], 24);
        v[a] += v[b] + y;
        v[d] = rotated(v[d] ^ v[a], 16);
        v[c] += v[d];
        v[b] = rotated(v[b] ^ v[c], 63);
    };
    for (int round = 0; round < 12; ++round) {
        const std::uint8_t* s = kOrder[round % 10];
        mix(0, 4, 8, 12, m[s[0]], m[s[1]]);
        mix(1, 5, 9, 13, m[s[2]], m[s[3]]);
        mix(2, 6, 10, 14, m[s[4]], m[s[5]]);
        mix(3, 7, 11, 15, m[s[6]], m[s[7]]);
        mix(0, 5, 10, 15, m[s[8]], m[s[9]]);
        mix(1, 6, 11, 12, m[s[10]], m[s[11]]);
        mix(2, 7, 8, 13, m[s[12]], m[s[13]]);
        mix(3, 4, 9, 14, m[s[14]], m[s[15]]);
    }
    for (int i = 0; i < 8; ++i) h[i] ^= v[i] ^ v[i + 8];
}

std::uint64_t digest(const unsigned char* bytes, std::size_t n) {
    std::uint64_t h[8];
    std::memcpy(h, kStart, sizeof h);
    h[0] ^= 0x01010000 ^ kDigestBytes;
    std::size_t done = 0;
    for (; n - done > kBlockBytes; done += kBlockBytes) compress(h, bytes + done, done + kBlockBytes, false);
    unsigned char rest[kBlockBytes] = {};
    if (n > done) std::memcpy(rest, bytes + done, n - done);
    compress(h, rest, n, true);
    return h[0];
}

// UTF-8 of a text that is not ASCII; half a surrogate pair as if it were a character.
template <typename Unit>
void encode(const Text& text, std::vector<unsigned char>& out) {
    const auto* in = static_cast<const Unit*>(text.data);
    out.clear();
    const auto tail = [&out](std::uint32_t c, int shift) {
        for (; shift >= 0; shift -= 6) out.push_back(static_cast<unsigned char>(0x80 | ((c >> shift) & 0x3F)));
    };
    for (std::size_t i = 0; i < text.length; ++i) {
        const std::uint32_t c = in[i];
        if (c < 0x80) {
            out.push_back(static_cast<unsigned char>(c));
        } else if (c < 0x800) {
            out.push_back(static_cast<unsigned char>(0xC0 | (c >> 6)));
            tail(c, 0);
        } else if (c < 0x10000) {
            out.push_back(static_cast<unsigned char>(0xE0 | (c >> 12)));
            tail(c, 6);
        } else {
            out.push_back(static_cast<unsigned char>(0xF0 | (c >> 18)));
            tail(c, 12);
        }
    }
}

nb::object text_fingerprints(const nb::tuple& docs, std::size_t n_threads) {
    const std::vector<Text> texts = view(docs);
    Buffer<std::uint64_t> prints(texts.size());
    {
        nb::gil_scoped_release unlocked;
        parallel_blocks(texts.size(), 256, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
            std::vector<unsigned char> line;
            for (std::size_t i = begin; i < end; ++i) {
                if (texts[i].width == 0) {
                    prints[i] = digest(static_cast<const unsigned char*>(texts[i].data), texts[i].length);
                    continue;
                }
                if (texts[i].width == 1) encode<std::uint8_t>(texts[i], line);
                if (texts[i].width == 2) encode<std::uint16_t>(texts[i], line);
                if (texts[i].width == 4) encode<std::uint32_t>(texts[i], line);
                prints[i] = digest(line.data(), line.size());
            }
        });
    }
    return prints.release();
}

}  // namespace
}  // namespace leitmotif

void bind_fingerprints(nb::module_& module) {
    using namespace nb::literals;
    module.def("text_fingerprints", &leitmotif::text_fingerprints, "texts"_a, "n_threads"_a = 0,
               "BLAKE2b of eight bytes of each text's UTF-8.");
}
