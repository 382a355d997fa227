// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/acquisition/lookahead.h"

#include <algorithm>
#include <cmath>

#include "daemon/search/acquisition/constrained_drop.h"
#include "daemon/search/acquisition/knowledge_gradient.h"

namespace trimtab::search {
namespace {

// The deviation of what is taken as certain; keeps quotients finite.
constexpr double kLeastDeviation = 1e-6;

// Power of the feasibility in the improvement: above 1, fewer trials are spent
// beyond the limit.
constexpr double kShyness = 2;

double Deviation(double variance) { return std::max(kLeastDeviation, std::sqrt(variance)); }

Eigen::VectorXd Losses(const Eigen::VectorXd& means, const Eigen::ArrayXd& feasibility) {
  return feasibility * means.array().min(kBroken) + (1 - feasibility) * kBroken;
}

// The own rows' value that an improvement is measured from.
double Reference(const Models& models, std::size_t draw) {
  const Eigen::Index n = models.rows.own_count();
  if (n == 0) return 0;
  const Eigen::VectorXd means = models.objective.ensemble.members[draw].row_means().head(n);
  if (models.bounds.empty()) return means.minCoeff();
  return Losses(means, RowFeasibility(models, draw)).minCoeff();
}

// Of a point; `at` holds the objective first, then the constraints.
double Feasibility(const Models& models, const std::vector<Member::Joint>& at, Eigen::Index point) {
  double result = 1;
  for (std::size_t j = 0; j < models.bounds.size(); ++j) {
    const Member::Joint& constraint = at[j + 1];
    result *= BelowBound(models.bounds[j], constraint.means[point], constraint.variances[point]);
  }
  return result;
}

// The knowledge gradient without bounds, under one draw.
Eigen::VectorXd Drops(const Models& models, std::size_t draw, const Member::Joint& at,
                      const Member::Joint& at_rows) {
  const Member& objective = models.member(0, draw);
  const double noise = models.noise(0, draw);
  const Eigen::Index n = models.rows.own_count();
  const Eigen::Index fresh = at.means.size();
  const Eigen::Index again = at_rows.means.size();
  Eigen::VectorXd result(fresh + again);
  Eigen::VectorXd means(n + 1);
  Eigen::VectorXd slopes(n + 1);
  means.head(n) = objective.row_means().head(n);
  for (Eigen::Index i = 0; i < fresh; ++i) {
    const double deviation = Deviation(at.variances[i] + noise);
    means[n] = at.means[i];
    slopes.head(n) = at.with_rows.col(i).head(n) / deviation;
    slopes[n] = at.variances[i] / deviation;
    result[i] = -ExpectedDrop(means, slopes);
  }
  for (Eigen::Index i = 0; i < again; ++i) {
    const double deviation = Deviation(at_rows.variances[i] + noise);
    result[fresh + i] = -ExpectedDrop(means.head(n), at_rows.with_rows.col(i).head(n) / deviation);
  }
  return result;
}

}  // namespace

Eigen::MatrixXd Cross(const Models& models, const Member& member, const PointSet& points) {
  return models.kernel.Cross(models.rows.points, points, member.hyper());
}

double BelowBound(double bound, double mean, double variance) {
  return NormalCdf((bound - mean) / Deviation(variance));
}

Eigen::ArrayXd RowFeasibility(const Models& models, std::size_t draw) {
  const Eigen::Index n = models.rows.own_count();
  Eigen::ArrayXd result = Eigen::ArrayXd::Ones(n);
  for (std::size_t j = 0; j < models.bounds.size(); ++j) {
    const Member& member = models.member(1 + j, draw);
    for (Eigen::Index i = 0; i < n; ++i) {
      result[i] *= BelowBound(models.bounds[j], member.row_means()[i], member.row_variances()[i]);
    }
  }
  return result;
}

bool Models::Align() {
  std::vector<OutputModel*> models = {&objective};
  for (OutputModel& each : constraints) models.push_back(&each);
  for (OutputModel& each : further) models.push_back(&each);
  std::vector<int> common = objective.ensemble.draws;
  for (const OutputModel* model : models) {
    const std::vector<int>& draws = model->ensemble.draws;
    std::erase_if(common, [&](int draw) {
      return std::find(draws.begin(), draws.end(), draw) == draws.end();
    });
  }
  for (OutputModel* model : models) model->ensemble.Keep(common);
  return !common.empty();
}

const OutputModel& Models::output(std::size_t quantity) const {
  if (quantity == 0) return objective;
  const std::size_t index = quantity - 1;
  return index < constraints.size() ? constraints[index] : further[index - constraints.size()];
}

const Member& Models::member(std::size_t quantity, std::size_t draw) const {
  return output(quantity).ensemble.members[draw];
}

double Models::noise(std::size_t quantity, std::size_t draw) const {
  return member(quantity, draw).noise() + output(quantity).told_variance;
}

Standing Judge(const Models& models) {
  const Eigen::Index n = models.rows.own_count();
  const Eigen::VectorXd zero = Eigen::VectorXd::Zero(n);
  Standing standing{zero, zero, zero, zero};
  Eigen::VectorXd squares = zero;
  for (std::size_t draw = 0; draw < models.draws(); ++draw) {
    const Eigen::VectorXd means = models.objective.ensemble.members[draw].row_means().head(n);
    const Eigen::ArrayXd feasibility = RowFeasibility(models, draw);
    const double weight = models.objective.ensemble.weights[draw];
    standing.means += weight * means;
    squares += weight * (models.objective.ensemble.members[draw].row_variances().head(n) +
                         means.cwiseAbs2());
    standing.feasibility += weight * feasibility.matrix();
    standing.losses += weight * (models.bounds.empty() ? means : Losses(means, feasibility));
  }
  standing.deviations = (squares - standing.means.cwiseAbs2()).cwiseMax(0).cwiseSqrt();
  return standing;
}

Eigen::VectorXd Screen(const Models& models, const PointSet& points) {
  Eigen::VectorXd score = Eigen::VectorXd::Zero(points.size());
  for (std::size_t draw = 0; draw < models.draws(); ++draw) {
    const Member& objective = models.objective.ensemble.members[draw];
    const Eigen::MatrixXd cross = Cross(models, objective, points);
    const Eigen::VectorXd means = objective.Means(cross);
    const Eigen::VectorXd variances = objective.VarianceBounds(cross);
    Eigen::VectorXd gains(points.size());
    const double reference = Reference(models, draw);
    for (Eigen::Index i = 0; i < points.size(); ++i) {
      gains[i] = ExpectedImprovement(reference, means[i], Deviation(variances[i]));
    }
    for (std::size_t j = 0; j < models.constraints.size(); ++j) {
      const Member& member = models.constraints[j].ensemble.members[draw];
      const Eigen::MatrixXd other = Cross(models, member, points);
      const Eigen::VectorXd values = member.Means(other);
      const Eigen::VectorXd bounds = member.VarianceBounds(other);
      for (Eigen::Index i = 0; i < points.size(); ++i) {
        gains[i] *= BelowBound(models.bounds[j], values[i], bounds[i]);
      }
    }
    score += models.objective.ensemble.weights[draw] * gains;
  }
  return score;
}

Gains LookAhead(const Models& models, const PointSet& points, const std::vector<int>& repeats) {
  const Eigen::Index fresh = points.size();
  const auto again = static_cast<Eigen::Index>(repeats.size());
  Gains gains{Eigen::VectorXd::Zero(fresh + again), Eigen::VectorXd::Zero(fresh)};
  for (std::size_t draw = 0; draw < models.draws(); ++draw) {
    const double weight = models.objective.ensemble.weights[draw];
    std::vector<Member::Joint> at;
    std::vector<Member::Joint> at_rows;
    for (std::size_t q = 0; q <= models.constraints.size(); ++q) {
      const Member& member = models.member(q, draw);
      at.push_back(member.At(Cross(models, member, points)));
      at_rows.push_back(member.AtRows(repeats));
    }
    gains.lookahead +=
        weight * (models.bounds.empty() ? Drops(models, draw, at[0], at_rows[0])
                                        : ConstrainedDrops(models, draw, at, at_rows, repeats));
    const double reference = Reference(models, draw);
    for (Eigen::Index i = 0; i < fresh; ++i) {
      gains.improvement[i] +=
          weight * ExpectedImprovement(reference, at[0].means[i], Deviation(at[0].variances[i])) *
          std::pow(Feasibility(models, at, i), kShyness);
    }
  }
  return gains;
}

Moments Predict(const Models& models, const PointSet& point) {
  Moments result{0, 0, 0};
  double squares = 0;
  for (std::size_t draw = 0; draw < models.draws(); ++draw) {
    const double weight = models.objective.ensemble.weights[draw];
    std::vector<Member::Joint> at;
    for (std::size_t q = 0; q <= models.constraints.size(); ++q) {
      const Member& member = models.member(q, draw);
      at.push_back(member.At(Cross(models, member, point)));
    }
    const double mean = at[0].means[0];
    result.mean += weight * mean;
    squares += weight * (at[0].variances[0] + mean * mean);
    result.feasibility += weight * Feasibility(models, at, 0);
  }
  result.deviation = std::sqrt(std::max(0.0, squares - result.mean * result.mean));
  return result;
}

}  // namespace trimtab::search
