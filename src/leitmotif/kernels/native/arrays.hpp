#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <utility>

namespace leitmotif {

namespace nb = nanobind;

template <typename T>
using Vector = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <typename T>
using Matrix = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

// Memory that becomes a NumPy array without being copied. It is not initialised: pages are touched
// by the thread that first writes them.
template <typename T>
class Buffer {
public:
    Buffer() = default;
    explicit Buffer(std::size_t size) : data_(new T[size]), size_(size) {}

    T* data() { return data_.get(); }
    const T* data() const { return data_.get(); }
    std::size_t size() const { return size_; }
    T& operator[](std::size_t i) { return data_[i]; }
    const T& operator[](std::size_t i) const { return data_[i]; }
    void reset() {
        data_.reset();
        size_ = 0;
    }

    // Hands the memory to NumPy. Needs the GIL.
    nb::object release(std::initializer_list<std::size_t> shape) {
        T* data = data_.release();
        nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<T*>(p); });
        return nb::cast(nb::ndarray<nb::numpy, T>(data, shape, owner));
    }
    nb::object release() { return release({size_}); }

private:
    std::unique_ptr<T[]> data_;
    std::size_t size_ = 0;
};

}  // namespace leitmotif
