// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "daemon/search/surrogate/likelihood.h"

namespace trimtab::search {

// How much work goes into one fit.
struct Effort {
  // Starts of the search for the most probable hyperparameters, and the
  // evaluations that each may spend.
  int starts = 2;
  int evaluations = 30;
  // Weight of the member with the most probable hyperparameters; each drawn one
  // weighs 1.
  double mode_weight = 3;
  // Members with hyperparameters drawn from the posterior.
  int samples = 5;
  // States of the chain from one draw to the next.
  int stride = 2;
  // Rows that the hyperparameters are fitted to; more are thinned.
  int fit_rows = 100;

  // What keeps a suggestion's cost bounded: the work of one evaluation grows
  // with the cube of the number of rows.
  static Effort For(Eigen::Index rows);
};

// One Gaussian process of an ensemble, conditioned on the targets.
class Member {
 public:
  Member(Hyper hyper, Factored factored, const Targets& targets);

  const Hyper& hyper() const { return hyper_; }
  double signal() const { return signal_; }
  double nugget() const { return nugget_; }
  // Variance of one measurement of which nothing else is known.
  double noise() const { return noise_; }
  // Posterior means of the rows' own values.
  const Eigen::VectorXd& row_means() const { return row_means_; }

  // Of the values of new points: `cross` is the kernel between the rows and
  // the points.
  Eigen::VectorXd Means(const Eigen::MatrixXd& cross) const;
  // An upper bound of their variances that costs O(n) a point: each is
  // conditioned on the one row that says most about it.
  Eigen::VectorXd VarianceBounds(const Eigen::MatrixXd& cross) const;

  // The joint posterior of points and rows that lookahead needs.
  struct Joint {
    Eigen::VectorXd means;
    // Of the points' values; never negative.
    Eigen::VectorXd variances;
    // Covariance of the value of each row (down) with that of each point.
    Eigen::MatrixXd with_rows;
  };
  Joint At(const Eigen::MatrixXd& cross) const;
  // The same for some of the rows themselves.
  Joint AtRows(const std::vector<int>& rows) const;
  // Posterior variances of the rows' own values.
  const Eigen::VectorXd& row_variances() const { return row_variances_; }

 private:
  Hyper hyper_;
  double signal_;
  double nugget_;
  double noise_;
  // Variance of each row's mean as a measurement of the row's value.
  Eigen::VectorXd measurement_;
  // What the offset of prior trials adds to each row's prior variance.
  Eigen::VectorXd offset_variance_;
  Factored factored_;
  Eigen::VectorXd row_means_;
  Eigen::VectorXd row_variances_;
};

// Gaussian processes that differ in their hyperparameters, each drawn from the
// posterior: with few trials one set of lengths that fits is trusted too early,
// an average over what fits is not. Snoek, Larochelle, Adams, "Practical
// Bayesian optimization", NIPS 2012, section 3.2.
struct Ensemble {
  std::vector<Member> members;
  // Of the members, sum 1.
  std::vector<double> weights;
  // Which draw each member is of, ascending; 0 the most probable. One whose
  // covariance can't be factored is missing.
  std::vector<int> draws;

  // A function of its arguments alone. `seed` drives the draws.
  static Ensemble Fit(const Kernel& kernel, const Targets& targets, const HyperPrior& prior,
                      const Effort& effort, std::uint64_t seed);
  // The ensemble as if each of `points` had been measured once and come out at
  // the ensemble's own mean, told with `told_variance`. Adds them to `targets`.
  static Ensemble Believe(const Kernel& kernel, Targets& targets, const Ensemble& ensemble,
                          const PointSet& points, double told_variance);
  // Leaves the members of some draws, ascending, all of which it has.
  void Keep(const std::vector<int>& kept);

 private:
  // Leaves out a member whose covariance can't be factored.
  void Add(const Kernel& kernel, const Targets& targets, const Hyper& hyper, double weight,
           int draw);
  void Normalise();
};

// At most `count` of the points, in ascending order: the leading ones, and from
// the rest those farthest from what is already chosen. All when there are no
// more.
std::vector<int> Thin(const std::vector<Axis>& axes, const PointSet& points,
                      const std::vector<int>& leading, int count);
// The `count` rows with the lowest means; up to half of them are the best of
// those that were measured more than once, which tell of the noise.
std::vector<int> Leading(const Targets& targets, int count);
Targets Select(const Targets& targets, const std::vector<int>& rows);

}  // namespace trimtab::search
