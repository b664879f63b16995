#pragma once

#include <nanobind/nanobind.h>

namespace nb = nanobind;

// One function a source file; module.cpp calls each once.
void bind_threads(nb::module_& module);
void bind_tokens(nb::module_& module);
void bind_fingerprints(nb::module_& module);
void bind_counts(nb::module_& module);
void bind_sums(nb::module_& module);
void bind_windows(nb::module_& module);
void bind_neighbors(nb::module_& module);
void bind_cells(nb::module_& module);
void bind_join(nb::module_& module);
void bind_rough(nb::module_& module);
void bind_trigrams(nb::module_& module);
void bind_latent(nb::module_& module);
void bind_graph(nb::module_& module);
void bind_layout(nb::module_& module);
void bind_boruvka(nb::module_& module);
void bind_hierarchy(nb::module_& module);
void bind_communities(nb::module_& module);
void bind_cosines(nb::module_& module);
void bind_surrogates(nb::module_& module);
void bind_exemplars(nb::module_& module);
void bind_smoothing(nb::module_& module);
