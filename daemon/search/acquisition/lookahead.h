// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "daemon/search/surrogate/output_model.h"

namespace trimtab::search {

// What one suggestion is chosen with.
struct Models {
  const Kernel& kernel;
  ModelRows rows;
  OutputModel objective;
  // With the transformed bound of each: a value above it breaks the limit.
  std::vector<OutputModel> constraints;
  std::vector<double> bounds;

  // Draws of the hyperparameters that all models have.
  std::size_t draws() const;
};

// What a configuration is worth as the incumbent, lower is better: its expected
// value where it keeps the bounds, kBroken where it breaks them.
inline constexpr double kBroken = 1;

// For each of the study's own rows, averaged over the ensemble.
struct Standing {
  // Expected value of the objective, transformed.
  Eigen::VectorXd means;
  // Probability that all bounds hold.
  Eigen::VectorXd feasibility;
  // feasibility * mean + (1 - feasibility) * kBroken; the mean without bounds.
  Eigen::VectorXd losses;
  // Standard deviation of the own value.
  Eigen::VectorXd deviations;
};
Standing Judge(const Models& models);

// Optimistic expected improvement of each point over the best row, times the
// probability that it keeps the bounds, averaged over the ensemble. From bounds
// of the variances: cheap, for screening.
Eigen::VectorXd Screen(const Models& models, const PointSet& points);

// By how much one more measurement is expected to lower the loss of the best
// row: the knowledge gradient, averaged over the ensemble. For `points` not
// measured yet, then for the own rows `repeats`. Without bounds by
// ExpectedDrop; with bounds the outcomes of all quantities are taken at fixed
// quasi-random normal nodes (the constrained knowledge gradient of Ungredda,
// Branke, "Bayesian optimisation for constrained problems", 2021, section 4).
Eigen::VectorXd KnowledgeGradient(const Models& models, const PointSet& points,
                                  const std::vector<int>& repeats);

// Exact expected improvement of the points over the best row times feasibility.
Eigen::VectorXd Improvement(const Models& models, const PointSet& points);

// Mean and deviation of a point's own value over the whole ensemble.
struct Moments {
  double mean = 0;
  double deviation = 0;
  double feasibility = 1;
};
Moments Predict(const Models& models, const PointSet& point);
Moments PredictRow(const Models& models, int row);

}  // namespace trimtab::search
