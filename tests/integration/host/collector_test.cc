// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "daemon/host/host_channel.h"
#include "tests/support/collecting_sink.h"
#include "tests/support/fake_host.h"

namespace trimtab {
namespace {

using testing::ElementsAre;

class CollectorTest : public testing::Test {
 protected:
  using Mode = MetricsCollector::Mode;

  void Collect(Mode mode) {
    collector = std::make_unique<MetricsCollector>(channel, MetricsCollector::Options{.mode = mode},
                                                   sink, clock);
  }
  // Lets time pass until a stream is open.
  void AwaitStream() {
    while (!host.HasStream()) clock.Advance(std::chrono::milliseconds(50));
  }
  // Of the windows, once there are so many.
  std::vector<std::int64_t> Sequences(std::size_t count) {
    std::vector<std::int64_t> sequences;
    for (const HostWindow& window : sink.Windows(count)) sequences.push_back(window.sequence);
    return sequences;
  }

  ManualClock clock;
  FakeHost host{clock};
  std::shared_ptr<grpc::Channel> channel = CreateHostChannel(host.address());
  CollectingSink sink;
  std::unique_ptr<MetricsCollector> collector;
};

TEST_F(CollectorTest, AStreamBringsEachWindowOnce) {
  Collect(Mode::kAuto);
  AwaitStream();
  for (int i = 0; i < 3; ++i) host.CloseWindow();
  EXPECT_THAT(Sequences(3), ElementsAre(1, 2, 3));
  EXPECT_THAT(sink.Streams(1), ElementsAre(absl::OkStatus()));
}

TEST_F(CollectorTest, AWindowThatComesAgainIsDropped) {
  Collect(Mode::kAuto);
  AwaitStream();
  host.CloseWindow();
  host.Play({.spoil_window = [](auto& window) { window.set_sequence(1); }});
  host.CloseWindow();
  host.Play({});
  host.CloseWindow();
  EXPECT_THAT(Sequences(2), ElementsAre(1, 3));
}

TEST_F(CollectorTest, WithoutAStreamItPollsAtTheInterval) {
  host.Play({.no_stream = true});
  host.CloseWindow();
  Collect(Mode::kAuto);
  EXPECT_THAT(Sequences(1), ElementsAre(1));
  host.CloseWindow();
  host.CloseWindow();
  // Over and over, for the collector may yet have to begin to wait.
  while (!sink.HasWindows(3)) clock.Advance(std::chrono::milliseconds(500));
  EXPECT_THAT(Sequences(3), ElementsAre(1, 2, 3));
  // The absent stream is no fault of the host.
  EXPECT_THAT(sink.Streams(1), ElementsAre(absl::OkStatus()));
}

TEST_F(CollectorTest, AStreamThatWasDemandedAndIsAbsentIsTold) {
  host.Play({.no_stream = true});
  Collect(Mode::kStream);
  EXPECT_EQ(sink.Streams(1)[0].code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(sink.Calls(1), ElementsAre("stream_metrics"));
}

TEST_F(CollectorTest, ABrokenStreamIsToldAndTakenUpFromTheLastWindow) {
  Collect(Mode::kAuto);
  AwaitStream();
  host.CloseWindow();
  sink.Windows(1);
  host.Stop();
  EXPECT_FALSE(sink.Streams(2)[1].ok());
  host.CloseWindow();
  host.Start();
  AwaitStream();
  host.CloseWindow();
  EXPECT_THAT(Sequences(3), ElementsAre(1, 2, 3));
}

TEST_F(CollectorTest, ARestartedHostsWindowsCountFromOneAgain) {
  Collect(Mode::kStream);
  AwaitStream();
  host.CloseWindow();
  host.CloseWindow();
  sink.Windows(2);
  host.Restart();
  AwaitStream();
  host.CloseWindow();
  const std::vector<HostWindow> windows = sink.Windows(3);
  EXPECT_EQ(windows[2].sequence, 1);
  EXPECT_NE(windows[2].boot_id, windows[1].boot_id);
}

TEST_F(CollectorTest, ARestartBetweenTwoPollsLosesNoWindow) {
  host.CloseWindow();
  host.CloseWindow();
  Collect(Mode::kPoll);
  sink.Windows(2);
  host.Restart();
  host.CloseWindow();
  while (!sink.HasWindows(3)) clock.Advance(std::chrono::milliseconds(50));
  EXPECT_THAT(Sequences(3), ElementsAre(1, 2, 1));
}

TEST_F(CollectorTest, AHungPollEndsAtItsDeadlineAndIsTold) {
  host.Play({.hang = true});
  collector = std::make_unique<MetricsCollector>(
      channel,
      MetricsCollector::Options{.mode = Mode::kPoll, .deadline = std::chrono::milliseconds(20)},
      sink, clock);
  EXPECT_EQ(sink.Streams(1)[0].code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(sink.Calls(1)[0], "get_metrics");
}

TEST_F(CollectorTest, ItEndsAtOnceWhileTheHostHangs) {
  host.Play({.hang = true});
  collector = std::make_unique<MetricsCollector>(
      channel, MetricsCollector::Options{.mode = Mode::kPoll, .deadline = std::chrono::hours(1)},
      sink, clock);
  host.WaitForCalls("GetMetrics", 1);
  collector.reset();
}

TEST_F(CollectorTest, AWindowThatMakesNoSenseIsCountedByTheReason) {
  using Snapshot = v1::MetricsSnapshot;
  const std::vector<std::pair<std::string, std::function<void(Snapshot&)>>> spoilers = {
      {"boot", [](auto& window) { window.clear_boot_id(); }},
      {"sequence", [](auto& window) { window.set_sequence(0); }},
      {"negative", [](auto& window) { window.set_generation(-1); }},
      {"negative", [](auto& window) { window.set_error_count(-1); }},
      {"negative", [](auto& window) { window.mutable_metrics()->set_latency_p99_ms(-1); }},
      {"nan", [](auto& window) { window.mutable_metrics()->set_latency_p99_ms(std::nan("")); }},
      {"nan", [](auto& window) { window.mutable_metrics()->set_cpu_percent(INFINITY); }},
      {"percent", [](auto& window) { window.mutable_metrics()->set_error_rate_percent(101); }},
      {"length", [](auto& window) { window.clear_window_length(); }},
      {"counts", [](auto& window) { window.set_error_count(window.request_count() + 1); }},
      {"histogram", [](auto& window) { window.clear_latency(); }},
      {"histogram", [](auto& window) { window.mutable_latency()->set_precision_bits(64); }},
      {"histogram", [](auto& window) { window.mutable_latency()->add_bucket_counts(1); }},
      {"histogram", [](auto& window) { window.mutable_latency()->set_min_nanos(0); }},
      {"time", [](auto& window) { window.mutable_window_end()->set_nanos(-1); }}};
  Collect(Mode::kAuto);
  AwaitStream();
  std::vector<std::string> expected;
  for (const auto& [word, spoil] : spoilers) {
    host.Play({.spoil_window = spoil});
    host.CloseWindow();
    expected.push_back(word);
    ASSERT_EQ(sink.Malformed(expected.size()), expected);
  }
  host.Play({});
  host.CloseWindow();
  EXPECT_EQ(sink.Windows(1).size(), 1u);
}

TEST_F(CollectorTest, AnEmptyWindowIsAWindow) {
  Collect(Mode::kAuto);
  AwaitStream();
  host.Play({.spoil_window = [](auto& window) {
    window.set_request_count(0);
    window.clear_latency();
    window.clear_metrics();
  }});
  host.CloseWindow();
  EXPECT_EQ(sink.Windows(1)[0].requests, 0);
}

}  // namespace
}  // namespace trimtab
