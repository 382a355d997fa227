// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rapidcheck.h>

#include <cmath>
#include <string>

#include "daemon/model/decision.h"
#include "daemon/model/trial.h"
#include "daemon/ports/trial_store.h"

// RapidCheck's generators of the model's values: anything that may be stored.
namespace trimtab::arbitrary {

// Printable, and what JSON has to escape.
inline rc::Gen<std::string> Text() {
  return rc::gen::container<std::string>(
      rc::gen::oneOf(rc::gen::inRange<char>(' ', '~'), rc::gen::element('\n', '"', '\\', '\t')));
}

// Finite, of every magnitude.
inline rc::Gen<double> Number() {
  return rc::gen::oneOf(
      rc::gen::arbitrary<double>(), rc::gen::cast<double>(rc::gen::arbitrary<std::int32_t>()),
      rc::gen::apply([](double mantissa, int exponent) { return std::ldexp(mantissa, exponent); },
                     rc::gen::arbitrary<double>(), rc::gen::inRange(-900, 900)));
}

template <typename T>
rc::Gen<std::optional<T>> Optional(const rc::Gen<T>& value) {
  return rc::gen::oneOf(rc::gen::just(std::optional<T>()),
                        rc::gen::map(value, [](T each) { return std::optional<T>(each); }));
}

inline rc::Gen<ParameterValue> Value() {
  return rc::gen::oneOf(rc::gen::construct<ParameterValue>(rc::gen::arbitrary<std::int64_t>()),
                        rc::gen::construct<ParameterValue>(Number()),
                        rc::gen::construct<ParameterValue>(rc::gen::arbitrary<bool>()),
                        rc::gen::construct<ParameterValue>(Text()));
}

inline Configuration AnyConfiguration() {
  Configuration config;
  const int size = *rc::gen::inRange(0, 6);
  for (int i = 0; i < size; ++i) config.Set(*Text(), *Value());
  return config;
}

inline MetricValues AnyMetrics() {
  MetricValues metrics;
  for (const MetricInfo& info : AllMetrics()) metrics.Set(info.metric, *Optional(Number()));
  return metrics;
}

inline SlaCompliance AnyCompliance() {
  const auto met = [] { return *Optional(rc::gen::arbitrary<bool>()); };
  return {met(), met(), met(), met(), met()};
}

inline std::optional<Score> AnyScore() {
  if (!*rc::gen::arbitrary<bool>()) return std::nullopt;
  return Score{*Number(), *Optional(Number())};
}

inline std::optional<Gain> AnyGain() {
  if (!*rc::gen::arbitrary<bool>()) return std::nullopt;
  return Gain{*Number(), *Number(), *Number(), *Number()};
}

inline std::optional<ScoredConfiguration> AnyScored() {
  if (!*rc::gen::arbitrary<bool>()) return std::nullopt;
  return ScoredConfiguration{AnyConfiguration(), AnyScore(), AnyMetrics(), AnyCompliance()};
}

inline WallTime AnyTime() {
  return WallTime(std::chrono::microseconds(*rc::gen::arbitrary<std::int32_t>()));
}

inline Trial AnyTrial() {
  Trial trial;
  trial.id = *rc::gen::arbitrary<std::int64_t>();
  trial.round = *rc::gen::arbitrary<std::int64_t>();
  trial.purpose = static_cast<TrialPurpose>(*rc::gen::inRange(0, 5));
  trial.config = AnyConfiguration();
  trial.config_in_force = AnyConfiguration();
  trial.verdict = static_cast<Verdict>(*rc::gen::inRange(0, 4));
  trial.reason = *Text();
  trial.score = AnyScore();
  if (*rc::gen::arbitrary<bool>()) trial.predicted = Prediction{1.5, 1.25, 2};
  trial.measurement.metrics = AnyMetrics();
  trial.measurement.requests = *rc::gen::arbitrary<std::int64_t>();
  trial.measurement.windows = *rc::gen::arbitrary<int>();
  trial.measurement.length = Duration(*rc::gen::arbitrary<std::int64_t>());
  trial.compliance = AnyCompliance();
  trial.generation = *rc::gen::arbitrary<std::int64_t>();
  trial.started_at = AnyTime();
  trial.ended_at = AnyTime();
  trial.strategy = *Text();
  trial.seed = *rc::gen::arbitrary<std::uint64_t>();
  return trial;
}

inline Decision AnyDecision() {
  Decision decision;
  decision.id = *rc::gen::arbitrary<std::int64_t>();
  decision.made_at = AnyTime();
  decision.reason = static_cast<DecisionReason>(*rc::gen::inRange(0, kDecisionReasonCount));
  decision.explanation = *Text();
  decision.old_config = AnyConfiguration();
  decision.new_config = AnyConfiguration();
  decision.expected_gain = AnyGain();
  decision.observed_gain = AnyGain();
  decision.trial_ids = *rc::gen::arbitrary<std::vector<std::int64_t>>();
  decision.actor = *Text();
  return decision;
}

inline Checkpoint AnyCheckpoint() {
  Checkpoint checkpoint;
  checkpoint.round = *rc::gen::arbitrary<std::int64_t>();
  checkpoint.round_open = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) checkpoint.round_ended = AnyTime();
  checkpoint.trials_in_round = *rc::gen::arbitrary<int>();
  checkpoint.explored = *rc::gen::arbitrary<bool>();
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) checkpoint.judged.push_back(AnyConfiguration());
  checkpoint.since_incumbent = *rc::gen::arbitrary<int>();
  checkpoint.empty_trials = *rc::gen::arbitrary<int>();
  checkpoint.refused_candidates = *rc::gen::arbitrary<int>();
  checkpoint.settled_suggestions = *rc::gen::arbitrary<int>();
  checkpoint.sla_budget.in_breach = Duration(*rc::gen::arbitrary<std::int64_t>());
  checkpoint.exploration_budget.observed = Duration(*rc::gen::arbitrary<std::int64_t>());
  if (*rc::gen::arbitrary<bool>()) checkpoint.outlook = Outlook{1.5, 0.25, true};
  checkpoint.importances = {{*Text(), 0.75}};
  checkpoint.baseline = AnyScored();
  checkpoint.incumbent = AnyScored();
  checkpoint.previous = AnyScored();
  checkpoint.gain = AnyGain();
  checkpoint.reference = AnyScored();
  checkpoint.stopped = *rc::gen::arbitrary<bool>();
  checkpoint.paused = *rc::gen::arbitrary<bool>();
  checkpoint.pause_reason = *Text();
  checkpoint.pinned = *rc::gen::arbitrary<bool>();
  return checkpoint;
}

}  // namespace trimtab::arbitrary
