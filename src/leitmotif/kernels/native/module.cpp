// The compiled kernels. Each source file of this folder binds one subject; none knows another.
#include "module.hpp"

NB_MODULE(_native, module) {
    module.doc() = "Compiled kernels of leitmotif: arrays in, arrays out.";
    // A fitted vectorizer that outlives the interpreter's last breath is no leak worth a message to the user.
    nb::set_leak_warnings(false);
    bind_threads(module);
    bind_tokens(module);
    bind_fingerprints(module);
    bind_counts(module);
    bind_sums(module);
    bind_windows(module);
    bind_neighbors(module);
    bind_cells(module);
    bind_join(module);
    bind_rough(module);
    bind_trigrams(module);
    bind_latent(module);
    bind_graph(module);
    bind_layout(module);
    bind_boruvka(module);
    bind_hierarchy(module);
    bind_communities(module);
    bind_cosines(module);
    bind_surrogates(module);
    bind_exemplars(module);
    bind_smoothing(module);
}
