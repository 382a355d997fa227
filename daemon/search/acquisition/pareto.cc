// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/acquisition/pareto.h"

#include <cmath>

#include "daemon/search/acquisition/normal_nodes.h"

namespace trimtab::search {
namespace {

constexpr int kNodes = 16;
// How far behind the front's worst the reference lies at least; outputs are
// about 1 wide.
constexpr double kMargin = 0.1;

// Of the model of the score (0) and of each further objective.
std::size_t Quantity(const Models& models, std::size_t objective) {
  return objective == 0 ? 0 : models.constraints.size() + objective;
}

struct Front {
  Eigen::MatrixXd points;
  Eigen::RowVectorXd reference;
};

// The front of the own rows under one draw, those that break a bound left out.
Front FrontOf(const Models& models, std::size_t draw) {
  const Eigen::ArrayXd feasibility = RowFeasibility(models, draw);
  const auto objectives = 1 + static_cast<Eigen::Index>(models.further.size());
  std::vector<int> kept;
  for (Eigen::Index i = 0; i < feasibility.size(); ++i) {
    if (feasibility[i] >= 0.5) kept.push_back(static_cast<int>(i));
  }
  Eigen::MatrixXd points(static_cast<Eigen::Index>(kept.size()), objectives);
  for (Eigen::Index k = 0; k < objectives; ++k) {
    const Member& member = models.member(Quantity(models, static_cast<std::size_t>(k)), draw);
    for (std::size_t i = 0; i < kept.size(); ++i) {
      points(static_cast<Eigen::Index>(i), k) = member.row_means()[kept[i]];
    }
  }
  const std::vector<int> best = NotDominated(points);
  Front front{Eigen::MatrixXd(static_cast<Eigen::Index>(best.size()), objectives),
              Eigen::RowVectorXd::Constant(objectives, kBroken)};
  for (std::size_t i = 0; i < best.size(); ++i) {
    front.points.row(static_cast<Eigen::Index>(i)) = points.row(best[i]);
  }
  if (!best.empty()) {
    front.reference =
        front.reference.cwiseMax((front.points.colwise().maxCoeff().array() + kMargin).matrix());
  }
  return front;
}

// The probability that a point keeps the bounds, of given means and variances.
Eigen::ArrayXd Feasible(const Models& models, std::size_t draw, const PointSet& points) {
  Eigen::ArrayXd result = Eigen::ArrayXd::Ones(points.size());
  for (std::size_t j = 0; j < models.bounds.size(); ++j) {
    const Member& member = models.member(1 + j, draw);
    const Member::Joint at = member.At(Cross(models, member, points));
    for (Eigen::Index i = 0; i < points.size(); ++i) {
      result[i] *= BelowBound(models.bounds[j], at.means[i], at.variances[i]);
    }
  }
  return result;
}

}  // namespace

Eigen::RowVectorXd ObjectiveMeans(const Models& models, int row) {
  Eigen::RowVectorXd means =
      Eigen::RowVectorXd::Zero(1 + static_cast<Eigen::Index>(models.further.size()));
  for (std::size_t draw = 0; draw < models.draws(); ++draw) {
    for (Eigen::Index k = 0; k < means.size(); ++k) {
      const Member& member = models.member(Quantity(models, static_cast<std::size_t>(k)), draw);
      means[k] += models.objective.ensemble.weights[draw] * member.row_means()[row];
    }
  }
  return means;
}

Eigen::VectorXd ScreenFront(const Models& models, const PointSet& points) {
  Eigen::VectorXd score = Eigen::VectorXd::Zero(points.size());
  Eigen::MatrixXd hoped(points.size(), 1 + static_cast<Eigen::Index>(models.further.size()));
  for (std::size_t draw = 0; draw < models.draws(); ++draw) {
    const Front front = FrontOf(models, draw);
    for (Eigen::Index k = 0; k < hoped.cols(); ++k) {
      const Member& member = models.member(Quantity(models, static_cast<std::size_t>(k)), draw);
      const Eigen::MatrixXd cross = Cross(models, member, points);
      hoped.col(k) = member.Means(cross) - member.VarianceBounds(cross).cwiseSqrt();
    }
    const Eigen::ArrayXd feasible = Feasible(models, draw, points);
    for (Eigen::Index i = 0; i < points.size(); ++i) {
      score[i] += models.objective.ensemble.weights[draw] * feasible[i] *
                  HypervolumeGain(front.points, hoped.row(i), front.reference);
    }
  }
  return score;
}

Eigen::VectorXd FrontImprovement(const Models& models, const PointSet& points) {
  Eigen::VectorXd gain = Eigen::VectorXd::Zero(points.size());
  const auto objectives = 1 + static_cast<Eigen::Index>(models.further.size());
  const Eigen::MatrixXd nodes = NormalNodes(kNodes, static_cast<int>(objectives));
  for (std::size_t draw = 0; draw < models.draws(); ++draw) {
    const Front front = FrontOf(models, draw);
    std::vector<Member::Joint> at;
    for (Eigen::Index k = 0; k < objectives; ++k) {
      const Member& member = models.member(Quantity(models, static_cast<std::size_t>(k)), draw);
      at.push_back(member.At(Cross(models, member, points)));
    }
    const Eigen::ArrayXd feasible = Feasible(models, draw, points);
    Eigen::RowVectorXd outcome(objectives);
    for (Eigen::Index i = 0; i < points.size(); ++i) {
      double sum = 0;
      for (Eigen::Index node = 0; node < kNodes; ++node) {
        for (Eigen::Index k = 0; k < objectives; ++k) {
          const Member::Joint& joint = at[static_cast<std::size_t>(k)];
          outcome[k] = joint.means[i] + std::sqrt(joint.variances[i]) * nodes(node, k);
        }
        sum += HypervolumeGain(front.points, outcome, front.reference);
      }
      gain[i] += models.objective.ensemble.weights[draw] * feasible[i] * sum / kNodes;
    }
  }
  return gain;
}

}  // namespace trimtab::search
