#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "parallel.hpp"

namespace leitmotif {

// A k-d tree over rows of doubles, cut at the median of the widest side; rows are copied in tree order.
// Splits compare (value, row), so equal points make no difference between runs.
class KdTree {
  public:
    struct Node {
        std::int32_t begin, end;    // positions in tree order
        std::int32_t left, right;   // children, -1: a leaf
        std::int32_t first_row;     // least row among the points
    };

    KdTree(const double* x, std::size_t n, std::size_t d, std::size_t leaf_size = 12)
        : n_(n), d_(d), leaf_(leaf_size), row_(n) {
        std::iota(row_.begin(), row_.end(), 0);
        if (n > 0) build(x, 0, static_cast<std::int32_t>(n));
        points_.resize(n * d);
        for (std::size_t p = 0; p < n; ++p) std::copy_n(x + static_cast<std::size_t>(row_[p]) * d, d, &points_[p * d]);
    }

    std::size_t size() const { return n_; }
    std::size_t dimensions() const { return d_; }
    const std::vector<Node>& nodes() const { return nodes_; }
    const double* point(std::size_t position) const { return points_.data() + position * d_; }
    std::int32_t row(std::size_t position) const { return row_[position]; }

    double square(const double* a, const double* b) const {
        double sum = 0.0;
        for (std::size_t k = 0; k < d_; ++k) {
            const double difference = a[k] - b[k];
            sum += difference * difference;
        }
        return sum;
    }

    // Squared distance of a point to the box of a node.
    double box_square(const double* a, std::size_t node) const {
        const double* low = &boxes_[node * 2 * d_];
        const double* high = low + d_;
        double sum = 0.0;
        for (std::size_t k = 0; k < d_; ++k) {
            const double under = low[k] - a[k], over = a[k] - high[k];
            const double outside = std::max(0.0, std::max(under, over));
            sum += outside * outside;
        }
        return sum;
    }

    // The k nearest rows of `a` (ascending by squared distance, then row); `skip` is left out.
    void nearest(const double* a, std::size_t k, std::int32_t skip, double* squares, std::int32_t* rows) const {
        std::fill_n(squares, k, std::numeric_limits<double>::infinity());
        std::fill_n(rows, k, std::numeric_limits<std::int32_t>::max());
        if (n_ > 0 && k > 0) descend(a, k, skip, 0, 0.0, squares, rows);
    }

  private:
    std::int32_t build(const double* x, std::int32_t begin, std::int32_t end) {
        const std::int32_t id = static_cast<std::int32_t>(nodes_.size());
        nodes_.push_back({begin, end, -1, -1, *std::min_element(row_.begin() + begin, row_.begin() + end)});
        boxes_.resize(boxes_.size() + 2 * d_);
        double* low = &boxes_[static_cast<std::size_t>(id) * 2 * d_];
        double* high = low + d_;
        std::fill_n(low, d_, std::numeric_limits<double>::infinity());
        std::fill_n(high, d_, -std::numeric_limits<double>::infinity());
        for (std::int32_t p = begin; p < end; ++p) {
            const double* a = x + static_cast<std::size_t>(row_[p]) * d_;
            for (std::size_t k = 0; k < d_; ++k) {
                low[k] = std::min(low[k], a[k]);
                high[k] = std::max(high[k], a[k]);
            }
        }
        std::size_t axis = 0;
        for (std::size_t k = 1; k < d_; ++k) {
            if (high[k] - low[k] > high[axis] - low[axis]) axis = k;
        }
        if (static_cast<std::size_t>(end - begin) <= leaf_) return id;
        const std::int32_t middle = begin + (end - begin) / 2;
        std::nth_element(row_.begin() + begin, row_.begin() + middle, row_.begin() + end,
                         [&](std::int32_t i, std::int32_t j) {
                             const double a = x[static_cast<std::size_t>(i) * d_ + axis];
                             const double b = x[static_cast<std::size_t>(j) * d_ + axis];
                             return a < b || (a == b && i < j);
                         });
        const std::int32_t left = build(x, begin, middle);
        const std::int32_t right = build(x, middle, end);
        nodes_[static_cast<std::size_t>(id)].left = left;
        nodes_[static_cast<std::size_t>(id)].right = right;
        return id;
    }

    void descend(const double* a, std::size_t k, std::int32_t skip, std::size_t id, double to_box, double* squares,
                 std::int32_t* rows) const {
        const Node& node = nodes_[id];
        if (to_box > squares[k - 1] || (to_box == squares[k - 1] && node.first_row >= rows[k - 1])) return;
        if (node.left < 0) {
            for (std::int32_t p = node.begin; p < node.end; ++p) {
                const double s = square(a, point(static_cast<std::size_t>(p)));
                const std::int32_t who = row_[static_cast<std::size_t>(p)];
                if (s > squares[k - 1] || (s == squares[k - 1] && who >= rows[k - 1]) || who == skip) continue;
                std::size_t at = k - 1;
                while (at > 0 && (squares[at - 1] > s || (squares[at - 1] == s && rows[at - 1] > who))) {
                    squares[at] = squares[at - 1];
                    rows[at] = rows[at - 1];
                    --at;
                }
                squares[at] = s;
                rows[at] = who;
            }
            return;
        }
        const std::size_t left = static_cast<std::size_t>(node.left), right = static_cast<std::size_t>(node.right);
        const double to_left = box_square(a, left), to_right = box_square(a, right);
        if (to_left <= to_right) {
            descend(a, k, skip, left, to_left, squares, rows);
            descend(a, k, skip, right, to_right, squares, rows);
        } else {
            descend(a, k, skip, right, to_right, squares, rows);
            descend(a, k, skip, left, to_left, squares, rows);
        }
    }

    std::size_t n_, d_, leaf_;
    std::vector<std::int32_t> row_;
    std::vector<Node> nodes_;
    std::vector<double> boxes_;
    std::vector<double> points_;
};

}  // namespace leitmotif
