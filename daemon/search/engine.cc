// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/engine.h"

#include <algorithm>
#include <cmath>

#include "daemon/search/acquisition/pareto.h"
#include "daemon/search/design/space_filling.h"

namespace trimtab::search {
namespace {

// Trials before the model is asked.
constexpr int kDesign = 5;
// A configuration whose trials said nothing is given up after so many.
constexpr int kSilentTries = 2;

std::vector<Axis> WithSourceAxis(std::vector<Axis> axes, bool prior) {
  if (prior) axes.push_back({Axis::Kind::kSource, 2});
  return axes;
}

bool Used(const Record& record) {
  return record.measured() || record.failures > 0 || record.pending > 0 ||
         record.silent >= kSilentTries;
}

}  // namespace

Engine::Engine(SearchSpace space, std::uint64_t seed, StrategyOptions options)
    : seed_(seed),
      options_(std::move(options)),
      encoder_(std::move(space)),
      candidates_(encoder_),
      kernel_({}) {
  outputs_.push_back(
      {.value = [](const Sample& sample) { return -sample.score; }, .is_score = true});
  for (const Bound& bound : options_.bounds) {
    const std::size_t index = metrics_.size();
    metrics_.push_back(bound.metric);
    if (bound.max) {
      outputs_.push_back(
          {.value = [index](const Sample& s) { return s.metrics[index]; }, .bound = bound.max});
    }
    if (bound.min) {
      outputs_.push_back(
          {.value = [index](const Sample& s) { return -s.metrics[index]; }, .bound = -*bound.min});
    }
  }
  for (const Further& each : options_.further) {
    const std::size_t index = metrics_.size();
    metrics_.push_back(each.metric);
    const double sign = each.minimize ? 1 : -1;
    outputs_.push_back(
        {.value = [index, sign](const Sample& s) { return sign * s.metrics[index]; }});
  }
  prior_ = Digest::Of(encoder_, options_.prior, metrics_);
  kernel_ = Kernel(WithSourceAxis(encoder_.axes(), !prior_.records.empty()));
  hyper_prior_ = HyperPrior::For(encoder_.axes(), !prior_.records.empty());
  if (candidates_.enumerated()) all_ = WithSource(encoder_.Points(candidates_.all()), 0);
  if (options_.start) start_ = encoder_.Encode(*options_.start);
  if (start_ && !candidates_.Allowed(*start_)) start_.reset();
  design_ = SpaceFilling(encoder_, candidates_, start_, kDesign, seed_ * 7919 + 13);
}

RowSet Engine::UsedRows(const Digest& digest) {
  RowSet used(&RowLess);
  for (const Record& record : digest.records) {
    if (Used(record)) used.insert(record.place);
  }
  return used;
}

Digest Engine::Read(const std::vector<Observation>& history) const {
  return Digest::Of(encoder_, history, metrics_);
}

std::optional<Suggestion> Engine::Suggest(const std::vector<Observation>& history) const {
  const Digest digest = Read(history);
  const RowSet used = UsedRows(digest);
  std::optional<Choice> choice;
  if (start_ && !used.contains(*start_)) {
    choice = Choice{.place = *start_};
  } else if (static_cast<int>(used.size()) < kDesign && prior_.records.empty()) {
    choice = Explore(used);
  } else if (const auto learned = Learn(digest)) {
    const bool pending = std::any_of(digest.records.begin(), digest.records.end(),
                                     [](const Record& each) { return each.pending > 0; });
    if (pending) {
      Models models = learned->models;
      choice = AddPending(digest, models) ? Exploit(digest, models) : Explore(used);
    } else {
      choice = Exploit(digest, learned->models);
    }
  } else {
    choice = Explore(used);
  }
  if (!choice) return std::nullopt;
  return Suggestion{encoder_.Decode(choice->place), choice->prediction, choice->outlook};
}

std::optional<Choice> Engine::Explore(const RowSet& used) const {
  for (const Eigen::RowVectorXd& place : design_) {
    if (!used.contains(place)) return Choice{.place = place};
  }
  Random random(seed_ + used.size());
  const std::optional<Eigen::RowVectorXd> place = Farthest(encoder_, candidates_, used, random);
  if (!place) return std::nullopt;
  return Choice{.place = *place};
}

std::vector<Incumbent> Engine::Rank(const std::vector<Observation>& history) const {
  const auto learned = Learn(Read(history));
  return learned ? RankBy(*learned) : std::vector<Incumbent>{};
}

std::vector<FrontPoint> Engine::Front(const std::vector<Observation>& history) const {
  const auto learned = Learn(Read(history));
  return learned ? FrontBy(*learned) : std::vector<FrontPoint>{};
}

std::vector<double> Engine::Importances(const std::vector<Observation>& history) const {
  const auto learned = Learn(Read(history));
  return learned ? ImportancesBy(learned->models) : std::vector<double>{};
}

std::optional<Appraisal> Engine::Appraise(const std::vector<Observation>& history) const {
  const auto learned = Learn(Read(history));
  if (!learned) return std::nullopt;
  Appraisal appraisal{RankBy(*learned), FrontBy(*learned), {}};
  const std::vector<double> importances = ImportancesBy(learned->models);
  for (std::size_t i = 0; i < importances.size(); ++i) {
    appraisal.importances.emplace(encoder_.space().dimensions()[i].name, importances[i]);
  }
  return appraisal;
}

std::vector<Incumbent> Engine::RankBy(const Learned& learned) const {
  // Deviations by which an uncertain value is taken as worse: who was measured
  // once must not win by luck.
  constexpr double kCaution = 1.5;
  // Loss of an incumbent that breaks a bound: more than of a trial that does.
  constexpr double kRefused = 2;
  const Standing& standing = learned.standing;
  const Eigen::ArrayXd feasibility = standing.feasibility.array();
  const Eigen::ArrayXd cautious = standing.means + kCaution * standing.deviations;
  const Eigen::ArrayXd losses = feasibility * cautious + (1 - feasibility) * kRefused;
  std::vector<int> rows = Eligible(learned.models, standing);
  std::stable_sort(rows.begin(), rows.end(), [&](int x, int y) { return losses[x] < losses[y]; });
  std::vector<Incumbent> ranking;
  for (const int row : rows) ranking.push_back(Describe(learned.models, standing, row));
  return ranking;
}

std::vector<FrontPoint> Engine::FrontBy(const Learned& learned) const {
  const Models& models = learned.models;
  const std::vector<int> eligible = Eligible(models, learned.standing);
  Eigen::MatrixXd values(static_cast<Eigen::Index>(eligible.size()),
                         1 + static_cast<Eigen::Index>(models.further.size()));
  for (std::size_t i = 0; i < eligible.size(); ++i) {
    values.row(static_cast<Eigen::Index>(i)) = ObjectiveMeans(models, eligible[i]);
  }
  // In transformed units: what differs less is the same.
  constexpr double kSlack = 0.01;
  std::vector<FrontPoint> front;
  for (const int i : NotDominated(values, kSlack)) {
    const int row = eligible[static_cast<std::size_t>(i)];
    FrontPoint point{Describe(models, learned.standing, row), {}};
    for (std::size_t k = 0; k < models.further.size(); ++k) {
      const double value =
          models.further[k].transform.Back(values(i, 1 + static_cast<Eigen::Index>(k)));
      const Further& further = options_.further[models.further_index[k]];
      point.further[further.metric] = further.minimize ? value : -value;
    }
    front.push_back(std::move(point));
  }
  std::stable_sort(front.begin(), front.end(), [](const FrontPoint& a, const FrontPoint& b) {
    return a.incumbent.prediction.value > b.incumbent.prediction.value;
  });
  return front;
}

std::vector<int> Engine::Eligible(const Models& models, const Standing& standing) const {
  constexpr double kLikely = 0.5;
  std::vector<int> rows;
  if (models.bound_unknown) return rows;
  for (Eigen::Index i = 0; i < standing.losses.size(); ++i) {
    if (!models.rows.own[static_cast<std::size_t>(i)]->measured()) continue;
    if (!models.bounds.empty() && standing.feasibility[i] < kLikely) continue;
    rows.push_back(static_cast<int>(i));
  }
  return rows;
}

Incumbent Engine::Describe(const Models& models, const Standing& standing, Eigen::Index row) const {
  const Moments moments{standing.means[row], standing.deviations[row], standing.feasibility[row]};
  return {encoder_.Decode(models.rows.own[static_cast<std::size_t>(row)]->place),
          InScore(models, moments), standing.feasibility[row]};
}

}  // namespace trimtab::search
