// SPDX-License-Identifier: Apache-2.0
#include "client/cli/status_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace trimtab::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

// In the midst of a round.
v1::TunerStatus Tuning() {
  v1::TunerStatus status;
  status.set_state(v1::TUNER_STATE_MEASURING);
  status.set_reason("trial 7, candidate, with a reason that is longer than a narrow line of text");
  status.set_trials_done(6);
  status.set_trials_planned(24);
  status.set_step_progress(0.5);
  status.mutable_baseline()->mutable_score()->set_value(2);
  status.mutable_incumbent()->mutable_score()->set_value(2);
  status.mutable_best_candidate()->mutable_score()->set_value(2.5);
  status.mutable_candidate()->mutable_score()->set_value(2.25);
  status.mutable_candidate()->mutable_config()->set_thread_pool_size(16);
  status.mutable_compliance()->set_compliant(true);
  status.mutable_sla_budget()->set_remaining_percent(80);
  return status;
}

TEST(StatusViewTest, AnEmptyStatusIsDrawnToo) {
  const v1::TunerStatus status;
  EXPECT_THAT(StatusScreen(status), HasSubstr("no window yet"));
  EXPECT_THAT(StatusLine(status), HasSubstr("trial 0/0 [----------]   0 % best - SLA not known"));
}

TEST(StatusViewTest, ScreenAndLineShowStateTrialBarScoreAgainstBaselineAndSla) {
  const v1::TunerStatus status = Tuning();
  const std::string screen = StatusScreen(status, {80, false});
  for (const char* part :
       {"measuring: trial 7", "] ", "25 % trial 6 of 24", "50 %",
        "score 2.500, +25.0 % against the baseline", "score 2.250, +12.5 % against the baseline",
        "thread_pool_size=16", "met, error budget 80 % left"}) {
    EXPECT_THAT(screen, HasSubstr(part));
  }
  EXPECT_THAT(StatusLine(status), HasSubstr("measuring trial 6/24 [##--------]  20 % best 2.500 "
                                            "(+25.0 % against baseline) SLA met (trial 7"));
}

TEST(StatusViewTest, AtTheEndTheLineShowsWhatIsProven) {
  v1::TunerStatus status = Tuning();
  status.set_state(v1::TUNER_STATE_HOLDING);
  status.mutable_incumbent()->mutable_score()->set_value(3);
  status.mutable_gain()->set_percent(40);
  EXPECT_THAT(StatusLine(status),
              HasSubstr("[##########] 100 % best 3.000 (+40.0 % against baseline, proven)"));
}

TEST(StatusViewTest, AStepThatIsNoTrialHasItsOwnProgress) {
  v1::TunerStatus status = Tuning();
  status.set_state(v1::TUNER_STATE_VALIDATING);
  EXPECT_THAT(StatusLine(status), HasSubstr("[#####-----]  50 %"));
}

TEST(StatusViewTest, ALineInALogDoesNotChangeWithEveryWindow) {
  v1::TunerStatus status = Tuning();
  status.set_state(v1::TUNER_STATE_VALIDATING);
  const std::string before = StatusLine(status);
  status.set_step_progress(0.55);
  status.mutable_latest()->set_latency_p99_ms(12);
  EXPECT_EQ(StatusLine(status), before);
}

TEST(StatusViewTest, ABrokenSlaIsNamed) {
  v1::TunerStatus status;
  status.mutable_compliance()->set_compliant(false);
  status.mutable_compliance()->set_latency_p99_met(false);
  status.mutable_compliance()->set_throughput_met(true);
  EXPECT_THAT(StatusScreen(status), HasSubstr("BROKEN: latency p99,"));
  EXPECT_THAT(StatusScreen(status), Not(HasSubstr("throughput")));
}

TEST(StatusViewTest, WhatTheSearchKnowsIsShown) {
  v1::TunerStatus status = Tuning();
  status.mutable_predicted()->set_value(2.3);
  status.mutable_outlook()->set_expected_gain(0.025);
  status.mutable_outlook()->set_visible_gain(0.05);
  status.mutable_outlook()->set_stop(true);
  auto& importance = *status.add_importances();
  importance.set_name("cache_size");
  importance.set_share(0.75);
  const std::string screen = StatusScreen(status);
  EXPECT_THAT(screen, HasSubstr("expected 2.300"));
  EXPECT_THAT(screen, HasSubstr("to add 1.00 % (2.00 % can be seen); advises to stop"));
  EXPECT_THAT(screen, HasSubstr("cache_size 75 %"));
}

TEST(StatusViewTest, NoLineIsWiderThanTheTerminal) {
  for (const int width : {40, 80, 120}) {
    std::istringstream lines(StatusScreen(Tuning(), {width, false}));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(line.size(), static_cast<std::size_t>(width)) << line;
    }
  }
}

TEST(StatusViewTest, ColorsAreThereWhenAskedForOnly) {
  EXPECT_THAT(StatusScreen(Tuning(), {80, false}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(StatusScreen(Tuning(), {80, true}), HasSubstr("\x1b[32mmet\x1b[0m"));
}

TEST(StatusViewTest, ARedrawnScreenNeverScrolls) {
  EXPECT_EQ(Redraw("one\ntwo\n", 24), "\x1b[Hone\x1b[K\r\ntwo\x1b[K\r\n\x1b[J");
  EXPECT_EQ(Redraw("one\ntwo\nthree\n", 3), "\x1b[Hone\x1b[K\r\ntwo\x1b[K\r\n\x1b[J");
}

}  // namespace
}  // namespace trimtab::cli
