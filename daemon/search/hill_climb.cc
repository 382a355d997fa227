// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/hill_climb.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "daemon/search/random_search.h"
#include "daemon/search/seen.h"

namespace trimtab {
namespace {

using search::Axis;

// Steps as shares of an axis, each half of the one before it.
constexpr double kWidest = 0.25;
constexpr int kHalvings = 6;

}  // namespace

HillClimbStrategy::HillClimbStrategy(SearchSpace space, std::uint64_t seed,
                                     std::optional<Configuration> start)
    : encoder_(space),
      start_(std::move(start)),
      random_(std::make_unique<RandomStrategy>(std::move(space), seed)) {}

std::optional<Eigen::RowVectorXd> HillClimbStrategy::Best(
    const std::vector<Observation>& history) const {
  struct Mean {
    double sum = 0;
    int count = 0;
  };
  std::map<Eigen::RowVectorXd, Mean, decltype(&search::RowLess)> means(&search::RowLess);
  for (const Observation& each : history) {
    if (each.pending || each.verdict != Verdict::kSuccess || !each.score) continue;
    if (!std::isfinite(each.score->value)) continue;
    const std::optional<Eigen::RowVectorXd> row = encoder_.Encode(each.config);
    if (!row) continue;
    Mean& mean = means[*row];
    mean.sum += each.score->value;
    ++mean.count;
  }
  const auto best = std::max_element(means.begin(), means.end(), [](const auto& a, const auto& b) {
    return a.second.sum / a.second.count < b.second.sum / b.second.count;
  });
  if (best == means.end()) return std::nullopt;
  return best->first;
}

std::vector<Eigen::RowVectorXd> HillClimbStrategy::Moves(const Eigen::RowVectorXd& center) const {
  std::vector<Eigen::RowVectorXd> moves;
  const std::vector<Axis>& axes = encoder_.axes();
  double reach = kWidest;
  for (int i = 0; i < kHalvings; ++i, reach /= 2) {
    for (std::size_t k = 0; k < axes.size(); ++k) {
      const auto cell = static_cast<Eigen::Index>(k);
      Eigen::RowVectorXd row = center;
      if (axes[k].kind == Axis::Kind::kCategory) {
        // Any other value is one step away.
        for (int level = 0; i == 0 && level < axes[k].levels; ++level) {
          row[cell] = level;
          moves.push_back(row);
        }
        continue;
      }
      // Of a list at least one level.
      const double level = 1.0 / std::max(1, axes[k].levels - 1);
      const double step =
          axes[k].levels > 0 ? std::max(1.0, std::round(reach / level)) * level : reach;
      for (const double side : {1.0, -1.0}) {
        const double place = center[cell] + side * step;
        if (place < -1e-9 || place > 1 + 1e-9) continue;
        row[cell] = std::clamp(place, 0.0, 1.0);
        moves.push_back(row);
      }
    }
  }
  return moves;
}

std::optional<Suggestion> HillClimbStrategy::Suggest(
    const std::vector<Observation>& history) const {
  const Seen seen(encoder_.space(), history);
  const auto usable = [&](const Configuration& config) {
    return !seen.Contains(config) && encoder_.space().CheckRules(config).ok();
  };
  const std::optional<Eigen::RowVectorXd> best = Best(history);
  if (!best) {
    const auto axes = static_cast<Eigen::Index>(encoder_.axes().size());
    for (const std::optional<Configuration>& first :
         {start_,
          std::optional(encoder_.Decode(encoder_.Snap(Eigen::RowVectorXd::Constant(axes, 0.5))))}) {
      // Encoded and back: without the parameters that the space lacks.
      const auto row = first ? encoder_.Encode(*first) : std::nullopt;
      if (row && usable(encoder_.Decode(*row))) return Suggestion{encoder_.Decode(*row)};
    }
    return random_->Suggest(history);
  }
  for (const Eigen::RowVectorXd& move : Moves(*best)) {
    Configuration config = encoder_.Decode(move);
    if (usable(config)) return Suggestion{std::move(config)};
  }
  return random_->Suggest(history);
}

}  // namespace trimtab
