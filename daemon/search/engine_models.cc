// SPDX-License-Identifier: Apache-2.0
// How Engine turns a digest into models.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "daemon/search/acquisition/hypervolume.h"
#include "daemon/search/engine.h"

namespace trimtab::search {
namespace {

// Rows that the models hold at most; more are thinned (see Thin).
constexpr int kMostRows = 300;
// Prior trials that the models hold at most.
constexpr int kMostPrior = 100;

// Means of what was measured of each output, lower is better; +infinity where
// nothing was.
Eigen::MatrixXd Means(const std::vector<const Record*>& records,
                      const std::vector<Output>& outputs) {
  Eigen::MatrixXd means(static_cast<Eigen::Index>(records.size()),
                        static_cast<Eigen::Index>(outputs.size()));
  for (Eigen::Index i = 0; i < means.rows(); ++i) {
    for (Eigen::Index k = 0; k < means.cols(); ++k) {
      double sum = 0;
      double measured = 0;
      for (const Sample& sample : records[static_cast<std::size_t>(i)]->samples) {
        const double value = outputs[static_cast<std::size_t>(k)].value(sample);
        if (std::isnan(value)) continue;
        sum += value;
        ++measured;
      }
      means(i, k) = measured > 0 ? sum / measured : std::numeric_limits<double>::infinity();
    }
  }
  return means;
}

// The records that a model of `count` rows must hold, in order of importance, at
// most two thirds of it.
std::vector<int> LeadingRecords(const std::vector<const Record*>& records,
                                const std::vector<Output>& outputs, int count) {
  const Eigen::MatrixXd means = Means(records, outputs);
  const auto n = static_cast<int>(records.size());
  std::vector<Eigen::Index> objectives;
  std::vector<char> broken(records.size(), 0);
  for (Eigen::Index k = 0; k < means.cols(); ++k) {
    const std::optional<double>& bound = outputs[static_cast<std::size_t>(k)].bound;
    if (!bound) objectives.push_back(k);
    for (int i = 0; i < n && bound; ++i) {
      broken[static_cast<std::size_t>(i)] |= std::isfinite(means(i, k)) && means(i, k) > *bound;
    }
  }
  std::vector<int> order(records.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    const char x = broken[static_cast<std::size_t>(a)];
    const char y = broken[static_cast<std::size_t>(b)];
    return x != y ? x < y : means(a, 0) < means(b, 0);
  });
  std::vector<int> leading = {order.front()};
  std::vector<char> taken(records.size(), 0);
  taken[static_cast<std::size_t>(order.front())] = 1;
  const auto take = [&](int row, int most) {
    if (static_cast<int>(leading.size()) >= most || taken[static_cast<std::size_t>(row)]) return;
    taken[static_cast<std::size_t>(row)] = 1;
    leading.push_back(row);
  };
  if (objectives.size() > 1) {
    std::vector<int> sound;
    for (const int row : order) {
      if (!broken[static_cast<std::size_t>(row)]) sound.push_back(row);
    }
    const Eigen::MatrixXd values = means(sound, objectives);
    const std::vector<int> front = NotDominated(values);
    // Of too long a front every few.
    const std::size_t most = std::min(front.size(), static_cast<std::size_t>(count) / 2);
    for (std::size_t i = 0; i < most; ++i) {
      take(sound[static_cast<std::size_t>(front[i * front.size() / most])], count / 2);
    }
  }
  for (const int row : order) {
    if (records[static_cast<std::size_t>(row)]->samples.size() > 1) take(row, count / 2);
  }
  const int best = count / 3;
  for (int i = 0; i < best; ++i) take(order[static_cast<std::size_t>(i)], 2 * count / 3);
  return leading;
}

// The own records that a model of at most `count` rows holds: the best
// ones, which keep the bounds, those that no other beats in all objectives, those
// measured more than once, and of the rest those farthest from the others.
std::vector<const Record*> Keep(const Encoder& encoder, const Digest& digest,
                                const std::vector<Output>& outputs, int count) {
  std::vector<const Record*> records;
  for (const Record& record : digest.records) {
    if (record.measured() || record.failures > 0) records.push_back(&record);
  }
  const auto n = static_cast<Eigen::Index>(records.size());
  if (n <= count) return records;
  Eigen::MatrixXd rows(n, static_cast<Eigen::Index>(encoder.axes().size()));
  for (Eigen::Index i = 0; i < n; ++i) {
    rows.row(i) = records[static_cast<std::size_t>(i)]->place;
  }
  std::vector<const Record*> kept;
  const std::vector<int> leading = LeadingRecords(records, outputs, count);
  for (const int row : Thin(encoder.axes(), encoder.Points(rows), leading, count)) {
    kept.push_back(records[static_cast<std::size_t>(row)]);
  }
  return kept;
}

}  // namespace

