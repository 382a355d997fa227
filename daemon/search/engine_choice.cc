// SPDX-License-Identifier: Apache-2.0
// How Engine chooses the next trial by its models.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "daemon/search/acquisition/pareto.h"
#include "daemon/search/design/space_filling.h"
#include "daemon/search/engine.h"

namespace trimtab::search {
namespace {

int FreshCount(Eigen::Index rows) { return rows <= 60 ? 80 : rows <= 120 ? 60 : 30; }
int RepeatCount(Eigen::Index rows) { return rows <= 120 ? 12 : 6; }

// The indices of the `count` highest scores, the first index first in a tie.
std::vector<int> Highest(const Eigen::VectorXd& scores, int count) {
  std::vector<int> order(static_cast<std::size_t>(scores.size()));
  std::iota(order.begin(), order.end(), 0);
  const auto end = order.begin() + std::min<std::ptrdiff_t>(count, scores.size());
  std::partial_sort(order.begin(), end, order.end(), [&](int a, int b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  });
  order.erase(end, order.end());
  return order;
}

std::vector<int> Lowest(const Eigen::VectorXd& scores, int count) {
  return Highest(-scores, count);
}

Eigen::VectorXd Screened(const Models& models, const PointSet& points) {
  return models.further.empty() ? Screen(models, points) : ScreenFront(models, points);
}

}  // namespace

PointSet Engine::Promising(const Models& models, const RowSet& used, int count) const {
  if (candidates_.enumerated()) {
    Eigen::VectorXd scores = Screened(models, all_);
    for (Eigen::Index i = 0; i < all_.size(); ++i) {
      if (used.contains(candidates_.all().row(i))) {
        scores[i] = -std::numeric_limits<double>::infinity();
      }
    }
    std::vector<int> best = Highest(scores, count);
    std::erase_if(best, [&](int i) { return std::isinf(scores[i]); });
    return all_.Rows(best);
  }
  Random random(seed_ + 977 * used.size());
  const Eigen::Index axes = static_cast<Eigen::Index>(encoder_.axes().size());
  std::vector<Eigen::RowVectorXd> centers;
  const Standing standing = Judge(models);
  for (const int row : Lowest(standing.losses, 5)) {
    centers.push_back(models.rows.points.place.row(row).head(axes));
  }
  Eigen::MatrixXd rows = candidates_.Sample(centers, random);
  constexpr int kRounds = 2;
  for (int round = 0;; ++round) {
    RowSet kept(&RowLess);
    for (Eigen::Index i = 0; i < rows.rows(); ++i) {
      if (!used.contains(rows.row(i))) kept.insert(rows.row(i));
    }
    rows = Stack(kept, axes);
    const PointSet points = WithSource(encoder_.Points(rows), 0);
    const std::vector<int> best = Highest(Screened(models, points), count);
    if (round == kRounds) return points.Rows(best);
    RowSet next(&RowLess);
    for (std::size_t i = 0; i < best.size(); ++i) {
      const Eigen::RowVectorXd row = rows.row(best[i]);
      next.insert(row);
      if (i < 10) candidates_.AddNeighbours(row, random, next);
    }
    rows = Stack(next, axes);
  }
}

std::optional<int> Engine::NoiseProbe(const Models& models, const std::vector<int>& repeats) const {
  // A nugget and noise look alike until something is measured twice; so that the
  // noise is not taken for much too small, one of the best is measured again
  // once there are so many measurements.
  constexpr int kWhen[] = {8, 14, 20};
  // Noise, in transformed units, that does not matter.
  constexpr double kNegligible = 0.03;
  const Eigen::Index n = models.rows.own_count();
  const Targets& targets = models.objective.targets;
  const auto count = targets.count.head(n).array();
  // Told standard errors don't spare it: they are of one trial's windows, and
  // say nothing of how two trials of a configuration differ.
  const double again = (count - 1).sum();
  const double within = targets.within.head(n).sum();
  if (again > 0 && within < again * kNegligible * kNegligible) return std::nullopt;
  double measured = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    if (models.rows.own[static_cast<std::size_t>(i)]->measured()) measured += count[i];
  }
  const auto wanted =
      std::count_if(std::begin(kWhen), std::end(kWhen), [&](int when) { return measured >= when; });
  if (again >= static_cast<double>(wanted)) return std::nullopt;
  for (const int row : repeats) {
    if (count[row] == 1) return row;
  }
  return std::nullopt;
}

Choice Engine::Fresh(const Models& models, const PointSet& point) const {
  Choice choice;
  choice.place = point.place.row(0).head(static_cast<Eigen::Index>(encoder_.axes().size()));
  choice.prediction = InScore(models, Predict(models, point));
  return choice;
}

