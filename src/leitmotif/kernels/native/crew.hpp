#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "parallel.hpp"
#include "simd.hpp"

namespace leitmotif {

// Runs `work(step, block)` for all blocks of one step after the other. A step begins once every block of the one before is done.
// Blocks go to whoever is free, and nobody waits for a thread that holds none: one that the system has put aside on a busy
// machine catches up later. `between(step)` is called once a step on the calling thread, when it holds no block. The first
// exception of either ends all and is rethrown here.
template <typename Work, typename Between>
void run_steps(std::size_t n_steps, std::size_t n_blocks, std::size_t n_threads, Work&& work, Between&& between) {
    if (n_steps == 0 || n_blocks == 0) return;
    n_threads = std::min(resolve_threads(n_threads), n_blocks);
    // Some tens of microseconds, about what a step takes; then sleep. With more threads than cores spinning only gets in the way.
    const int spins = n_threads <= std::thread::hardware_concurrency() ? 1000 : 0;
    // The step in the upper half, the next block in the lower: who takes a block learns in the same moment of which step it is.
    std::atomic<std::uint64_t> ticket{0};
    std::atomic<std::size_t> done{0};
    std::atomic<bool> failed{false};
    std::exception_ptr error;
    std::mutex error_mutex;
    const auto begin_step = [&](std::size_t step) {
        ticket.store(static_cast<std::uint64_t>(step) << 32, std::memory_order_release);
        ticket.notify_all();
    };
    auto loop = [&](bool caller) {
        try {
            std::size_t asked = n_steps;
            while (!failed) {
                const std::size_t now = static_cast<std::size_t>(ticket.load(std::memory_order_acquire) >> 32);
                if (caller && now != asked && now < n_steps) between(asked = now);
                const std::uint64_t taken = ticket.fetch_add(1, std::memory_order_acq_rel);
                const std::size_t step = static_cast<std::size_t>(taken >> 32);
                const std::size_t block = static_cast<std::size_t>(taken & 0xffffffffU);
                if (step >= n_steps) return;
                if (block < n_blocks) {
                    work(step, block);
                    if (done.fetch_add(1, std::memory_order_acq_rel) + 1 == n_blocks) {
                        done.store(0, std::memory_order_relaxed);
                        begin_step(step + 1);
                    }
                    continue;
                }
                std::uint64_t seen = ticket.load(std::memory_order_acquire);
                for (int spin = 0; spin < spins && seen >> 32 == step; ++spin) {
                    pause_core();
                    seen = ticket.load(std::memory_order_acquire);
                }
                for (; seen >> 32 == step && !failed; seen = ticket.load(std::memory_order_acquire)) {
                    ticket.wait(seen, std::memory_order_acquire);
                }
            }
        } catch (...) {
            {
                std::lock_guard<std::mutex> lock(error_mutex);
                if (!error) error = std::current_exception();
            }
            failed = true;
            begin_step(n_steps);
        }
    };
    std::vector<std::thread> crew;
    for (std::size_t thread = 1; thread < n_threads; ++thread) crew.emplace_back(loop, false);
    loop(true);
    for (std::thread& thread : crew) thread.join();
    if (error) std::rethrow_exception(error);
}

}  // namespace leitmotif
