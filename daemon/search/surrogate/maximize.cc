// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/surrogate/maximize.h"

#include <cmath>
#include <deque>
#include <utility>
#include <vector>

namespace trimtab::search {

Maximum Maximize(const std::function<double(const Eigen::VectorXd&, Eigen::VectorXd*)>& function,
                 Eigen::VectorXd start, int evaluations) {
  constexpr std::size_t kMemory = 6;
  constexpr double kLongestStep = 2;
  constexpr double kEnough = 1e-4;
  Eigen::VectorXd gradient;
  Maximum best{start, function(start, &gradient)};
  std::deque<std::pair<Eigen::VectorXd, Eigen::VectorXd>> pairs;  // step, gradient change
  for (int used = 1; used < evaluations && std::isfinite(best.value);) {
    Eigen::VectorXd direction = gradient;
    std::vector<double> a(pairs.size());
    for (std::size_t i = pairs.size(); i-- > 0;) {
      a[i] = pairs[i].first.dot(direction) / pairs[i].second.dot(pairs[i].first);
      direction -= a[i] * pairs[i].second;
    }
    if (!pairs.empty()) {
      const auto& [step, change] = pairs.back();
      direction *= step.dot(change) / change.squaredNorm();
    }
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const double b = pairs[i].second.dot(direction) / pairs[i].second.dot(pairs[i].first);
      direction += (a[i] - b) * pairs[i].first;
    }
    // The pairs hold -(gradient change), so that the direction ascends.
    double slope = direction.dot(gradient);
    if (slope <= 0) {
      pairs.clear();
      direction = gradient;
      slope = gradient.squaredNorm();
    }
    if (slope < 1e-10) break;
    const double longest = direction.cwiseAbs().maxCoeff();
    if (longest > kLongestStep) {
      direction *= kLongestStep / longest;
      slope *= kLongestStep / longest;
    }
    double scale = 1;
    bool moved = false;
    double gained = 0;
    while (used < evaluations && scale > 1e-3) {
      const Eigen::VectorXd candidate = best.at + scale * direction;
      Eigen::VectorXd candidate_gradient;
      const double value = function(candidate, &candidate_gradient);
      ++used;
      if (value >= best.value + 1e-4 * scale * slope) {
        const Eigen::VectorXd step = candidate - best.at;
        const Eigen::VectorXd change = gradient - candidate_gradient;
        if (step.dot(change) > 1e-10) pairs.emplace_back(step, change);
        if (pairs.size() > kMemory) pairs.pop_front();
        gained = value - best.value;
        best = {candidate, value};
        gradient = candidate_gradient;
        moved = true;
        break;
      }
      scale *= 0.3;
    }
    if (!moved || gained < kEnough) break;
  }
  return best;
}

}  // namespace trimtab::search
