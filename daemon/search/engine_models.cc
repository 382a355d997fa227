// SPDX-License-Identifier: Apache-2.0
// How Engine turns a digest into models.
#include <limits>

#include "daemon/search/engine.h"

namespace trimtab::search {
namespace {

// Rows that the models hold at most; more are thinned (see Thin).
constexpr int kMostRows = 300;
// Prior trials that the models hold at most.
constexpr int kMostPrior = 100;

// The own records that a model of at most `count` rows holds.
std::vector<const Record*> Keep(const Encoder& encoder, const Digest& digest, int count) {
  std::vector<const Record*> records;
  for (const Record& record : digest.records) {
    if (record.measured() || record.failures > 0) records.push_back(&record);
  }
  if (static_cast<int>(records.size()) <= count) return records;
  Targets targets;
  const auto n = static_cast<Eigen::Index>(records.size());
  Eigen::MatrixXd rows(n, static_cast<Eigen::Index>(encoder.axes().size()));
  targets.mean.resize(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Record& record = *records[static_cast<std::size_t>(i)];
    rows.row(i) = record.place;
    // The sample with the highest score comes last.
    targets.mean[i] =
        record.measured() ? -record.samples.back().score : std::numeric_limits<double>::infinity();
  }
  targets.points = encoder.Points(rows);
  std::vector<const Record*> kept;
  for (const int row : Thin(encoder.axes(), targets, count)) {
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

std::optional<Models> Engine::Fit(const Digest& digest) const {
  Models models(kernel_);
  models.rows.own = Keep(encoder_, digest, kMostRows);
  models.rows.prior = Keep(encoder_, prior_, kMostPrior);
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
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    // Other draws at each trial: an unlucky set must not lead for long.
    const std::uint64_t seed = seed_ * 31 + i + 1009 * static_cast<std::uint64_t>(rows.rows());
    std::optional<OutputModel> model = MakeTargets(models.rows, outputs_[i]);
    if (!model) {
      if (i == 0) return std::nullopt;
      continue;
    }
    model->ensemble =
        Ensemble::Fit(kernel_, model->targets, hyper_prior_, Effort::For(rows.rows()), seed);
    if (model->ensemble.members.empty()) return std::nullopt;
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
  return models;
}

void Engine::AddPending(const Digest& digest, Models& models) const {
  // "Kriging believer" (Ginsbourger, Le Riche, Carraro, "Kriging is well-suited
  // to parallelize optimization", 2010): a pending trial counts as if it had
  // come out as expected.
  std::vector<Eigen::RowVectorXd> places;
  for (const Record& record : digest.records) {
    if (record.pending > 0) places.push_back(record.place);
  }
  if (places.empty()) return;
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
    output->ensemble = Ensemble::Believe(kernel_, output->targets, output->ensemble, points);
  }
  models.rows.points = models.objective.targets.points;
}

}  // namespace trimtab::search
