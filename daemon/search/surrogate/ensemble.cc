// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/surrogate/ensemble.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "daemon/base/random.h"
#include "daemon/search/points/encoder.h"
#include "daemon/search/surrogate/maximize.h"
#include "daemon/search/surrogate/slice_sampler.h"

namespace trimtab::search {

Effort Effort::For(Eigen::Index rows) {
  if (rows <= 60) return {};
  if (rows <= 120) return {.starts = 1, .evaluations = 30, .mode_weight = 2, .samples = 4};
  return {.starts = 1, .evaluations = 20, .mode_weight = 1, .samples = 2};
}

Ensemble Ensemble::Fit(const Kernel& kernel, const Targets& targets, const HyperPrior& prior,
                       const Effort& effort, std::uint64_t seed) {
  const std::vector<int> chosen =
      Thin(kernel.axes(), targets.points, Leading(targets, effort.fit_rows / 3), effort.fit_rows);
  const bool thinned = static_cast<Eigen::Index>(chosen.size()) < targets.mean.size();
  const Targets fewer = thinned ? Select(targets, chosen) : Targets{};
  const Targets& fitted = thinned ? fewer : targets;

  Random random(seed);
  const auto density = [&](const Eigen::VectorXd& at, Eigen::VectorXd* gradient) {
    return LogPosterior(kernel, fitted, prior, at, gradient);
  };
  Maximum best{prior.mean, -std::numeric_limits<double>::infinity()};
  for (int start = 0; start < effort.starts; ++start) {
    Eigen::VectorXd at = prior.mean;
    if (start > 0) {
      for (Eigen::Index k = 0; k < at.size() - 4; ++k) {
        at[k] += 0.7 * prior.deviation[k] * StandardNormal(random);
      }
    }
    const Maximum found = Maximize(density, at, effort.evaluations);
    if (found.value > best.value) best = found;
  }
  std::vector<Hyper> draws = {Hyper::Unpack(best.at)};
  const std::vector<Hyper> samples =
      SampleHyper(kernel, fitted, prior, best.at, effort.samples, effort.stride, random);
  draws.insert(draws.end(), samples.begin(), samples.end());
  Ensemble ensemble;
  for (std::size_t i = 0; i < draws.size(); ++i) {
    ensemble.Add(kernel, targets, draws[i], i == 0 ? effort.mode_weight : 1, static_cast<int>(i));
  }
  ensemble.Normalise();
  return ensemble;
}

Ensemble Ensemble::Believe(const Kernel& kernel, Targets& targets, const Ensemble& ensemble,
                           const PointSet& points, double told_variance) {
  Eigen::VectorXd means = Eigen::VectorXd::Zero(points.size());
  for (std::size_t i = 0; i < ensemble.members.size(); ++i) {
    const Member& member = ensemble.members[i];
    means +=
        ensemble.weights[i] * member.Means(kernel.Cross(targets.points, points, member.hyper()));
  }
  const Eigen::Index n = targets.mean.size();
  const Eigen::Index m = points.size();
  targets.points.place.conservativeResize(n + m, Eigen::NoChange);
  targets.points.level.conservativeResize(n + m, Eigen::NoChange);
  targets.points.place.bottomRows(m) = points.place;
  targets.points.level.bottomRows(m) = points.level;
  const auto append = [&](Eigen::VectorXd& column, const Eigen::VectorXd& values) {
    column.conservativeResize(n + m);
    column.tail(m) = values;
  };
  append(targets.mean, means);
  append(targets.count, Eigen::VectorXd::Ones(m));
  append(targets.known_variance, Eigen::VectorXd::Constant(m, told_variance));
  append(targets.within, Eigen::VectorXd::Zero(m));
  append(targets.quiet, Eigen::VectorXd::Ones(m));
  append(targets.offset, Eigen::VectorXd::Zero(m));
  Ensemble result;
  for (std::size_t i = 0; i < ensemble.members.size(); ++i) {
    result.Add(kernel, targets, ensemble.members[i].hyper(), ensemble.weights[i],
               ensemble.draws[i]);
  }
  result.Normalise();
  return result;
}

void Ensemble::Add(const Kernel& kernel, const Targets& targets, const Hyper& hyper, double weight,
                   int draw) {
  std::optional<Factored> factored = Factor(kernel, targets, hyper);
  if (!factored) return;
  members.emplace_back(hyper, *std::move(factored), targets);
  weights.push_back(weight);
  draws.push_back(draw);
}

void Ensemble::Keep(const std::vector<int>& kept) {
  if (kept == draws) return;
  Ensemble result;
  for (std::size_t i = 0; i < draws.size(); ++i) {
    if (!std::binary_search(kept.begin(), kept.end(), draws[i])) continue;
    result.members.push_back(std::move(members[i]));
    result.weights.push_back(weights[i]);
    result.draws.push_back(draws[i]);
  }
  result.Normalise();
  *this = std::move(result);
}

void Ensemble::Normalise() {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  for (double& weight : weights) weight /= sum;
}

std::vector<int> Leading(const Targets& targets, int count) {
  std::vector<int> order(static_cast<std::size_t>(targets.mean.size()));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return targets.mean[a] < targets.mean[b]; });
  std::vector<int> leading;
  for (const int row : order) {
    if (static_cast<int>(leading.size()) < count / 2 && targets.count[row] > 1) {
      leading.push_back(row);
    }
  }
  const std::vector<int> repeated = leading;
  for (const int row : order) {
    if (static_cast<int>(leading.size()) == count) break;
    if (std::find(repeated.begin(), repeated.end(), row) == repeated.end()) leading.push_back(row);
  }
  return leading;
}

std::vector<int> Thin(const std::vector<Axis>& axes, const PointSet& points,
                      const std::vector<int>& leading, int count) {
  const auto n = static_cast<int>(points.size());
  if (n <= count) {
    std::vector<int> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  std::vector<int> chosen;
  std::vector<double> nearest(static_cast<std::size_t>(n), std::numeric_limits<double>::infinity());
  const auto take = [&](int row) {
    chosen.push_back(row);
    const Eigen::RowVectorXd place = points.place.row(row);
    for (int other = 0; other < n; ++other) {
      double& least = nearest[static_cast<std::size_t>(other)];
      least = other == row ? -1 : std::min(least, Distance(axes, place, points.place.row(other)));
    }
  };
  for (const int row : leading) take(row);
  while (static_cast<int>(chosen.size()) < count) {
    take(static_cast<int>(std::max_element(nearest.begin(), nearest.end()) - nearest.begin()));
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

Targets Select(const Targets& targets, const std::vector<int>& rows) {
  Targets result;
  const auto count = static_cast<Eigen::Index>(rows.size());
  result.points = targets.points.Rows(rows);
  result.mean.resize(count);
  result.count.resize(count);
  result.known_variance.resize(count);
  result.within.resize(count);
  result.quiet.resize(count);
  result.offset.resize(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    const int row = rows[static_cast<std::size_t>(i)];
    result.mean[i] = targets.mean[row];
    result.count[i] = targets.count[row];
    result.known_variance[i] = targets.known_variance[row];
    result.within[i] = targets.within[row];
    result.quiet[i] = targets.quiet[row];
    result.offset[i] = targets.offset[row];
  }
  return result;
}

}  // namespace trimtab::search
