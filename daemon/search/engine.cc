// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/engine.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "daemon/search/design/space_filling.h"

namespace trimtab::search {
namespace {

// Trials before the model is asked.
constexpr int kDesign = 5;
// A configuration whose trials said nothing is given up after so many.
constexpr int kSilentTries = 2;
// Rows that the models hold at most; more are thinned (see Thin).
constexpr int kMostRows = 300;
// Prior trials that the models hold at most.
constexpr int kMostPrior = 100;

int FreshCount(Eigen::Index rows) { return rows <= 60 ? 80 : rows <= 120 ? 60 : 30; }
int RepeatCount(Eigen::Index rows) { return rows <= 120 ? 12 : 6; }

std::vector<Axis> WithSourceAxis(std::vector<Axis> axes, bool prior) {
  if (prior) axes.push_back({Axis::Kind::kCategory, 2});
  return axes;
}

bool Used(const Record& record) {
  return record.measured() || record.failures > 0 || record.pending > 0 ||
         record.silent >= kSilentTries;
}

RowSet UsedRows(const Digest& digest) {
  RowSet used(&RowLess);
  for (const Record& record : digest.records) {
    if (Used(record)) used.insert(record.place);
  }
  return used;
}

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

Engine::Engine(SearchSpace space, std::uint64_t seed, StrategyOptions options)
    : seed_(seed),
      options_(std::move(options)),
      encoder_(std::move(space)),
      candidates_(encoder_),
      kernel_({}) {
  outputs_.push_back({[](const Sample& sample) { return -sample.score; }, std::nullopt});
  for (const Bound& bound : options_.bounds) {
    const std::size_t index = metrics_.size();
    metrics_.push_back(bound.metric);
    if (bound.max) {
      outputs_.push_back({[index](const Sample& s) { return s.metrics[index]; }, bound.max});
    }
    if (bound.min) {
      outputs_.push_back({[index](const Sample& s) { return -s.metrics[index]; }, -*bound.min});
    }
  }
  prior_ = Digest::Of(encoder_, options_.prior, metrics_);
  kernel_ = Kernel(WithSourceAxis(encoder_.axes(), !prior_.records.empty()));
  hyper_prior_ = HyperPrior::For(encoder_.axes(), !prior_.records.empty());
  if (candidates_.enumerated()) all_ = WithSource(encoder_.Points(candidates_.all()), 0);
  std::optional<Eigen::RowVectorXd> start;
  if (options_.start) start = encoder_.Encode(*options_.start);
  if (start && !candidates_.Allowed(*start)) start.reset();
  design_ = SpaceFilling(encoder_, candidates_, start, kDesign, seed_ * 7919 + 13);
}

Digest Engine::Read(const std::vector<Observation>& history) const {
  return Digest::Of(encoder_, history, metrics_);
}

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
  Models models{kernel_, {}, {}, {}, {}};
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
    } else {
      models.bounds.push_back(model->transform.Forward(*outputs_[i].bound));
      models.constraints.push_back(*std::move(model));
    }
  }
  return models;
}

std::optional<Suggestion> Engine::Suggest(const std::vector<Observation>& history) const {
  const Digest digest = Read(history);
  std::optional<Choice> choice;
  const RowSet used = UsedRows(digest);
  if (static_cast<int>(used.size()) < kDesign && prior_.records.empty()) {
    choice = Explore(digest);
  } else if (std::optional<Models> models = Fit(digest)) {
    AddPending(digest, *models);
    choice = Exploit(digest, *models);
  } else {
    choice = Explore(digest);
  }
  if (!choice) return std::nullopt;
  return Suggestion{encoder_.Decode(choice->place), choice->prediction, choice->outlook};
}

std::optional<Choice> Engine::Explore(const Digest& digest) const {
  const RowSet used = UsedRows(digest);
  for (const Eigen::RowVectorXd& place : design_) {
    if (!used.contains(place)) return Choice{.place = place};
  }
  Random random(seed_ + used.size());
  const std::optional<Eigen::RowVectorXd> place = Farthest(encoder_, candidates_, used, random);
  if (!place) return std::nullopt;
  return Choice{.place = *place};
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
  for (OutputModel* output : outputs) {
    output->ensemble = Ensemble::Believe(kernel_, output->targets, output->ensemble, points);
  }
  models.rows.points = models.objective.targets.points;
}

