#include <cstdlib>
#include <string>

#include "module.hpp"
#include "parallel.hpp"

namespace leitmotif {

std::size_t default_threads() {
    if (const char* text = std::getenv("LEITMOTIF_NUM_THREADS")) {
        const long value = std::strtol(text, nullptr, 10);
        if (value > 0) return static_cast<std::size_t>(value);
    }
    return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace leitmotif

void bind_threads(nb::module_& module) {
    module.def("default_threads", &leitmotif::default_threads,
               "Number of threads that kernels use: LEITMOTIF_NUM_THREADS, or all cores.");
}
