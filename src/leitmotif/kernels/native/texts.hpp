#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "module.hpp"

namespace leitmotif {

// A Python str, looked at where it lies. The tuple that it was read from keeps it alive.
struct Text {
    const void* data;
    std::size_t length;  // code points
    std::uint8_t width;  // bytes a code point; 0: ASCII
};

// Needs the GIL; what it gives may then be read without.
inline std::vector<Text> view(const nb::tuple& docs) {
    std::vector<Text> texts(docs.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        PyObject* object = PyTuple_GET_ITEM(docs.ptr(), static_cast<Py_ssize_t>(i));
        if (!PyUnicode_Check(object)) throw nb::type_error("every document must be a str");
#if PY_VERSION_HEX < 0x030C0000
        if (PyUnicode_READY(object) < 0) throw nb::python_error();
#endif
        texts[i].data = PyUnicode_DATA(object);
        texts[i].length = static_cast<std::size_t>(PyUnicode_GET_LENGTH(object));
        texts[i].width = PyUnicode_IS_ASCII(object) ? 0 : static_cast<std::uint8_t>(PyUnicode_KIND(object));
    }
    return texts;
}

}  // namespace leitmotif