PointSet Engine::Promising(const Models& models, const RowSet& used, int count) const {
  if (candidates_.enumerated()) {
    Eigen::VectorXd scores = Screen(models, all_);
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
    const std::vector<int> best = Highest(Screen(models, points), count);
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

std::optional<Choice> Engine::Exploit(const Digest& digest, const Models& models) const {
  const RowSet used = UsedRows(digest);
  const Eigen::Index axes = static_cast<Eigen::Index>(encoder_.axes().size());
  const int fresh_count = FreshCount(models.rows.points.size()) / (models.bounds.empty() ? 1 : 2);
  const PointSet fresh = Promising(models, used, fresh_count);
  const Standing standing = Judge(models);
  std::vector<int> repeats;
  for (const int row : Lowest(standing.losses, RepeatCount(models.rows.points.size()))) {
    const Record& record = *models.rows.own[static_cast<std::size_t>(row)];
    if (record.measured() && record.pending == 0) repeats.push_back(row);
  }
  if (fresh.size() == 0 && repeats.empty()) return std::nullopt;
  const Eigen::VectorXd improvement = Improvement(models, fresh);
  const double expected = fresh.size() > 0 ? improvement.maxCoeff() : 0;
  Eigen::VectorXd gains = KnowledgeGradient(models, fresh, repeats);
  // Where one step of lookahead sees nothing to gain, the improvement decides.
  // With bounds it has a share in any case: there one step values repeats at the
  // limit too much.
  gains.head(fresh.size()) += (models.bounds.empty() ? 1e-3 : 0.5) * improvement;
  Eigen::Index best = 0;
  gains.maxCoeff(&best);
  Choice choice;
  Moments moments;
  if (best < fresh.size()) {
    choice.place = fresh.place.row(best).head(axes);
    moments = Predict(models, fresh.Rows({static_cast<int>(best)}));
  } else {
    const int row = repeats[static_cast<std::size_t>(best - fresh.size())];
    choice.place = models.rows.points.place.row(row).head(axes);
    choice.repeat = true;
    moments = PredictRow(models, row);
  }
  choice.prediction = InScore(models, moments);
  choice.outlook = Look(models, standing, std::max({0.0, expected, gains[best]}));
  // Everything was tried, and measuring it again changes nothing.
  if (fresh.size() == 0 && choice.outlook->stop) return std::nullopt;
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
  if (standing.means.size() == 0) return outlook;
  Eigen::Index best = 0;
  standing.losses.minCoeff(&best);
  const OutputTransform& transform = models.objective.transform;
  const double mean = standing.means[best];
  double noise = 0;
  for (const Member& member : models.objective.ensemble.members) noise += member.noise();
  noise = std::sqrt(noise / static_cast<double>(models.objective.ensemble.members.size()) /
                    models.objective.targets.count[best]);
  outlook.expected_gain = transform.Back(mean) - transform.Back(mean - expected_gain);
  // Half of the standard error with which the incumbent itself is known.
  outlook.visible_gain = std::max(kWorthwhile * std::abs(transform.Back(mean)),
                                  transform.Back(mean) - transform.Back(mean - noise / 2));
  outlook.stop = outlook.expected_gain < outlook.visible_gain;
  return outlook;
}

std::optional<Incumbent> Engine::Best(const std::vector<Observation>& history) const {
  constexpr double kLikely = 0.5;
  // Deviations by which an uncertain value is taken as worse: who was measured
  // once must not win by luck.
  constexpr double kCaution = 1.5;
  const Digest digest = Read(history);
  const std::optional<Models> models = Fit(digest);
  if (!models) return std::nullopt;
  const Standing standing = Judge(*models);
  std::optional<Eigen::Index> best;
  const Eigen::VectorXd losses =
      standing.losses + kCaution * standing.feasibility.cwiseProduct(standing.deviations);
  for (Eigen::Index i = 0; i < standing.losses.size(); ++i) {
    if (!models->rows.own[static_cast<std::size_t>(i)]->measured()) continue;
    if (!models->bounds.empty() && standing.feasibility[i] < kLikely) continue;
    if (!best || losses[i] < losses[*best]) best = i;
  }
  if (!best) return std::nullopt;
  const Moments moments = PredictRow(*models, static_cast<int>(*best));
  return Incumbent{encoder_.Decode(models->rows.own[static_cast<std::size_t>(*best)]->place),
                   InScore(*models, moments), standing.feasibility[*best]};
}

}  // namespace trimtab::search
