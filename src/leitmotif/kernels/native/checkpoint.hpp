#pragma once

#include <chrono>

#include "module.hpp"

namespace leitmotif {

// What a long kernel calls between blocks, on the calling thread and without the GIL: it lets Python handle
// Ctrl-C (the kernel then ends by exception) and tells `progress`, a Python callable or None, the share done.
class Checkpoint {
  public:
    explicit Checkpoint(nb::object progress) : progress_(std::move(progress)), last_(Clock::now()) {}

    void operator()(double share) {
        const auto now = Clock::now();
        if (now - last_ < std::chrono::milliseconds(100)) return;
        last_ = now;
        nb::gil_scoped_acquire acquire;
        if (PyErr_CheckSignals() != 0) throw nb::python_error();
        if (!progress_.is_none()) progress_(share);
    }

  private:
    using Clock = std::chrono::steady_clock;
    nb::object progress_;
    Clock::time_point last_;
};

}  // namespace leitmotif
