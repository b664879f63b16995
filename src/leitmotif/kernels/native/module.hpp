#pragma once

#include <nanobind/nanobind.h>

namespace nb = nanobind;

// One function a source file; module.cpp calls each once.
void bind_threads(nb::module_& module);
