// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/finalists.h"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/control/evidence.h"
#include "daemon/control/guard.h"
#include "daemon/control/history.h"
#include "daemon/scoring/statistics.h"

namespace trimtab::control {
namespace {

// A normal estimate with the same interval.
Score ToScore(const Prediction& prediction) {
  constexpr double kInterval = 1.96;
  return {prediction.value, (prediction.upper - prediction.lower) / (2 * kInterval)};
}

// What a candidate must be better than on paper.
std::optional<Score> ToBeat(const std::vector<Trial>& round_trials, const Checkpoint& study,
                            const Configuration& committed,
                            const std::optional<Appraisal>& appraisal) {
  std::optional<Score> score;
  if (study.incumbent) score = study.incumbent->score;
  if (const std::optional<double> mean = CorrectedReference(round_trials)) {
    score = Score{*mean, score ? score->standard_error : std::nullopt};
  }
  if (!appraisal) return score;
  const std::optional<std::size_t> place = Places(appraisal->ranking).Of(committed);
  if (place) score = ToScore(appraisal->ranking[*place].prediction);
  return score;
}

}  // namespace

std::vector<Finalist> Finalists(const std::vector<Trial>& round_trials, const Checkpoint& study,
                                const Configuration& committed, const TuningPolicy& policy,
                                const std::optional<Appraisal>& appraisal) {
  const std::optional<Score> to_beat = ToBeat(round_trials, study, committed, appraisal);
  std::vector<Finalist> finalists;
  for (const Evidence& each :
       RankTried(round_trials, study.incumbent, appraisal, Imports::kTaken)) {
    const Trial& trial = *each.newest;
    if (trial.config == committed) continue;
    const auto& judged = study.judged;
    if (std::find(judged.begin(), judged.end(), trial.config) != judged.end()) continue;
    if (to_beat && each.value() <= to_beat->value) continue;
    if (!CheckCandidate(trial.config, committed, policy).ok()) continue;
    Finalist finalist;
    finalist.scored = {trial.config, trial.score, trial.measurement.metrics, trial.compliance};
    finalist.trial_ids = each.trial_ids;
    finalist.why = fmt::format("it scored {:.4g} in {} trial{}", each.score.value,
                               each.trial_ids.size(), each.trial_ids.size() == 1 ? "" : "s");
    if (each.expected) {
      finalist.why += fmt::format(", the model expects {:.4g} [{:.4g}, {:.4g}]",
                                  each.expected->value, each.expected->lower, each.expected->upper);
    }
    if (to_beat) {
      finalist.expected_gain =
          UnpairedGain(*to_beat, each.expected ? ToScore(*each.expected) : each.score);
    }
    finalists.push_back(std::move(finalist));
  }
  return finalists;
}

}  // namespace trimtab::control
