#pragma once

#include <cstddef>
#include <cstdint>

namespace leitmotif {

// The `n` best terms seen so far, best first, ties by column. Weights of zero and less are none.
class Best {
public:
    Best(std::size_t n, std::int64_t* columns, double* weights) : n_(n), columns_(columns), weights_(weights) {}

    // What a weight must reach to count.
    double bar() const { return filled_ < n_ ? 0.0 : weights_[n_ - 1]; }
    void offer(std::int64_t column, double weight) {
        if (!(weight > 0) || weight < bar() || (filled_ == n_ && behind(column, weight, n_ - 1))) return;
        std::size_t place = filled_ < n_ ? filled_++ : n_ - 1;
        for (; place > 0 && !behind(column, weight, place - 1); --place) {
            weights_[place] = weights_[place - 1];
            columns_[place] = columns_[place - 1];
        }
        weights_[place] = weight;
        columns_[place] = column;
    }
    // Fills up with column -1 and weight 0.
    void pad() {
        for (; filled_ < n_; ++filled_) {
            columns_[filled_] = -1;
            weights_[filled_] = 0;
        }
    }

private:
    bool behind(std::int64_t column, double weight, std::size_t place) const {
        return weights_[place] > weight || (weights_[place] == weight && columns_[place] < column);
    }
    std::size_t n_, filled_ = 0;
    std::int64_t* columns_;
    double* weights_;
};

}  // namespace leitmotif
