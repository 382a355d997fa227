// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/acquisition/constrained_drop.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "daemon/search/acquisition/knowledge_gradient.h"
#include "daemon/search/acquisition/normal_nodes.h"

namespace trimtab::search {
namespace {

constexpr int kNodes = 32;
// Rows that stand a chance of being the incumbent after one more measurement.
constexpr int kContenders = 12;
constexpr double kSmallest = 1e-6;

// What is known of one quantity at the contenders (the candidate last), and
// how it moves with the outcome at the candidate.
struct Quantity {
  Eigen::VectorXd means;
  Eigen::VectorXd slopes;
  // After the measurement.
  Eigen::VectorXd deviations;
};

class Drops {
 public:
  Drops(const Models& models, std::size_t draw)
      : models_(models),
        draw_(draw),
        nodes_(NormalNodes(kNodes, 1 + static_cast<int>(models.bounds.size()))),
        quantities_(1 + models.bounds.size()) {
    row_variances_.resize(quantities_.size());
    for (std::size_t j = 1; j < quantities_.size(); ++j) {
      row_variances_[j] = member(j).row_variances();
    }
    ChooseContenders();
  }

  const Member& member(std::size_t quantity) const { return models_.member(quantity, draw_); }

  // `joint` holds the candidate in column `column` for each quantity; `row` is
  // the candidate's row or -1.
  double Drop(const std::vector<Member::Joint>& joint, Eigen::Index column, int row) {
    const auto count = static_cast<Eigen::Index>(contenders_.size()) + (row < 0 ? 1 : 0);
    for (std::size_t q = 0; q < quantities_.size(); ++q) {
      const Member& model = member(q);
      Quantity& quantity = quantities_[q];
      const double variance = joint[q].variances[column];
      const double deviation = std::sqrt(std::max(1e-12, variance + models_.noise(q, draw_)));
      quantity.means.resize(count);
      quantity.slopes.resize(count);
      quantity.deviations.resize(count);
      const auto set = [&](Eigen::Index i, double mean, double now, double covariance) {
        const double slope = covariance / deviation;
        quantity.means[i] = mean;
        quantity.slopes[i] = slope;
        quantity.deviations[i] = std::max(kSmallest, std::sqrt(std::max(0.0, now - slope * slope)));
      };
      for (std::size_t i = 0; i < contenders_.size(); ++i) {
        const int contender = contenders_[i];
        set(static_cast<Eigen::Index>(i), model.row_means()[contender],
            q == 0 ? 0 : row_variances_[q][contender], joint[q].with_rows(contender, column));
      }
      if (row < 0) set(count - 1, joint[q].means[column], variance, variance);
    }
    return now_ - ExpectedBest(count);
  }

 private:
  void ChooseContenders() {
    const Eigen::Index n = models_.rows.own_count();
    Eigen::VectorXd loss(n);
    for (Eigen::Index i = 0; i < n; ++i) {
      double feasible = 1;
      for (std::size_t j = 1; j < quantities_.size(); ++j) {
        const double deviation = std::max(kSmallest, std::sqrt(row_variances_[j][i]));
        feasible *= NormalCdf((models_.bounds[j - 1] - member(j).row_means()[i]) / deviation);
      }
      const double mean = std::min(kBroken, member(0).row_means()[i]);
      loss[i] = feasible * mean + (1 - feasible) * kBroken;
    }
    now_ = n > 0 ? loss.minCoeff() : kBroken;
    contenders_.resize(static_cast<std::size_t>(n));
    std::iota(contenders_.begin(), contenders_.end(), 0);
    std::stable_sort(contenders_.begin(), contenders_.end(),
                     [&](int a, int b) { return loss[a] < loss[b]; });
    if (n > kContenders) contenders_.resize(kContenders);
  }

  double ExpectedBest(Eigen::Index count) const {
    double sum = 0;
    for (Eigen::Index node = 0; node < kNodes; ++node) {
      double best = kBroken;
      for (Eigen::Index i = 0; i < count; ++i) {
        const Quantity& objective = quantities_[0];
        const double mean = objective.means[i] + objective.slopes[i] * nodes_(node, 0);
        if (mean >= best) continue;
        double feasible = 1;
        for (std::size_t j = 1; j < quantities_.size(); ++j) {
          const Quantity& quantity = quantities_[j];
          const double value =
              quantity.means[i] + quantity.slopes[i] * nodes_(node, static_cast<Eigen::Index>(j));
          feasible *= NormalCdf((models_.bounds[j - 1] - value) / quantity.deviations[i]);
        }
        best = std::min(best, feasible * mean + (1 - feasible) * kBroken);
      }
      sum += best;
    }
    return sum / kNodes;
  }

  const Models& models_;
  std::size_t draw_;
  Eigen::MatrixXd nodes_;
  std::vector<Quantity> quantities_;
  std::vector<Eigen::VectorXd> row_variances_;
  std::vector<int> contenders_;
  double now_ = 0;
};

}  // namespace

Eigen::VectorXd ConstrainedDrops(const Models& models, std::size_t draw,
                                 const std::vector<Member::Joint>& points,
                                 const std::vector<Member::Joint>& at_rows,
                                 const std::vector<int>& repeats) {
  Drops drops(models, draw);
  const Eigen::Index count = points[0].means.size();
  Eigen::VectorXd result(count + static_cast<Eigen::Index>(repeats.size()));
  for (Eigen::Index i = 0; i < count; ++i) result[i] = drops.Drop(points, i, -1);
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    const auto column = static_cast<Eigen::Index>(i);
    result[count + column] = drops.Drop(at_rows, column, repeats[i]);
  }
  return result;
}

}  // namespace trimtab::search
