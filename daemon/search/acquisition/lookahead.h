// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "daemon/search/surrogate/output_model.h"

namespace trimtab::search {

// What one suggestion is chosen with.
struct Models {
  explicit Models(const Kernel& its_kernel) : kernel(its_kernel) {}

  const Kernel& kernel;
  ModelRows rows;
  OutputModel objective;
  // With the transformed bound of each: a value above it breaks the limit.
  std::vector<OutputModel> constraints;
  std::vector<double> bounds;
  // Further objectives, and which of StrategyOptions::further each is.
  std::vector<OutputModel> further;
  std::vector<std::size_t> further_index;
  // Whether a bounded quantity was never measured: then nothing is known to keep
  // its bound.
  bool bound_unknown = false;

  // Draws of the hyperparameters, as many as each model has once aligned.
  std::size_t draws() const { return objective.ensemble.members.size(); }
  // Keeps the draws that all models have, those of the same number together, each
  // with the objective's weight; the weights sum to 1. False when none is left.
  bool Align();
  // Of the objective (0), then of the constraints, then of further objectives.
  const Member& member(std::size_t quantity, std::size_t draw) const;
  // Variance of one more measurement: what is learned and what will be told.
  double noise(std::size_t quantity, std::size_t draw) const;

 private:
  const OutputModel& output(std::size_t quantity) const;
};

// Kernel between the rows and `points` under one member.
Eigen::MatrixXd Cross(const Models& models, const Member& member, const PointSet& points);
// The probability that a value keeps its bound.
double BelowBound(double bound, double mean, double variance);
// That the values of each own row keep all bounds, under one draw.
Eigen::ArrayXd RowFeasibility(const Models& models, std::size_t draw);

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

// What one more measurement is worth, averaged over the ensemble.
struct Gains {
  // By how much it is expected to lower the loss of the best row, the knowledge
  // gradient: of points not measured yet, then of own rows measured again.
  // Without bounds by ExpectedDrop; with bounds the outcomes of all quantities
  // are taken at fixed quasi-random normal nodes (the constrained knowledge
  // gradient of Ungredda, Branke, "Bayesian optimisation for constrained
  // problems", 2021, section 4).
  Eigen::VectorXd lookahead;
  // The points' expected improvement over the best row times feasibility.
  Eigen::VectorXd improvement;
};
Gains LookAhead(const Models& models, const PointSet& points, const std::vector<int>& repeats);

// Mean and deviation of a point's own value over the whole ensemble.
struct Moments {
  double mean = 0;
  double deviation = 0;
  double feasibility = 1;
};
Moments Predict(const Models& models, const PointSet& point);

}  // namespace trimtab::search
