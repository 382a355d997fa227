// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/advisor.h"

#include <algorithm>
#include <utility>

#include "daemon/control/front.h"
#include "daemon/control/guard.h"
#include "daemon/control/history.h"
#include "daemon/control/space_check.h"

namespace trimtab::control {

void Advisor::SetPolicy(const TuningPolicy& policy) {
  policy_ = policy;
  study_.clear();
  strategy_.reset();
}

absl::Status Advisor::ReadEarlier(const Study& study, std::int64_t round) {
  if (study_ == study.id && round_ == round) return absl::OkStatus();
  strategy_.reset();
  study_.clear();
  absl::StatusOr<std::vector<TrialGroup>> earlier =
      EarlierTrials(store_, study, round, policy_.warm_start);
  if (!earlier.ok()) return earlier.status();
  earlier_ = *std::move(earlier);
  study_ = study.id;
  round_ = round;
  return absl::OkStatus();
}

absl::Status Advisor::Prepare(const Study& study, std::int64_t round,
                              const std::vector<Trial>& round_trials, const Configuration& start) {
  // A round that hasn't begun has no earlier one.
  if (absl::Status read = ReadEarlier(study, std::max<std::int64_t>(1, round)); !read.ok()) {
    return read;
  }
  std::vector<Trial> imported = Imported(round_trials);
  if (strategy_ && start == start_ && imported.size() == imported_) return absl::OkStatus();
  start_ = start;
  imported_ = imported.size();
  StrategyOptions options{.bounds = BoundsOf(policy_.sla), .further = FurtherOf(policy_.objective)};
  if (!start.empty()) options.start = start;
  std::vector<TrialGroup> groups = earlier_;
  groups.push_back({policy_.objective.ToString(), std::move(imported)});
  // What lies farther off than a step may lead teaches nothing of this search.
  SearchSpace space = SpaceAround(start, policy_);
  options.prior = ToPrior(groups, policy_);
  std::erase_if(options.prior,
                [&space](const Observation& each) { return !InSpace(each.config, space); });
  absl::StatusOr<std::unique_ptr<Strategy>> strategy =
      CreateStrategy(policy_.strategy, std::move(space), SeedOf(policy_, study.key.host_instance),
                     std::move(options));
  if (!strategy.ok()) return strategy.status();
  strategy_ = *std::move(strategy);
  return absl::OkStatus();
}

std::vector<Observation> Advisor::History(const std::vector<Trial>& round_trials) const {
  // To a strategy that takes no prior trials, those from elsewhere are points that
  // need not be tried.
  return ToHistory(policy_.strategy == "bayes" ? Own(round_trials) : round_trials);
}

absl::StatusOr<std::optional<Suggestion>> Advisor::Suggest(const Study& study, std::int64_t round,
                                                           const std::vector<Trial>& round_trials,
                                                           const Configuration& start) {
  if (absl::Status ready = Prepare(study, round, round_trials, start); !ready.ok()) return ready;
  return strategy_->Suggest(History(round_trials));
}

absl::StatusOr<std::optional<Appraisal>> Advisor::Appraise(const Study& study, std::int64_t round,
                                                           const std::vector<Trial>& round_trials) {
  // Where the search starts doesn't matter here.
  if (absl::Status ready = Prepare(study, round, round_trials, start_); !ready.ok()) return ready;
  return strategy_->Appraise(History(round_trials));
}

}  // namespace trimtab::control
