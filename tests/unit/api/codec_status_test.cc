// SPDX-License-Identifier: Apache-2.0
// The status, budgets and the header of an export as messages.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cctype>
#include <chrono>
#include <cmath>
#include <string>

#include "daemon/api/codec.h"
#include "daemon/codec/configuration.h"
#include "daemon/codec/metrics.h"
#include "daemon/codec/time.h"
#include "tests/support/generators.h"

namespace trimtab::api_codec {
namespace {

std::string Lower(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::tolower(letter));
  return text;
}

RC_GTEST_PROP(ApiStatusCodecTest, AStatusIsShownWhole, ()) {
  TunerStatus status;
  status.reason = *arbitrary::Text();
  status.host_service = *arbitrary::Text();
  status.host_instance = *arbitrary::Text();
  status.host_address = *arbitrary::Text();
  status.host_reachable = *rc::gen::arbitrary<bool>();
  status.generation = *rc::gen::arbitrary<std::int64_t>();
  status.study_id = *arbitrary::Text();
  status.round = *rc::gen::arbitrary<std::int64_t>();
  status.trials_done = *rc::gen::arbitrary<int>();
  status.trials_planned = *rc::gen::arbitrary<int>();
  status.step_progress = *arbitrary::Number();
  status.objective = *arbitrary::Text();
  status.strategy = *arbitrary::Text();
  status.seed = *rc::gen::arbitrary<std::uint64_t>();
  for (auto& count : status.trials_by_verdict) count = *rc::gen::arbitrary<std::int64_t>();
  status.compliance = arbitrary::AnyCompliance();
  const Duration uptime(*rc::gen::nonNegative<std::int64_t>());

  const v1::TunerStatus message = Encode(status, uptime);
  RC_ASSERT(message.reason() == status.reason);
  RC_ASSERT(message.host_service() == status.host_service);
  RC_ASSERT(message.host_instance() == status.host_instance);
  RC_ASSERT(message.host_address() == status.host_address);
  RC_ASSERT(message.host_reachable() == status.host_reachable);
  RC_ASSERT(message.generation() == status.generation);
  RC_ASSERT(message.study_id() == status.study_id);
  RC_ASSERT(message.round() == status.round);
  RC_ASSERT(message.trials_done() == status.trials_done);
  RC_ASSERT(message.trials_planned() == status.trials_planned);
  RC_ASSERT(message.step_progress() == status.step_progress);
  RC_ASSERT(message.objective() == status.objective);
  RC_ASSERT(message.strategy() == status.strategy);
  RC_ASSERT(message.seed() == status.seed);
  RC_ASSERT(message.trials_success() == status.trials_by_verdict[0]);
  RC_ASSERT(message.trials_failed() == status.trials_by_verdict[1]);
  RC_ASSERT(message.trials_inconclusive() == status.trials_by_verdict[2]);
  RC_ASSERT(message.trials_error() == status.trials_by_verdict[3]);
  RC_ASSERT(codec::DecodeCompliance(message.compliance()) == status.compliance);
  RC_ASSERT(message.uptime().seconds() == uptime.count() / 1'000'000'000);
}

RC_GTEST_PROP(ApiStatusCodecTest, AScoredConfigurationIsShownWhole, ()) {
  ScoredConfiguration scored;
  scored.config = {{"batch_size", *rc::gen::arbitrary<std::int64_t>()},
                   {"ratio", *arbitrary::Number()}};
  scored.score = arbitrary::AnyScore();
  scored.compliance = arbitrary::AnyCompliance();
  scored.metrics.Set(Metric::kMemoryBytes, std::fabs(*arbitrary::Number()));
  const v1::ScoredConfiguration message = Encode(scored);
  RC_ASSERT(*codec::DecodeConfiguration(message.config()) == scored.config);
  RC_ASSERT(message.has_score() == scored.score.has_value());
  if (scored.score) {
    RC_ASSERT(message.score().value() == scored.score->value);
    RC_ASSERT(message.score().has_standard_error() == scored.score->standard_error.has_value());
    RC_ASSERT(message.score().standard_error() == scored.score->standard_error.value_or(0));
  }
  MetricValues metrics;
  RC_ASSERT(!codec::DecodeMetrics(message.metrics(), &metrics).has_value());
  RC_ASSERT(metrics == scored.metrics);
  RC_ASSERT(codec::DecodeCompliance(message.compliance()) == scored.compliance);
}

TEST(ApiStatusCodecTest, EveryStateIsNamedAlikeOnBothSides) {
  for (int i = 0; i < kTunerStateCount; ++i) {
    TunerStatus status;
    status.state = static_cast<TunerState>(i);
    EXPECT_EQ(Lower(v1::TunerState_Name(Encode(status, Duration()).state())),
              "tuner_state_" + std::string(Name(status.state)));
  }
}

TEST(ApiStatusCodecTest, EveryModeIsNamedAlikeOnBothSides) {
  for (int i = 0; i < 4; ++i) {
    TunerStatus status;
    status.mode = static_cast<TuningMode>(i);
    EXPECT_EQ(Lower(v1::TuningMode_Name(Encode(status, Duration()).mode())),
              "tuning_mode_" + std::string(Name(status.mode)));
  }
}

TEST(ApiStatusCodecTest, WhatIsNotThereIsNotSet) {
  const v1::TunerStatus message = Encode(TunerStatus(), Duration());
  EXPECT_FALSE(message.has_until());
  EXPECT_FALSE(message.has_baseline());
  EXPECT_FALSE(message.has_incumbent());
  EXPECT_FALSE(message.has_candidate());
  EXPECT_FALSE(message.has_best_candidate());
  EXPECT_FALSE(message.has_gain());
  EXPECT_FALSE(message.has_latest());
  EXPECT_FALSE(message.version().empty());
}

TEST(ApiStatusCodecTest, EachConfigurationHasItsOwnField) {
  const auto of = [](std::int64_t size) {
    ScoredConfiguration scored;
    scored.config = {{"cache_size", size}};
    return scored;
  };
  TunerStatus status;
  status.baseline = of(1);
  status.incumbent = of(2);
  status.candidate = of(3);
  status.best_candidate = of(4);
  status.config_in_force = {{"cache_size", std::int64_t{5}}};
  status.until = WallTime(std::chrono::seconds(60));
  status.latest.emplace().Set(Metric::kCpuPercent, 12.5);
  status.gain = Gain{0.5, 0.25, 0.75, 0.95};
  status.sla.max_latency_p99_ms = 50;
  const v1::TunerStatus message = Encode(status, Duration());
  EXPECT_EQ(message.baseline().config().cache_size(), 1);
  EXPECT_EQ(message.incumbent().config().cache_size(), 2);
  EXPECT_EQ(message.candidate().config().cache_size(), 3);
  EXPECT_EQ(message.best_candidate().config().cache_size(), 4);
  EXPECT_EQ(message.config_in_force().cache_size(), 5);
  EXPECT_EQ(message.until().seconds(), 60);
  EXPECT_EQ(message.latest().cpu_percent(), 12.5);
  EXPECT_EQ(message.gain().percent(), 50);
  EXPECT_EQ(message.gain().lower_percent(), 25);
  EXPECT_EQ(message.gain().upper_percent(), 75);
  EXPECT_EQ(message.gain().confidence(), 0.95);
  EXPECT_EQ(message.sla().max_latency_p99_ms(), 50);
}

TEST(ApiStatusCodecTest, WhatTheSearchKnowsIsToldTheMostImportantFirst) {
  TunerStatus status;
  status.predicted = Prediction{2, 1, 3};
  status.outlook = Outlook{0.5, 0.75, true};
  status.importances = {{"a", 0.25}, {"b", 0.5}, {"c", 0.125}};
  const v1::TunerStatus message = Encode(status, Duration());
  EXPECT_EQ(message.predicted().value(), 2);
  EXPECT_EQ(message.predicted().lower(), 1);
  EXPECT_EQ(message.predicted().upper(), 3);
  EXPECT_EQ(message.outlook().expected_gain(), 0.5);
  EXPECT_EQ(message.outlook().visible_gain(), 0.75);
  EXPECT_TRUE(message.outlook().stop());
  ASSERT_EQ(message.importances_size(), 3);
  EXPECT_EQ(message.importances(0).name(), "b");
  EXPECT_EQ(message.importances(0).share(), 0.5);
  EXPECT_EQ(message.importances(2).name(), "c");
}

TEST(ApiStatusCodecTest, EachBudgetHasItsOwnFieldInPercent) {
  TunerStatus status;
  status.sla_budget = {0.25, std::chrono::seconds(20), std::chrono::seconds(100)};
  status.exploration_budget = {0.5, std::chrono::seconds(50), std::chrono::seconds(100)};
  const v1::TunerStatus message = Encode(status, Duration());
  EXPECT_EQ(message.sla_budget().allowed_percent(), 25);
  EXPECT_NEAR(message.sla_budget().remaining_percent(), 20, 1e-9);
  EXPECT_EQ(message.sla_budget().in_breach().seconds(), 20);
  EXPECT_EQ(message.sla_budget().observed().seconds(), 100);
  EXPECT_EQ(message.exploration_budget().allowed_percent(), 50);
  EXPECT_EQ(message.exploration_budget().remaining_percent(), 0);
}

TEST(ApiStatusCodecTest, AnExportBeginsWithWhatWasSearched) {
  Dimension threads;
  threads.name = "thread_pool_size";
  threads.min = 1;
  threads.max = 64;
  threads.unit = "threads";
  Dimension coding;
  coding.name = "codec";
  coding.type = ParameterType::kCategorical;
  coding.values = {std::string("none"), std::string("zstd")};
  const auto space = SearchSpace::Create({threads, coding});
  ASSERT_TRUE(space.ok()) << space.status();
  Study study;
  study.id = "study-1";
  study.key.host_service = "shop";
  study.key.objective = "minimize latency_p99_ms";
  study.created_at = WallTime(std::chrono::seconds(1000));
  const v1::StudyHeader message = Encode(study, *space);
  EXPECT_EQ(message.study_id(), "study-1");
  EXPECT_EQ(message.host_service(), "shop");
  EXPECT_EQ(message.objective(), "minimize latency_p99_ms");
  EXPECT_EQ(message.created_at().seconds(), 1000);
  ASSERT_EQ(message.parameters_size(), 2);
  EXPECT_EQ(message.parameters(0).name(), "thread_pool_size");
  EXPECT_EQ(message.parameters(0).type(), v1::PARAMETER_TYPE_INT);
  EXPECT_EQ(message.parameters(0).unit(), "threads");
  EXPECT_EQ(message.parameters(1).name(), "codec");
  EXPECT_EQ(message.parameters(1).type(), v1::PARAMETER_TYPE_CATEGORICAL);
}

}  // namespace
}  // namespace trimtab::api_codec