PointSet Engine::WithSource(PointSet points, int source) const {
  if (prior_.records.empty()) return points;
  const Eigen::Index axis = points.place.cols();
  points.place.conservativeResize(Eigen::NoChange, axis + 1);
  points.level.conservativeResize(Eigen::NoChange, axis + 1);
  points.place.col(axis).setConstant(source);
  points.level.col(axis).setConstant(source);
  return points;
}

std::shared_ptr<const Learned> Engine::Learn(Digest digest) const {
  {
    const MutexLock lock(mutex_);
    if (last_ && SameMeasurements(last_->digest, digest)) return last_;
  }
  auto learned = std::make_shared<Learned>(kernel_, std::move(digest));
  if (!Fit(*learned)) return nullptr;
  learned->standing = Judge(learned->models);
  const MutexLock lock(mutex_);
  last_ = learned;
  return learned;
}

bool Engine::Fit(Learned& learned) const {
  Models& models = learned.models;
  models.rows.own = Keep(encoder_, learned.digest, outputs_, kMostRows);
  models.rows.prior = Keep(encoder_, prior_, outputs_, kMostPrior);
  const auto own = models.rows.own_count();
  const auto prior = static_cast<Eigen::Index>(models.rows.prior.size());
  Eigen::MatrixXd rows(own + prior, static_cast<Eigen::Index>(encoder_.axes().size()));
  for (Eigen::Index i = 0; i < own; ++i) {
    rows.row(i) = models.rows.own[static_cast<std::size_t>(i)]->place;
  }
  for (Eigen::Index i = 0; i < prior; ++i) {
    rows.row(own + i) = models.rows.prior[static_cast<std::size_t>(i)]->place;
  }
  models.rows.points = WithSource(encoder_.Points(rows), 0);
  if (prior > 0) {
    models.rows.points.place.bottomRightCorner(prior, 1).setOnes();
    models.rows.points.level.bottomRightCorner(prior, 1).setOnes();
  }
  // Other draws after each trial: an unlucky set must not lead for long.
  const std::uint64_t trials = Measurements(learned.digest) + Measurements(prior_);
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const std::uint64_t seed = seed_ * 31 + i + 1009 * trials;
    std::optional<OutputModel> model = MakeTargets(models.rows, outputs_[i]);
    if (!model) {
      if (i == 0) return false;
      models.bound_unknown = models.bound_unknown || outputs_[i].bound;
      continue;
    }
    model->ensemble =
        Ensemble::Fit(kernel_, model->targets, hyper_prior_, Effort::For(rows.rows()), seed);
    if (i == 0) {
      models.objective = *std::move(model);
    } else if (outputs_[i].bound) {
      models.bounds.push_back(model->transform.Forward(*outputs_[i].bound));
      models.constraints.push_back(*std::move(model));
    } else {
      models.further_index.push_back(i - (outputs_.size() - options_.further.size()));
      models.further.push_back(*std::move(model));
    }
  }
  return models.Align();
}

bool Engine::AddPending(const Digest& digest, Models& models) const {
  // "Kriging believer" (Ginsbourger, Le Riche, Carraro, "Kriging is well-suited
  // to parallelize optimization", 2010): a pending trial counts as if it had
  // come out as expected.
  std::vector<Eigen::RowVectorXd> places;
  for (const Record& record : digest.records) {
    if (record.pending > 0) places.push_back(record.place);
  }
  Eigen::MatrixXd rows(static_cast<Eigen::Index>(places.size()),
                       static_cast<Eigen::Index>(encoder_.axes().size()));
  for (std::size_t i = 0; i < places.size(); ++i) {
    rows.row(static_cast<Eigen::Index>(i)) = places[i];
  }
  const PointSet points = WithSource(encoder_.Points(rows), 0);
  std::vector<OutputModel*> outputs = {&models.objective};
  for (OutputModel& each : models.constraints) outputs.push_back(&each);
  for (OutputModel& each : models.further) outputs.push_back(&each);
  for (OutputModel* output : outputs) {
    output->ensemble = Ensemble::Believe(kernel_, output->targets, output->ensemble, points,
                                         output->told_variance);
  }
  models.rows.points = models.objective.targets.points;
  return models.Align();
}

}  // namespace trimtab::search
