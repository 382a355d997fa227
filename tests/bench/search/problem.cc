// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/search/problem.h"

#include <algorithm>
#include <cmath>

namespace trimtab::bench {

void Problem::Finish() {
  std::vector<double> good;
  for (std::size_t i = 0; i < values.size(); ++i) {
    rows_.emplace(levels[i], static_cast<int>(i));
    if (Feasible(static_cast<int>(i))) good.push_back(values[i]);
  }
  std::sort(good.begin(), good.end());
  const std::size_t n = good.size();
  best_ = minimize ? good.front() : good.back();
  median_ = n % 2 == 1 ? good[n / 2] : (good[n / 2 - 1] + good[n / 2]) / 2;
}

bool Problem::Feasible(int row) const {
  if (limited.empty()) return true;
  const double value = limited[static_cast<std::size_t>(row)];
  return (!bound.max || value <= *bound.max) && (!bound.min || value >= *bound.min);
}

double Problem::Regret(int row) const {
  if (row < 0 || !Feasible(row)) return 1;
  const double regret = (best_ - values[static_cast<std::size_t>(row)]) / (best_ - median_);
  return std::clamp(regret, 0.0, 1.0);
}

int Problem::Row(const Configuration& configuration) const {
  std::vector<int> at;
  for (const Dimension& dimension : space.dimensions()) {
    const ParameterValue* value = configuration.Find(dimension.name);
    const auto found = std::find(dimension.values.begin(), dimension.values.end(), *value);
    at.push_back(static_cast<int>(found - dimension.values.begin()));
  }
  const auto found = rows_.find(at);
  if (found != rows_.end()) return found->second;
  int nearest = 0;
  double least = INFINITY;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    double distance = 0;
    for (std::size_t k = 0; k < at.size(); ++k) {
      const Dimension& dimension = space.dimensions()[k];
      const int off = std::abs(levels[i][k] - at[k]);
      const bool number =
          dimension.type == ParameterType::kInt || dimension.type == ParameterType::kDouble;
      distance += number ? off / std::max(1.0, static_cast<double>(dimension.values.size()) - 1)
                         : static_cast<double>(off > 0);
    }
    if (distance < least) {
      least = distance;
      nearest = static_cast<int>(i);
    }
  }
  return nearest;
}

}  // namespace trimtab::bench
