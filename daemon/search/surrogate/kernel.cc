// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/surrogate/kernel.h"

#include <cmath>

namespace trimtab::search {
namespace {

const double kRootFive = std::sqrt(5.0);

// exp(LogFactor) for every pair of levels of a finite axis.
Eigen::MatrixXd Table(const Axis& axis, double length) {
  Eigen::MatrixXd table(axis.levels, axis.levels);
  const double unit = 1.0 / std::max(1, axis.levels - 1);
  Eigen::VectorXd factor(axis.levels);
  for (int step = 0; step < axis.levels; ++step) {
    const double distance = axis.kind == Axis::Kind::kCategory ? (step > 0) : step * unit;
    factor[step] = std::exp(Kernel::LogFactor(axis.kind, distance, length));
  }
  for (int a = 0; a < axis.levels; ++a) {
    for (int b = 0; b < axis.levels; ++b) table(a, b) = factor[std::abs(a - b)];
  }
  return table;
}

}  // namespace

double Kernel::LogFactor(Axis::Kind kind, double distance, double length) {
  if (kind == Axis::Kind::kCategory) return distance > 0 ? -1 / length : 0;
  const double r = kRootFive * distance / length;
  return std::log(1 + r + r * r / 3) - r;
}

double Kernel::LogFactorSlope(Axis::Kind kind, double distance, double length) {
  if (kind == Axis::Kind::kCategory) return distance > 0 ? 1 / length : 0;
  const double r = kRootFive * distance / length;
  return r * r * (1 + r) / (3 + 3 * r + r * r);
}

Eigen::MatrixXd Kernel::Cross(const PointSet& a, const PointSet& b,
                              const Eigen::VectorXd& log_lengths) const {
  // Column by column of the result, so that it is written in memory's order.
  Eigen::MatrixXd result = Eigen::MatrixXd::Ones(a.size(), b.size());
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    const auto axis = static_cast<Eigen::Index>(k);
    const double length = std::exp(log_lengths[axis]);
    if (axes_[k].levels > 0) {
      const Eigen::MatrixXd table = Table(axes_[k], length);
      const int* rows = a.level.col(axis).data();
      for (Eigen::Index j = 0; j < b.size(); ++j) {
        const double* factors = table.col(b.level(j, axis)).data();
        double* out = result.col(j).data();
        for (Eigen::Index i = 0; i < a.size(); ++i) out[i] *= factors[rows[i]];
      }
      continue;
    }
    for (Eigen::Index j = 0; j < b.size(); ++j) {
      const double place = b.place(j, axis);
      const auto r = ((a.place.col(axis).array() - place).abs() * (kRootFive / length)).eval();
      result.col(j).array() *= (1 + r + r.square() / 3) * (-r).exp();
    }
  }
  return result;
}

}  // namespace trimtab::search
