// SPDX-License-Identifier: Apache-2.0
// Trials and decisions as messages, and trials back.
#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cctype>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "daemon/api/codec.h"
#include "daemon/base/error.h"
#include "daemon/codec/configuration.h"
#include "daemon/codec/time.h"
#include "tests/support/generators.h"

namespace trimtab::api_codec {
namespace {

using ::google::protobuf::util::MessageDifferencer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A trial that a daemon may have run; `metrics` and `config` are plain, for
// what becomes of odd ones is tested with their own codecs.
Trial Sound() {
  Trial trial = arbitrary::AnyTrial();
  trial.config = {{"batch_size", *rc::gen::arbitrary<std::int64_t>()}, {"codec", std::string("a")}};
  trial.measurement.metrics = MetricValues();
  trial.measurement.metrics.Set(Metric::kLatencyP99Ms, std::fabs(*arbitrary::Number()));
  trial.measurement.requests = *rc::gen::nonNegative<std::int64_t>();
  trial.measurement.windows = *rc::gen::nonNegative<int>();
  trial.score.reset();
  if (trial.verdict == Verdict::kSuccess) {
    trial.score = Score{*arbitrary::Number(), std::nullopt};
    if (*rc::gen::arbitrary<bool>()) {
      trial.score->standard_error = std::fabs(*arbitrary::Number());
    }
  }
  return trial;
}

v1::Trial Sample() {
  Trial trial;
  trial.config = {{"batch_size", std::int64_t{100}}};
  trial.verdict = Verdict::kSuccess;
  trial.score = Score{2, 0.5};
  return Encode(trial);
}

// What the decoder says of a trial with one thing changed.
std::string Refusal(const std::function<void(v1::Trial&)>& change) {
  v1::Trial message = Sample();
  change(message);
  const auto trial = Decode(message);
  EXPECT_EQ(trial.status().code(), absl::StatusCode::kInvalidArgument)
      << message.ShortDebugString();
  return Message(trial.status());
}

RC_GTEST_PROP(ApiCodecTest, AnImportTakesOverWhatAnExportHolds, ()) {
  const Trial trial = Sound();
  const auto back = Decode(Encode(trial));
  RC_ASSERT(back.ok());
  RC_ASSERT(back->config == trial.config);
  RC_ASSERT(back->config_in_force == trial.config);
  RC_ASSERT(back->verdict == trial.verdict);
  RC_ASSERT(back->reason == trial.reason);
  RC_ASSERT(back->score.has_value() == trial.score.has_value());
  if (trial.score) {
    RC_ASSERT(back->score->value == trial.score->value);
    RC_ASSERT(back->score->standard_error == trial.score->standard_error);
  }
  RC_ASSERT(back->measurement.metrics == trial.measurement.metrics);
  RC_ASSERT(back->measurement.windows == trial.measurement.windows);
  RC_ASSERT(back->measurement.requests == trial.measurement.requests);
  RC_ASSERT(back->compliance == trial.compliance);
  RC_ASSERT(back->started_at == trial.started_at);
  RC_ASSERT(back->ended_at == trial.ended_at);
  RC_ASSERT(back->strategy == trial.strategy);
  RC_ASSERT(back->seed == trial.seed);
}

RC_GTEST_PROP(ApiCodecTest, ATrialIsShownWhole, ()) {
  const Trial trial = Sound();
  const v1::Trial message = Encode(trial);
  RC_ASSERT(message.id() == trial.id);
  RC_ASSERT(message.round() == trial.round);
  RC_ASSERT(message.generation() == trial.generation);
  RC_ASSERT(static_cast<int>(message.purpose()) == static_cast<int>(trial.purpose) + 1);
  RC_ASSERT(static_cast<int>(message.verdict()) == static_cast<int>(trial.verdict) + 1);
  RC_ASSERT(MessageDifferencer::Equals(message.config_in_force(),
                                       codec::EncodeConfiguration(trial.config_in_force)));
}

RC_GTEST_PROP(ApiCodecTest, ADecisionIsShownWhole, ()) {
  Decision decision = arbitrary::AnyDecision();
  decision.old_config = {{"cache_size", *rc::gen::arbitrary<std::int64_t>()}};
  decision.new_config = {{"cache_size", *rc::gen::arbitrary<std::int64_t>()}};
  const v1::Decision message = Encode(decision);
  RC_ASSERT(message.id() == decision.id);
  RC_ASSERT(*codec::DecodeTime(message.made_at()) == decision.made_at);
  RC_ASSERT(static_cast<int>(message.reason()) == static_cast<int>(decision.reason) + 1);
  RC_ASSERT(message.explanation() == decision.explanation);
  RC_ASSERT(*codec::DecodeConfiguration(message.old_config()) == decision.old_config);
  RC_ASSERT(*codec::DecodeConfiguration(message.new_config()) == decision.new_config);
  RC_ASSERT(message.has_expected_gain() == decision.expected_gain.has_value());
  RC_ASSERT(message.has_observed_gain() == decision.observed_gain.has_value());
  const std::vector<std::int64_t> ids(message.trial_ids().begin(), message.trial_ids().end());
  RC_ASSERT(ids == decision.trial_ids);
  RC_ASSERT(message.actor() == decision.actor);
}

TEST(ApiCodecTest, WhatAModelExpectedOfATrialIsShown) {
  Trial trial;
  EXPECT_FALSE(Encode(trial).has_predicted());
  trial.predicted = Prediction{3, 2, 5};
  EXPECT_EQ(Encode(trial).predicted().value(), 3);
  EXPECT_EQ(Encode(trial).predicted().lower(), 2);
  EXPECT_EQ(Encode(trial).predicted().upper(), 5);
}

TEST(ApiCodecTest, EveryReasonIsNamedAlikeOnBothSides) {
  for (int i = 0; i < kDecisionReasonCount; ++i) {
    Decision decision;
    decision.reason = static_cast<DecisionReason>(i);
    std::string name = v1::DecisionReason_Name(Encode(decision).reason());
    for (char& letter : name) letter = static_cast<char>(std::tolower(letter));
    EXPECT_EQ(name, "decision_reason_" + std::string(Name(decision.reason)));
  }
}

TEST(ApiCodecTest, EveryVerdictAndPurposeIsNamedAlikeOnBothSides) {
  for (int i = 0; i < 4; ++i) {
    Trial trial;
    trial.verdict = static_cast<Verdict>(i);
    EXPECT_EQ(v1::Verdict_Name(Encode(trial).verdict()),
              "VERDICT_" + std::string(Name(trial.verdict)));
  }
  for (int i = 0; i < 5; ++i) {
    Trial trial;
    trial.purpose = static_cast<TrialPurpose>(i);
    std::string name = v1::TrialPurpose_Name(Encode(trial).purpose());
    for (char& letter : name) letter = static_cast<char>(std::tolower(letter));
    EXPECT_EQ(name, "trial_purpose_" + std::string(Name(trial.purpose)));
  }
}

TEST(ApiCodecTest, RefusesATrialWithoutAUsableConfiguration) {
  EXPECT_EQ(Refusal([](v1::Trial& trial) { trial.clear_config(); }), "config: the trial has none");
  EXPECT_THAT(
      Refusal([](v1::Trial& trial) { trial.mutable_config()->mutable_timeout()->set_nanos(1); }),
      StartsWith("config: timeout: "));
  EXPECT_EQ(Refusal([](v1::Trial& trial) {
              (*trial.mutable_config()->mutable_custom_parameters())["depth"];
            }),
            "config: custom_parameters.depth: value is not set");
}

TEST(ApiCodecTest, RefusesAVerdictThatIsNone) {
  for (const int verdict : {0, 5, -1}) {
    EXPECT_EQ(
        Refusal([&](v1::Trial& trial) { trial.set_verdict(static_cast<v1::Verdict>(verdict)); }),
        "verdict: " + std::to_string(verdict) +
            " is none of SUCCESS, FAILED, INCONCLUSIVE and ERROR");
  }
}

TEST(ApiCodecTest, ASuccessNeedsAFiniteScore) {
  EXPECT_EQ(Refusal([](v1::Trial& trial) { trial.clear_score(); }),
            "score: a trial with SUCCESS needs one");
  for (const double value : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(Refusal([&](v1::Trial& trial) { trial.mutable_score()->set_value(value); }),
              "score: value is not finite");
    EXPECT_THAT(
        Refusal([&](v1::Trial& trial) { trial.mutable_score()->set_standard_error(value); }),
        StartsWith("score: standard_error must be finite"));
  }
  EXPECT_EQ(Refusal([](v1::Trial& trial) { trial.mutable_score()->set_standard_error(-1); }),
            "score: standard_error must be finite and not negative, not -1");
}

TEST(ApiCodecTest, AScoreOfAnyOtherVerdictIsLeftOut) {
  v1::Trial message = Sample();
  message.set_verdict(v1::VERDICT_FAILED);
  const auto trial = Decode(message);
  ASSERT_TRUE(trial.ok());
  EXPECT_FALSE(trial->score.has_value());
}

TEST(ApiCodecTest, RefusesMetricsThatCannotBe) {
  EXPECT_THAT(Refusal([](v1::Trial& trial) { trial.mutable_metrics()->set_cpu_percent(-1); }),
              AllOf(StartsWith("metrics: "), HasSubstr("cpu_percent")));
  EXPECT_THAT(Refusal([](v1::Trial& trial) {
                trial.mutable_metrics()->set_error_rate_percent(std::nan(""));
              }),
              AllOf(StartsWith("metrics: "), HasSubstr("error_rate_percent")));
}

TEST(ApiCodecTest, RefusesACountBelowZero) {
  EXPECT_EQ(Refusal([](v1::Trial& trial) { trial.set_windows(-1); }), "windows: -1 is negative");
  EXPECT_EQ(Refusal([](v1::Trial& trial) { trial.set_request_count(-2); }),
            "request_count: -2 is negative");
}

TEST(ApiCodecTest, RefusesAMalformedTimeByTheFieldsName) {
  EXPECT_THAT(Refusal([](v1::Trial& trial) { trial.mutable_started_at()->set_nanos(-1); }),
              StartsWith("started_at: "));
  EXPECT_THAT(Refusal([](v1::Trial& trial) {
                trial.mutable_ended_at()->set_seconds(std::numeric_limits<std::int64_t>::max());
              }),
              StartsWith("ended_at: "));
}

}  // namespace
}  // namespace trimtab::api_codec
