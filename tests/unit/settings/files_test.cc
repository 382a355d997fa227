// SPDX-License-Identifier: Apache-2.0
// The files in config/ are what the daemon reads.
#include <gtest/gtest.h>

#include <filesystem>

#include "daemon/settings/settings.h"

namespace trimtab {
namespace {

const std::filesystem::path kConfig = TRIMTAB_CONFIG_DIRECTORY;

Settings Load(const std::filesystem::path& file) {
  const LoadResult result = LoadSettings(file);
  EXPECT_TRUE(result.settings) << FormatErrors(file, result.errors);
  return result.settings.value_or(Settings());
}

TEST(SettingsFilesTest, EveryProfileLoads) {
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator(kConfig / "profiles")) {
    Load(file.path());
    ++count;
  }
  EXPECT_GE(count, 3);
}

TEST(SettingsFilesTest, TheCommentedFileHoldsTheDefaults) {
  const Settings written = Load(kConfig / "trimtab.yaml");
  const LoadResult nothing = ParseSettings("{}");
  ASSERT_TRUE(nothing.settings) << FormatErrors("{}", nothing.errors);
  const Settings& by_default = *nothing.settings;
  EXPECT_TRUE(NeedsRestart(written, by_default).empty());
  const TuningPolicy& a = written.tuning;
  const TuningPolicy& b = by_default.tuning;
  EXPECT_EQ(a.mode, b.mode);
  EXPECT_EQ(a.autostart, b.autostart);
  EXPECT_EQ(a.strategy, b.strategy);
  EXPECT_EQ(a.warm_start, b.warm_start);
  EXPECT_EQ(a.seed, b.seed);
  EXPECT_EQ(a.max_trials, b.max_trials);
  EXPECT_EQ(a.incumbent_every, b.incumbent_every);
  EXPECT_EQ(a.lease, b.lease);
  EXPECT_EQ(a.retry_initial, b.retry_initial);
  EXPECT_EQ(a.retry_max, b.retry_max);
  EXPECT_EQ(a.objective.kind, b.objective.kind);
  EXPECT_DOUBLE_EQ(a.sla_budget_ratio, b.sla_budget_ratio);
  EXPECT_EQ(a.fixed, b.fixed);
  EXPECT_EQ(a.space.dimensions().size(), b.space.dimensions().size());
  EXPECT_EQ(a.shutdown, b.shutdown);
}

TEST(SettingsFilesTest, TheCommentedMeasuresAndGuardsAreTheDefaults) {
  const TuningPolicy a = Load(kConfig / "trimtab.yaml").tuning;
  const TuningPolicy b;
  EXPECT_EQ(a.measure.settle, b.measure.settle);
  EXPECT_EQ(a.measure.min_windows, b.measure.min_windows);
  EXPECT_EQ(a.measure.max_windows, b.measure.max_windows);
  EXPECT_EQ(a.measure.min_requests, b.measure.min_requests);
  EXPECT_DOUBLE_EQ(a.measure.target_relative_error, b.measure.target_relative_error);
  EXPECT_EQ(a.measure.window_timeout, b.measure.window_timeout);
  EXPECT_EQ(a.guard.breach_windows, b.guard.breach_windows);
  EXPECT_DOUBLE_EQ(a.guard.hopeless_ratio, b.guard.hopeless_ratio);
  EXPECT_DOUBLE_EQ(a.guard.max_step_ratio, b.guard.max_step_ratio);
  EXPECT_DOUBLE_EQ(a.guard.exploration_breach_ratio, b.guard.exploration_breach_ratio);
  EXPECT_EQ(a.guard.exploration_breach_grace, b.guard.exploration_breach_grace);
  EXPECT_EQ(a.guard.recovery, b.guard.recovery);
  EXPECT_EQ(a.guard.freeze_windows, b.guard.freeze_windows);
  EXPECT_EQ(a.guard.thaw_windows, b.guard.thaw_windows);
  EXPECT_EQ(a.guard.allow_breaching_baseline, b.guard.allow_breaching_baseline);
  EXPECT_EQ(a.validation.pairs, b.validation.pairs);
  EXPECT_EQ(a.validation.windows_per_half, b.validation.windows_per_half);
  EXPECT_EQ(a.validation.finalists, b.validation.finalists);
  EXPECT_DOUBLE_EQ(a.validation.false_positive_ratio, b.validation.false_positive_ratio);
  EXPECT_DOUBLE_EQ(a.validation.min_gain_ratio, b.validation.min_gain_ratio);
  EXPECT_EQ(a.hold.probation, b.hold.probation);
  EXPECT_DOUBLE_EQ(a.hold.drift_delta, b.hold.drift_delta);
  EXPECT_DOUBLE_EQ(a.hold.drift_lambda, b.hold.drift_lambda);
  EXPECT_EQ(a.hold.min_dwell, b.hold.min_dwell);
  EXPECT_EQ(a.hold.retune_after, b.hold.retune_after);
}

}  // namespace
}  // namespace trimtab
