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

Eigen::MatrixXd Cross(const Models& models, const Member& member, const PointSet& points) {
  return models.kernel.Cross(models.rows.points, points, member.hyper().log_lengths);
}

// Probability that the values of the own rows keep the bounds, under one draw.
Eigen::ArrayXd RowFeasibility(const Models& models, std::size_t draw) {
  const Eigen::Index n = models.rows.own_count();
  Eigen::ArrayXd result = Eigen::ArrayXd::Ones(n);
  for (std::size_t j = 0; j < models.constraints.size(); ++j) {
    const Member& member = models.constraints[j].ensemble.members[draw];
    const Eigen::VectorXd variances = member.RowVariances();
    for (Eigen::Index i = 0; i < n; ++i) {
      result[i] *= NormalCdf((models.bounds[j] - member.row_means()[i]) / Deviation(variances[i]));
    }
  }
  return result;
}

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

double Feasibility(const Models& models, const std::vector<Member::Joint>& constraints,
                   Eigen::Index point) {
  double result = 1;
  for (std::size_t j = 0; j < constraints.size(); ++j) {
    result *= NormalCdf((models.bounds[j] - constraints[j].means[point]) /
                        Deviation(constraints[j].variances[point]));
  }
  return result;
}

}  // namespace

std::size_t Models::draws() const {
  std::size_t count = objective.ensemble.members.size();
  for (const OutputModel& each : constraints) {
    count = std::min(count, each.ensemble.members.size());
  }
  return count;
}

Standing Judge(const Models& models) {
  const Eigen::Index n = models.rows.own_count();
  const auto draws = static_cast<double>(models.draws());
  const Eigen::VectorXd zero = Eigen::VectorXd::Zero(n);
  Standing standing{zero, zero, zero, zero};
  Eigen::VectorXd squares = zero;
  for (std::size_t draw = 0; draw < models.draws(); ++draw) {
    const Eigen::VectorXd means = models.objective.ensemble.members[draw].row_means().head(n);
    const Eigen::ArrayXd feasibility = RowFeasibility(models, draw);
    standing.means += means / draws;
    squares +=
        (models.objective.ensemble.members[draw].RowVariances().head(n) + means.cwiseAbs2()) /
        draws;
    standing.feasibility += (feasibility / draws).matrix();
    standing.losses += (models.bounds.empty() ? means : Losses(means, feasibility)) / draws;
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
        gains[i] *= NormalCdf((models.bounds[j] - values[i]) / Deviation(bounds[i]));
      }
    }
    score += gains;
  }
  return score;
}

Eigen::VectorXd KnowledgeGradient(const Models& models, const PointSet& points,
                                  const std::vector<int>& repeats) {
  const auto fresh = points.size();
  const Eigen::Index n = models.rows.own_count();
  Eigen::VectorXd gain = Eigen::VectorXd::Zero(fresh + static_cast<Eigen::Index>(repeats.size()));
  for (std::size_t draw = 0; draw < models.draws(); ++draw) {
    if (!models.bounds.empty()) {
      gain += ConstrainedDrops(models, draw, points, repeats);
      continue;
    }
    const Member& objective = models.objective.ensemble.members[draw];
    const Member::Joint at = objective.At(Cross(models, objective, points));
    const Member::Joint again = objective.AtRows(repeats);
    Eigen::VectorXd means(n + 1);
    Eigen::VectorXd slopes(n + 1);
    means.head(n) = objective.row_means().head(n);
    for (Eigen::Index i = 0; i < fresh; ++i) {
      const double deviation = Deviation(at.variances[i] + objective.noise());
      means[n] = at.means[i];
      slopes.head(n) = at.with_rows.col(i).head(n) / deviation;
      slopes[n] = at.variances[i] / deviation;
      gain[i] -= ExpectedDrop(means, slopes);
    }
    for (std::size_t i = 0; i < repeats.size(); ++i) {
      const auto column = static_cast<Eigen::Index>(i);
      const double deviation = Deviation(again.variances[column] + objective.noise());
      gain[fresh + column] -=
          ExpectedDrop(means.head(n), again.with_rows.col(column).head(n) / deviation);
    }
  }
  return gain / static_cast<double>(std::max<std::size_t>(1, models.draws()));
}

Eigen::VectorXd Improvement(const Models& models, const PointSet& points) {
  Eigen::VectorXd gain = Eigen::VectorXd::Zero(points.size());
  for (std::size_t draw = 0; draw < models.draws(); ++draw) {
    const Member& objective = models.objective.ensemble.members[draw];
    const Member::Joint at = objective.At(Cross(models, objective, points));
    std::vector<Member::Joint> constraints;
    for (const OutputModel& each : models.constraints) {
      const Member& member = each.ensemble.members[draw];
      constraints.push_back(member.At(Cross(models, member, points)));
    }
    const double reference = Reference(models, draw);
    for (Eigen::Index i = 0; i < points.size(); ++i) {
      gain[i] += ExpectedImprovement(reference, at.means[i], Deviation(at.variances[i])) *
                 std::pow(Feasibility(models, constraints, i), kShyness);
    }
  }
  return gain / static_cast<double>(std::max<std::size_t>(1, models.draws()));
}

Moments Predict(const Models& models, const PointSet& point) {
  Moments result{0, 0, 0};
  double squares = 0;
  const auto draws = static_cast<double>(models.draws());
  for (std::size_t draw = 0; draw < models.draws(); ++draw) {
    const Member& objective = models.objective.ensemble.members[draw];
    const Member::Joint at = objective.At(Cross(models, objective, point));
    std::vector<Member::Joint> constraints;
    for (const OutputModel& each : models.constraints) {
      const Member& member = each.ensemble.members[draw];
      constraints.push_back(member.At(Cross(models, member, point)));
    }
    result.mean += at.means[0] / draws;
    squares += (at.variances[0] + at.means[0] * at.means[0]) / draws;
    result.feasibility += Feasibility(models, constraints, 0) / draws;
  }
  result.deviation = std::sqrt(std::max(0.0, squares - result.mean * result.mean));
  return result;
}

Moments PredictRow(const Models& models, int row) {
  Moments result{0, 0, 0};
  double squares = 0;
  const auto draws = static_cast<double>(models.draws());
  for (std::size_t draw = 0; draw < models.draws(); ++draw) {
    const Member::Joint at = models.objective.ensemble.members[draw].AtRows({row});
    result.mean += at.means[0] / draws;
    squares += (at.variances[0] + at.means[0] * at.means[0]) / draws;
    result.feasibility += RowFeasibility(models, draw)[row] / draws;
  }
  result.deviation = std::sqrt(std::max(0.0, squares - result.mean * result.mean));
  return result;
}

}  // namespace trimtab::search
