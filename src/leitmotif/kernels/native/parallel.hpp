#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace leitmotif {

// The number of threads that kernels use when the caller gives none (0): all cores, or LEITMOTIF_NUM_THREADS.
std::size_t default_threads();

inline std::size_t resolve_threads(std::size_t requested) {
    return requested == 0 ? default_threads() : requested;
}

// Calls `work(begin, end, block)` for consecutive blocks of [0, n). Blocks are handed out in any
// order to any thread, so `work` may write only to what belongs to its block; that is what makes
// results independent of the number of threads. The first exception is rethrown here.
template <typename Work>
void parallel_blocks(std::size_t n, std::size_t block_size, std::size_t n_threads, Work&& work) {
    if (n == 0) return;
    block_size = std::max<std::size_t>(block_size, 1);
    const std::size_t n_blocks = (n + block_size - 1) / block_size;
    n_threads = std::min(resolve_threads(n_threads), n_blocks);
    std::atomic<std::size_t> next{0};
    std::atomic<bool> failed{false};
    std::exception_ptr error;
    std::mutex error_mutex;
    auto loop = [&] {
        try {
            for (std::size_t block = next++; block < n_blocks && !failed; block = next++) {
                const std::size_t begin = block * block_size;
                work(begin, std::min(n, begin + block_size), block);
            }
        } catch (...) {
            std::lock_guard<std::mutex> lock(error_mutex);
            if (!error) error = std::current_exception();
            failed = true;
        }
    };
    std::vector<std::thread> threads;
    threads.reserve(n_threads - 1);
    for (std::size_t t = 1; t < n_threads; ++t) threads.emplace_back(loop);
    loop();
    for (auto& thread : threads) thread.join();
    if (error) std::rethrow_exception(error);
}

}  // namespace leitmotif