Choice Engine::Repeat(const Models& models, const Standing& standing, int row) const {
  Choice choice;
  choice.place =
      models.rows.points.place.row(row).head(static_cast<Eigen::Index>(encoder_.axes().size()));
  choice.repeat = true;
  choice.prediction =
      InScore(models, {standing.means[row], standing.deviations[row], standing.feasibility[row]});
  return choice;
}

std::optional<Choice> Engine::Exploit(const Digest& digest, const Models& models) const {
  const RowSet used = UsedRows(digest);
  const int fresh_count = FreshCount(models.rows.points.size()) / (models.bounds.empty() ? 1 : 2);
  PointSet fresh = Promising(models, used, fresh_count);
  if (fresh.size() == 0 && !candidates_.enumerated()) {
    Random random(seed_ + used.size());
    if (const auto place = Farthest(encoder_, candidates_, used, random)) {
      fresh = WithSource(encoder_.Points(*place), 0);
    }
  }
  const Standing standing = Judge(models);
  RowSet pending(&RowLess);
  for (const Record& record : digest.records) {
    if (record.pending > 0) pending.insert(record.place);
  }
  std::vector<int> repeats;
  for (const int row : Lowest(standing.losses, RepeatCount(models.rows.points.size()))) {
    const Record& record = *models.rows.own[static_cast<std::size_t>(row)];
    // What the rules forbid may have been measured, as what a host came with.
    if (record.measured() && !pending.contains(record.place) && candidates_.Allowed(record.place)) {
      repeats.push_back(row);
    }
  }
  const std::optional<int> probe = NoiseProbe(models, repeats);
  if (!models.further.empty()) {
    if (probe) return Repeat(models, standing, *probe);
    if (fresh.size() == 0) return std::nullopt;
    Eigen::Index best = 0;
    FrontImprovement(models, fresh).maxCoeff(&best);
    return Fresh(models, fresh.Rows({static_cast<int>(best)}));
  }
  if (fresh.size() == 0 && repeats.empty()) return std::nullopt;
  const auto [lookahead, improvement] = LookAhead(models, fresh, repeats);
  const double expected = fresh.size() > 0 ? improvement.maxCoeff() : 0;
  Eigen::VectorXd gains = lookahead;
  // Where one step of lookahead sees nothing to gain, the improvement decides.
  // With bounds it has a share in any case: there one step values repeats at the
  // limit too much.
  gains.head(fresh.size()) += (models.bounds.empty() ? 1e-3 : 0.5) * improvement;
  Eigen::Index best = 0;
  gains.maxCoeff(&best);
  const Outlook outlook = Look(models, standing, std::max({0.0, expected, gains[best]}));
  // Everything was tried, and measuring it again changes nothing.
  if (fresh.size() == 0 && outlook.stop) return std::nullopt;
  Choice choice =
      probe ? Repeat(models, standing, *probe)
      : best < fresh.size()
          ? Fresh(models, fresh.Rows({static_cast<int>(best)}))
          : Repeat(models, standing, repeats[static_cast<std::size_t>(best - fresh.size())]);
  choice.outlook = outlook;
  return choice;
}

Prediction Engine::InScore(const Models& models, const Moments& moments) const {
  constexpr double kInterval = 1.96;
  const OutputTransform& transform = models.objective.transform;
  const double reach = kInterval * moments.deviation;
  return {-transform.Back(moments.mean), -transform.Back(moments.mean + reach),
          -transform.Back(moments.mean - reach)};
}

Outlook Engine::Look(const Models& models, const Standing& standing, double expected_gain) const {
  // A rise below a thousandth of the score is not worth a trial.
  constexpr double kWorthwhile = 1e-3;
  Outlook outlook;
  Eigen::Index best = -1;
  for (Eigen::Index i = 0; i < standing.losses.size(); ++i) {
    if (!models.rows.own[static_cast<std::size_t>(i)]->measured()) continue;
    if (best < 0 || standing.losses[i] < standing.losses[best]) best = i;
  }
  if (best < 0) return outlook;
  const OutputTransform& transform = models.objective.transform;
  const double mean = standing.means[best];
  const Ensemble& ensemble = models.objective.ensemble;
  const Targets& targets = models.objective.targets;
  double noise = 0;
  for (std::size_t i = 0; i < ensemble.members.size(); ++i) {
    noise += ensemble.weights[i] * ensemble.members[i].noise();
  }
  noise = std::sqrt(noise / targets.count[best] + targets.known_variance[best]);
  outlook.expected_gain = transform.Back(mean) - transform.Back(mean - expected_gain);
  // Half of the standard error with which the incumbent itself is known.
  outlook.visible_gain = std::max(kWorthwhile * std::abs(transform.Back(mean)),
                                  transform.Back(mean) - transform.Back(mean - noise / 2));
  outlook.stop = outlook.expected_gain < outlook.visible_gain;
  return outlook;
}

}  // namespace trimtab::search
