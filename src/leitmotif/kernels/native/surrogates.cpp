// Which texts cannot be written to a file: those with half a surrogate pair.
#include "module.hpp"
#include "simd.hpp"
#include "texts.hpp"

namespace leitmotif {
namespace {

template <typename Unit>
LEITMOTIF_INLINE bool any_surrogate(const void* text, std::size_t length) {
    const auto* units = static_cast<const Unit*>(text);
    Unit found = 0;
    for (std::size_t i = 0; i < length; ++i) found |= static_cast<Unit>((units[i] & static_cast<Unit>(~Unit{0x7FF})) == 0xD800);
    return found != 0;
}

LEITMOTIF_INLINE bool has_surrogate_any(const Text& text) {
    if (text.width == 2) return any_surrogate<std::uint16_t>(text.data, text.length);
    return text.width == 4 && any_surrogate<std::uint32_t>(text.data, text.length);  // of one byte it is Latin-1
}

bool has_surrogate_plain(const Text& text) { return has_surrogate_any(text); }
#ifdef LEITMOTIF_X86
LEITMOTIF_AVX2 bool has_surrogate_avx2(const Text& text) { return has_surrogate_any(text); }
#endif

auto has_surrogate() {
#ifdef LEITMOTIF_X86
    if (has_avx2()) return has_surrogate_avx2;
#endif
    return has_surrogate_plain;
}

nb::object surrogate_rows(const nb::tuple& values) {
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!PyUnicode_CheckExact(PyTuple_GET_ITEM(values.ptr(), static_cast<Py_ssize_t>(i)))) return nb::none();
    const std::vector<Text> texts = view(values);
    nb::list rows;
    const auto has = has_surrogate();
    for (std::size_t i = 0; i < texts.size(); ++i)
        if (has(texts[i])) rows.append(i);
    return rows;
}

}  // namespace
}  // namespace leitmotif

void bind_surrogates(nb::module_& module) {
    using namespace nb::literals;
    module.def("surrogate_rows", &leitmotif::surrogate_rows, "values"_a,
               "Rows of texts with half a surrogate pair; None where something is not a plain str.");
}
