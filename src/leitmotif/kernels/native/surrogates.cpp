// Which texts cannot be written to a file: those with half a surrogate pair.
#include "module.hpp"
#include "texts.hpp"

namespace leitmotif {
namespace {

template <typename Unit>
bool has_surrogate(const Text& text) {
    const auto* units = static_cast<const Unit*>(text.data);
    bool found = false;
    for (std::size_t i = 0; i < text.length; ++i) found |= (units[i] & ~Unit{0x7FF}) == 0xD800;
    return found;
}

nb::object surrogate_rows(const nb::tuple& values) {
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!PyUnicode_CheckExact(PyTuple_GET_ITEM(values.ptr(), static_cast<Py_ssize_t>(i)))) return nb::none();
    const std::vector<Text> texts = view(values);
    nb::list rows;
    for (std::size_t i = 0; i < texts.size(); ++i)  // what is stored in one byte a character is Latin-1
        if ((texts[i].width == 2 && has_surrogate<std::uint16_t>(texts[i])) ||
            (texts[i].width == 4 && has_surrogate<std::uint32_t>(texts[i])))
            rows.append(i);
    return rows;
}

}  // namespace
}  // namespace leitmotif

void bind_surrogates(nb::module_& module) {
    using namespace nb::literals;
    module.def("surrogate_rows", &leitmotif::surrogate_rows, "values"_a,
               "Rows of texts with half a surrogate pair; None where something is not a plain str.");
}
