// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "daemon/search/surrogate/ensemble.h"

namespace trimtab::search {

// With P = signal K + nugget I the prior covariance of the rows' values, D the
// diagonal of the measurements' variances and C = P + D, the posterior of the
// rows' values has
//   mean        P C^-1 y           = y - D alpha
//   covariance  P - P C^-1 P       = D - D C^-1 D
// and their covariance with the value of a new point x, k = signal k(rows, x),
//   k - P C^-1 k                   = D C^-1 k
// so that nothing large is subtracted where the noise is small.
Member::Member(Hyper hyper, Factored factored, const Targets& targets)
    : hyper_(std::move(hyper)),
      signal_(Kernel::Variance(hyper_)),
      nugget_(std::exp(hyper_.log_nugget)),
      noise_(std::exp(hyper_.log_noise)),
      measurement_(MeasurementVariance(targets, noise_)),
      offset_variance_(targets.offset.cwiseAbs2()),
      factored_(std::move(factored)),
      row_means_(targets.mean - measurement_.cwiseProduct(factored_.alpha)) {
  const Eigen::Index n = row_means_.size();
  Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(n, n);
  factored_.chol.triangularView<Eigen::Lower>().solveInPlace(inverse);
  const Eigen::ArrayXd diagonal = inverse.colwise().squaredNorm().transpose().array();
  const Eigen::ArrayXd d = measurement_.array();
  row_variances_ = (d - d.square() * diagonal).max(0);
}

Eigen::VectorXd Member::Means(const Eigen::MatrixXd& cross) const {
  return cross.transpose() * factored_.alpha;
}

Eigen::VectorXd Member::VarianceBounds(const Eigen::MatrixXd& cross) const {
  const Eigen::ArrayXd weight =
      1 / (signal_ + nugget_ + measurement_.array() + offset_variance_.array());
  Eigen::VectorXd bounds(cross.cols());
  for (Eigen::Index i = 0; i < cross.cols(); ++i) {
    const double explained = (cross.col(i).array().square() * weight).maxCoeff();
    bounds[i] = std::max(0.0, signal_ + nugget_ - explained);
  }
  return bounds;
}

Member::Joint Member::At(const Eigen::MatrixXd& cross) const {
  Joint joint;
  joint.means = Means(cross);
  joint.with_rows = cross;
  if (cross.cols() == 0) return joint;
  const auto lower = factored_.chol.triangularView<Eigen::Lower>();
  lower.solveInPlace(joint.with_rows);
  joint.variances =
      (signal_ + nugget_ - joint.with_rows.colwise().squaredNorm().transpose().array()).max(0);
  lower.transpose().solveInPlace(joint.with_rows);
  joint.with_rows.array().colwise() *= measurement_.array();
  return joint;
}

Member::Joint Member::AtRows(const std::vector<int>& rows) const {
  const Eigen::Index n = row_means_.size();
  const auto count = static_cast<Eigen::Index>(rows.size());
  Joint joint{Eigen::VectorXd(count), Eigen::VectorXd(count), Eigen::MatrixXd::Zero(n, count)};
  if (rows.empty()) return joint;
  for (Eigen::Index i = 0; i < count; ++i) {
    const int row = rows[static_cast<std::size_t>(i)];
    joint.with_rows(row, i) = measurement_[row];
  }
  const auto lower = factored_.chol.triangularView<Eigen::Lower>();
  lower.solveInPlace(joint.with_rows);
  lower.transpose().solveInPlace(joint.with_rows);
  joint.with_rows.array().colwise() *= -measurement_.array();
  for (Eigen::Index i = 0; i < count; ++i) {
    const int row = rows[static_cast<std::size_t>(i)];
    joint.with_rows(row, i) += measurement_[row];
    joint.means[i] = row_means_[row];
    joint.variances[i] = std::max(0.0, joint.with_rows(row, i));
  }
  return joint;
}

}  // namespace trimtab::search
