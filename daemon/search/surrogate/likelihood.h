// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <optional>

#include "daemon/search/surrogate/kernel.h"

namespace trimtab::search {

// What was measured, one row a distinct configuration, in the units of the
// transformed output (about 0 on average, about 1 wide).
struct Targets {
  PointSet points;
  // Mean of the measurements of each row.
  Eigen::VectorXd mean;
  // Number of measurements of each row, at least 1.
  Eigen::VectorXd count;
  // Variance of each row's mean that is known from outside, 0 where unknown.
  Eigen::VectorXd known_variance;
  // Sum of the squared deviations of each row's measurements from their mean.
  Eigen::VectorXd within;
  // Factor of the noise's variance in each row, beside where the output's
  // transform does not squash: what it brings nearer, it makes quieter too.
  Eigen::VectorXd quiet;
  // Factor by which each row takes part in an offset that is unknown, N(0, 1),
  // and common to all rows that do; 0 for rows of the study itself.
  Eigen::VectorXd offset;
};

// Independent normal priors on the entries of a packed Hyper.
struct HyperPrior {
  Eigen::VectorXd mean;
  Eigen::VectorXd deviation;

  // With `source` for one more category, whose trial it is.
  static HyperPrior For(const std::vector<Axis>& axes, bool source);
};

// Cholesky factor and the rest that predictions need.
struct Factored {
  Eigen::MatrixXd kernel;  // over the rows
  Eigen::MatrixXd chol;    // lower factor of the measurements' covariance
  Eigen::VectorXd alpha;   // covariance^-1 mean
  double log_likelihood = 0;
};

// Variance of each row's mean as a measurement of the row's own value, and of
// each of its measurements.
Eigen::VectorXd MeasurementVariance(const Targets& targets, double noise);
Eigen::ArrayXd TrialVariance(const Targets& targets, double noise);

// Logarithm of the density of the targets. The rows' scatter about their own
// mean counts too: it is what tells noise from nugget.
// Rasmussen, Williams, sections 2.3 and 5.4.1. Nothing when the covariance is
// not positive definite in double precision. Cost: O(n^3).
std::optional<Factored> Factor(const Kernel& kernel, const Targets& targets, const Hyper& hyper);

// Logarithm of likelihood times prior, and its gradient by the packed Hyper
// when `gradient` is given. -infinity where Factor has nothing.
double LogPosterior(const Kernel& kernel, const Targets& targets, const HyperPrior& prior,
                    const Eigen::VectorXd& packed, Eigen::VectorXd* gradient);

}  // namespace trimtab::search
