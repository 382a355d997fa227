// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <future>
#include <memory>

#include "daemon/control/runner.h"
#include "daemon/host/collector.h"
#include "daemon/host/grpc_host_link.h"
#include "daemon/host/host_channel.h"
#include "tests/simulation/simulation.h"
#include "tests/support/fake_host.h"

namespace trimtab {

// Hands on to the loop, and counts what has arrived.
class CountingSink final : public WindowSink {
 public:
  explicit CountingSink(WindowSink& next) : next_(next) {}
  void OnWindow(HostWindow window) override {
    next_.OnWindow(std::move(window));
    Arrived();
  }
  void OnMalformedWindow(const std::string& reason) override {
    next_.OnMalformedWindow(reason);
    Arrived();
  }
  void OnStream(const char* call, const absl::Status& status) override {
    next_.OnStream(call, status);
  }
  bool WantsWindows() const override { return next_.WantsWindows(); }

  int arrived() const { return arrived_; }
  // Until more than `before` have arrived.
  void AwaitMoreThan(int before) const { arrived_.wait(before); }

 private:
  void Arrived() {
    ++arrived_;
    arrived_.notify_all();
  }
  WindowSink& next_;
  std::atomic<int> arrived_ = 0;
};

// The daemon's loop with its real threads and its real link, on a fake host.
// Time stands still but for Second(): in between the loop is at rest, and its
// store and journal may be read.
class TunedHost {
 public:
  explicit TunedHost(TuningPolicy policy = Policy(),
                     MetricsCollector::Options collecting = MetricsCollector::Options())
      : runner(link, store, journal, clock, std::move(policy), host.address()),
        collecting_(collecting) {
    host.SetLatency(
        [](const Configuration& config) { return 20 + 2 * std::abs(Threads(config) - 16); });
  }

  static TuningPolicy Policy() {
    TuningPolicy policy;
    policy.space = DefaultSearchSpace();
    policy.strategy = "sobol";
    policy.objective = {ObjectiveSpec::Kind::kMinimize, Metric::kLatencyP99Ms, {}};
    policy.max_trials = 6;
    policy.measure.settle = std::chrono::seconds(1);
    policy.measure.min_windows = 3;
    policy.measure.max_windows = 5;
    policy.hold.probation = std::chrono::seconds(20);
    return policy;
  }
  static double Threads(const Configuration& config) {
    return static_cast<double>(std::get<std::int64_t>(*config.Find("thread_pool_size")));
  }

  void Start() {
    StartLoop();
    AwaitStream();
  }
  void StartLoop() {
    runner.Start();
    collector = std::make_unique<MetricsCollector>(channel, collecting_, sink, clock);
  }
  // Until the windows come again; time passes meanwhile.
  void AwaitStream() {
    while (!host.HasStream()) clock.Advance(std::chrono::milliseconds(10));
    Rest();
  }
  void Second() {
    clock.Advance(std::chrono::seconds(1));
    Rest();
    const int before = sink.arrived();
    if (host.CloseWindow()) sink.AwaitMoreThan(before);
    Rest();
  }
  void Seconds(int count) {
    for (int i = 0; i < count; ++i) Second();
  }
  bool Until(TunerState state, int limit = 1000) {
    for (int i = 0; i < limit && Status()->state != state; ++i) Second();
    return Status()->state == state;
  }

  std::shared_ptr<const TunerStatus> Status() const { return runner.Status(); }
  absl::Status Command(trimtab::Command command) {
    std::promise<absl::Status> answer;
    runner.Execute(
        std::move(command), "tester", {},
        [&](const absl::StatusOr<ImportResult>& result) { answer.set_value(result.status()); });
    return answer.get_future().get();
  }

  ManualClock clock;
  FakeHost host{clock};
  MemoryStore store;
  RecordingJournal journal;
  std::shared_ptr<grpc::Channel> channel = CreateHostChannel(host.address());
  GrpcHostLink link{channel, {.tuner_id = "tuner-1", .deadline = std::chrono::milliseconds(250)}};
  control::Runner runner;
  CountingSink sink{runner};
  std::unique_ptr<MetricsCollector> collector;

  // Until the loop has done all that there is to do at this moment. A command
  // that changes nothing goes through its inbox; the first may be answered
  // before the loop has looked at the time.
  void Rest() {
    for (int i = 0; i < 2; ++i) Command(command::Approve{}).IgnoreError();
  }

 private:
  const MetricsCollector::Options collecting_;
};

}  // namespace trimtab
