// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/surrogate/kernel.h"

#include <cmath>

namespace trimtab::search {
namespace {

const double kRootFive = std::sqrt(5.0);

// Levels of a category beyond which they share one length.
constexpr int kMostOwnLengths = 10;

}  // namespace

Eigen::Index LengthCount(const Axis& axis) {
  const bool own = axis.kind == Axis::Kind::kCategory && axis.levels > 2;
  return own && axis.levels <= kMostOwnLengths ? axis.levels : 1;
}

Eigen::MatrixXd FactorTable(const Axis& axis, const Eigen::VectorXd& lengths) {
  Eigen::MatrixXd table(axis.levels, axis.levels);
  if (lengths.size() > 1) {
    for (int a = 0; a < axis.levels; ++a) {
      for (int b = 0; b < axis.levels; ++b) {
        const double inverse = (1 / lengths[a] + 1 / lengths[b]) / 2;
        table(a, b) = std::exp(Kernel::LogFactor(axis.kind, a != b, 1 / inverse));
      }
    }
    return table;
  }
  const double unit = 1.0 / std::max(1, axis.levels - 1);
  Eigen::VectorXd factor(axis.levels);
  for (int step = 0; step < axis.levels; ++step) {
    const double distance = axis.kind != Axis::Kind::kOrdered ? (step > 0) : step * unit;
    factor[step] = std::exp(Kernel::LogFactor(axis.kind, distance, lengths[0]));
  }
  for (int a = 0; a < axis.levels; ++a) {
    for (int b = 0; b < axis.levels; ++b) table(a, b) = factor[std::abs(a - b)];
  }
  return table;
}

Kernel::Kernel(std::vector<Axis> axes) : axes_(std::move(axes)) {
  Eigen::Index next = 0;
  for (const Axis& axis : axes_) {
    first_length_.push_back(next);
    next += LengthCount(axis);
  }
}

double Kernel::LogFactor(Axis::Kind kind, double distance, double length) {
  if (kind != Axis::Kind::kOrdered) return distance > 0 ? -1 / length : 0;
  const double r = kRootFive * distance / length;
  return std::log(1 + r + r * r / 3) - r;
}

double Kernel::LogFactorSlope(Axis::Kind kind, double distance, double length) {
  if (kind != Axis::Kind::kOrdered) return distance > 0 ? 1 / length : 0;
  const double r = kRootFive * distance / length;
  return r * r * (1 + r) / (3 + 3 * r + r * r);
}

Eigen::MatrixXd Kernel::Cross(const PointSet& a, const PointSet& b, const Hyper& hyper) const {
  const Eigen::VectorXd& log_lengths = hyper.log_lengths;
  const auto d = static_cast<Eigen::Index>(axes_.size());
  const Eigen::Index own = d - (!axes_.empty() && axes_.back().kind == Axis::Kind::kSource);
  std::vector<Eigen::MatrixXd> tables(axes_.size());
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    if (axes_[k].levels == 0) continue;
    const auto lengths = log_lengths.segment(first_length_[k], LengthCount(axes_[k]));
    tables[k] = FactorTable(axes_[k], lengths.array().exp().matrix());
  }
  // Neighbours in a listed space share their first coordinates: the products
  // and sums up to each axis are kept, and taken up where a point differs from
  // the one before it.
  const double signal = std::exp(hyper.log_signal);
  const double additive = std::exp(hyper.log_additive) / static_cast<double>(own);
  Eigen::MatrixXd products(a.size(), d + 1);
  products.col(0).setConstant(signal);
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(a.size(), own + 1);
  Eigen::MatrixXd result(a.size(), b.size());
  for (Eigen::Index j = 0; j < b.size(); ++j) {
    Eigen::Index first = 0;
    while (j > 0 && first < own && b.place(j, first) == b.place(j - 1, first)) ++first;
    for (Eigen::Index axis = first; axis < own; ++axis) {
      const auto k = static_cast<std::size_t>(axis);
      const double* in = products.col(axis).data();
      double* out = products.col(axis + 1).data();
      const double* sum = sums.col(axis).data();
      double* next = sums.col(axis + 1).data();
      if (axes_[k].levels > 0) {
        const double* factors = tables[k].col(b.level(j, axis)).data();
        const int* rows = a.level.col(axis).data();
        for (Eigen::Index i = 0; i < a.size(); ++i) {
          const double factor = factors[rows[i]];
          out[i] = in[i] * factor;
          next[i] = sum[i] + factor;
        }
        continue;
      }
      const double scale = kRootFive / std::exp(log_lengths[first_length_[k]]);
      const auto r = ((a.place.col(axis).array() - b.place(j, axis)).abs() * scale).eval();
      const auto f = ((1 + r + r.square() / 3) * (-r).exp()).eval();
      products.col(axis + 1).array() = products.col(axis).array() * f;
      sums.col(axis + 1).array() = sums.col(axis).array() + f;
    }
    result.col(j) = products.col(own) + additive * sums.col(own);
    if (own < d) {
      for (Eigen::Index i = 0; i < a.size(); ++i) {
        result(i, j) *= tables.back()(a.level(i, own), b.level(j, own));
      }
    }
  }
  return result;
}

}  // namespace trimtab::search
