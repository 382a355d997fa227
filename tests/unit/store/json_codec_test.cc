// SPDX-License-Identifier: Apache-2.0
// Records that go through text come back as they were: written again they are
// the same text, and the values that tests can compare are the same values.
#include "daemon/store/json_codec.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/generators.h"

namespace trimtab::store_codec {
namespace {

using nlohmann::json;

json ThroughText(const json& record) { return json::parse(record.dump()); }

RC_GTEST_PROP(JsonCodecTest, AConfigurationKeepsItsValuesAndTheirTypes, ()) {
  const Configuration config = arbitrary::AnyConfiguration();
  RC_ASSERT(ConfigurationFrom(ThroughText(ToJson(config))) == config);
}

RC_GTEST_PROP(JsonCodecTest, MetricsKeepEveryDigitAndEveryGap, ()) {
  const MetricValues metrics = arbitrary::AnyMetrics();
  RC_ASSERT(MetricsFrom(ThroughText(ToJson(metrics))) == metrics);
}

RC_GTEST_PROP(JsonCodecTest, ATrialComesBack, ()) {
  const Trial trial = arbitrary::AnyTrial();
  const Trial back = TrialFrom(ThroughText(ToJson(trial)));
  RC_ASSERT(ToJson(back) == ToJson(trial));
  RC_ASSERT(back.config == trial.config);
  RC_ASSERT(back.config_in_force == trial.config_in_force);
  RC_ASSERT(back.verdict == trial.verdict);
  RC_ASSERT(back.purpose == trial.purpose);
  RC_ASSERT(back.reason == trial.reason);
  RC_ASSERT(back.seed == trial.seed);
  RC_ASSERT(back.measurement.length == trial.measurement.length);
  RC_ASSERT(back.started_at == trial.started_at);
  RC_ASSERT(back.compliance == trial.compliance);
  RC_ASSERT(back.score.has_value() == trial.score.has_value());
  RC_ASSERT(back.predicted == trial.predicted);
  if (trial.score) RC_ASSERT(back.score->standard_error == trial.score->standard_error);
}

RC_GTEST_PROP(JsonCodecTest, ADecisionComesBack, ()) {
  const Decision decision = arbitrary::AnyDecision();
  const Decision back = DecisionFrom(ThroughText(ToJson(decision)));
  RC_ASSERT(ToJson(back) == ToJson(decision));
  RC_ASSERT(back.reason == decision.reason);
  RC_ASSERT(back.explanation == decision.explanation);
  RC_ASSERT(back.trial_ids == decision.trial_ids);
  RC_ASSERT(back.made_at == decision.made_at);
  RC_ASSERT(back.new_config == decision.new_config);
}

RC_GTEST_PROP(JsonCodecTest, ACheckpointComesBack, ()) {
  const Checkpoint checkpoint = arbitrary::AnyCheckpoint();
  const Checkpoint back = CheckpointFrom(ThroughText(ToJson(checkpoint)));
  RC_ASSERT(ToJson(back) == ToJson(checkpoint));
  RC_ASSERT(back.pause_reason == checkpoint.pause_reason);
  RC_ASSERT(back.judged == checkpoint.judged);
  RC_ASSERT(back.round_ended == checkpoint.round_ended);
  RC_ASSERT(back.settled_suggestions == checkpoint.settled_suggestions);
  RC_ASSERT(back.sla_budget.in_breach == checkpoint.sla_budget.in_breach);
  RC_ASSERT(back.exploration_budget.observed == checkpoint.exploration_budget.observed);
  RC_ASSERT(back.outlook == checkpoint.outlook);
  RC_ASSERT(back.importances == checkpoint.importances);
  RC_ASSERT(back.incumbent.has_value() == checkpoint.incumbent.has_value());
  if (checkpoint.incumbent) RC_ASSERT(back.incumbent->config == checkpoint.incumbent->config);
}

RC_GTEST_PROP(JsonCodecTest, AnIntentComesBack, ()) {
  Intent intent;
  intent.kind = static_cast<Intent::Kind>(*rc::gen::inRange(0, 5));
  intent.config = arbitrary::AnyConfiguration();
  intent.expected_generation = *rc::gen::arbitrary<std::int64_t>();
  intent.made_at = arbitrary::AnyTime();
  const Intent back = IntentFrom(ThroughText(ToJson(intent)));
  RC_ASSERT(back.kind == intent.kind);
  RC_ASSERT(back.config == intent.config);
  RC_ASSERT(ToJson(back) == ToJson(intent));
}

TEST(JsonCodecTest, ARecordThatLacksAFieldThrows) {
  for (const char* name : {"id", "config", "verdict", "score", "seed"}) {
    json record = ToJson(Trial());
    record.erase(name);
    EXPECT_THROW(TrialFrom(record), json::exception) << name;
  }
  EXPECT_THROW(CheckpointFrom(json::object()), json::exception);
  EXPECT_THROW(DecisionFrom(json::array()), json::exception);
}

}  // namespace
}  // namespace trimtab::store_codec
