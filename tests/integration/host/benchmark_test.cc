// SPDX-License-Identifier: Apache-2.0
// A collector that drives the host's own benchmark, and the loop on its windows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/host/tuned_host.h"
#include "tests/support/collecting_sink.h"

namespace trimtab {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

MetricsCollector::Options Driving() {
  MetricsCollector::Options options;
  options.mode = MetricsCollector::Mode::kBenchmark;
  options.poll_interval = std::chrono::milliseconds(10);
  options.benchmark_warm_up = seconds(3);
  return options;
}

class BenchmarkCollectorTest : public testing::Test {
 protected:
  void Collect() {
    collector = std::make_unique<MetricsCollector>(channel, Driving(), sink, clock);
  }
  void CloseBenchmark() {
    while (!host.HasBenchmark()) clock.Advance(std::chrono::milliseconds(50));
    host.CloseWindow();
  }

  ManualClock clock;
  FakeHost host{clock};
  std::shared_ptr<grpc::Channel> channel = CreateHostChannel(host.address());
  CollectingSink sink;
  std::unique_ptr<MetricsCollector> collector;
};

TEST_F(BenchmarkCollectorTest, EachRunIsAWindowAndOnlyTheFirstIsWarmedUp) {
  Collect();
  for (std::size_t i = 1; i <= 3; ++i) {
    CloseBenchmark();
    EXPECT_EQ(sink.Windows(i).back().sequence, static_cast<std::int64_t>(i));
  }
  host.WaitForCalls("RunBenchmark", 3);
  const std::vector<Duration> warm_ups = host.WarmUps();
  EXPECT_EQ(warm_ups[0], seconds(3));
  EXPECT_EQ(warm_ups[1], seconds(0));
  EXPECT_EQ(warm_ups[2], seconds(0));
  EXPECT_THAT(sink.Streams(1), ElementsAre(absl::OkStatus()));
}

TEST_F(BenchmarkCollectorTest, AChangeOfTheConfigurationBeginsItAnewAndIsNoFault) {
  Collect();
  CloseBenchmark();
  sink.Windows(1);
  host.WaitForCalls("RunBenchmark", 2);
  Configuration change;
  change.Set("thread_pool_size", std::int64_t{4});
  host.OperatorSets(change);
  const std::int64_t generation = host.generation();
  while (host.WarmUps().size() < 3) clock.Advance(std::chrono::milliseconds(50));
  EXPECT_EQ(host.WarmUps()[2], seconds(3));
  CloseBenchmark();
  EXPECT_EQ(sink.Windows(2).back().generation, generation);
  EXPECT_THAT(sink.Streams(1), ElementsAre(absl::OkStatus()));
}

TEST_F(BenchmarkCollectorTest, WhileNobodyWantsWindowsTheHostRests) {
  sink.SetWants(false);
  Collect();
  for (int i = 0; i < 20; ++i) {
    clock.Advance(std::chrono::milliseconds(50));
    EXPECT_FALSE(host.HasBenchmark());
  }
  sink.SetWants(true);
  CloseBenchmark();
  EXPECT_EQ(sink.Windows(1).size(), 1u);
}

TEST_F(BenchmarkCollectorTest, AHostWithoutABenchmarkIsToldAsAFault) {
  host.Play({.no_benchmark = true});
  Collect();
  EXPECT_EQ(sink.Streams(1)[0].code(), absl::StatusCode::kUnimplemented);
}

TEST_F(BenchmarkCollectorTest, AHostThatIsGoneIsToldAndFoundAgain) {
  Collect();
  CloseBenchmark();
  sink.Windows(1);
  host.Stop();
  EXPECT_FALSE(sink.Streams(2)[1].ok());
  host.Restart();
  CloseBenchmark();
  const std::vector<HostWindow> windows = sink.Windows(2);
  EXPECT_NE(windows[1].boot_id, windows[0].boot_id);
  EXPECT_EQ(host.WarmUps().back(), seconds(3));
}

TEST_F(BenchmarkCollectorTest, ItEndsAtOnceInTheMidstOfARun) {
  Collect();
  host.WaitForCalls("RunBenchmark", 1);
  collector.reset();
}

class BenchmarkLoopTest : public testing::Test {
 protected:
  static TuningPolicy Policy() {
    TuningPolicy policy = TunedHost::Policy();
    policy.needs_benchmark = true;
    policy.measure.settle = seconds(0);
    return policy;
  }
};

TEST_F(BenchmarkLoopTest, TunesByTheHostsOwnBenchmarkAndKeepsTheLease) {
  TunedHost tuned(Policy(), Driving());
  tuned.StartLoop();
  for (int i = 0; i < 1000 && tuned.Status()->state != TunerState::kHolding; ++i) {
    tuned.clock.Advance(seconds(1));
    // A run takes a second; a change of the configuration comes in between.
    if (tuned.host.HasBenchmark()) tuned.host.CloseWindow();
    tuned.Rest();
  }
  ASSERT_EQ(tuned.Status()->state, TunerState::kHolding) << tuned.Status()->reason;
  EXPECT_EQ(tuned.journal.Count(DecisionReason::kPromoted), 1);
  EXPECT_EQ(tuned.host.committed(), tuned.Status()->incumbent->config);
  EXPECT_NE(tuned.host.committed(), tuned.Status()->baseline->config);
}

TEST_F(BenchmarkLoopTest, ALongRunDoesNotCostTheLease) {
  TuningPolicy policy = Policy();
  policy.lease = seconds(6);
  TunedHost tuned(policy, Driving());
  tuned.StartLoop();
  const auto unproven = [&] { return tuned.host.config() != tuned.host.committed(); };
  while (!unproven() || !tuned.host.HasBenchmark()) {
    tuned.clock.Advance(std::chrono::milliseconds(100));
    if (!unproven() && tuned.host.HasBenchmark()) tuned.host.CloseWindow();
    tuned.Rest();
  }
  const std::int64_t generation = tuned.host.generation();
  // Nearly as long as a window may take, and longer than two leases.
  for (int i = 0; i < 14; ++i) {
    tuned.clock.Advance(seconds(1));
    tuned.Rest();
  }
  EXPECT_EQ(tuned.host.generation(), generation);
  EXPECT_TRUE(unproven());
}

TEST_F(BenchmarkLoopTest, AHostWithoutABenchmarkPausesItAndSaysWhy) {
  TunedHost tuned(Policy(), Driving());
  tuned.host.Play({.no_benchmark = true});
  tuned.StartLoop();
  for (int i = 0; i < 20 && tuned.Status()->state != TunerState::kPaused; ++i) tuned.Rest();
  EXPECT_EQ(tuned.Status()->state, TunerState::kPaused);
  EXPECT_THAT(tuned.Status()->reason, HasSubstr("the host has no benchmark of its own"));
}

}  // namespace
}  // namespace trimtab
