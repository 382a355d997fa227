// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/control/loop.h"
#include "daemon/control/publish.h"
#include "tests/simulation/faulty_ports.h"
#include "tests/simulation/simulated_host.h"
#include "tests/support/memory_store.h"

namespace trimtab {

// Keeps what was recorded.
class RecordingJournal final : public Journal {
 public:
  void Note(Level, const std::string& message, const Fields&) override { notes.push_back(message); }
  void Record(const Trial& trial) override { trials.push_back(trial); }
  void Record(const Decision& decision) override { decisions.push_back(decision); }

  int Count(DecisionReason reason) const {
    int count = 0;
    for (const Decision& decision : decisions) count += decision.reason == reason;
    return count;
  }

  std::vector<std::string> notes;
  std::vector<Trial> trials;
  std::vector<Decision> decisions;
};

// The control loop on a simulated host, second by second, on a clock that
// costs no time.
class Simulation {
 public:
  Simulation() : host(clock) {
    policy.mode = TuningMode::kAuto;
    policy.space = DefaultSearchSpace();
    policy.strategy = "sobol";
    policy.objective = {ObjectiveSpec::Kind::kMinimize, Metric::kLatencyP99Ms, {}};
    policy.max_trials = 20;
    policy.measure.settle = std::chrono::seconds(1);
    policy.measure.min_windows = 3;
    policy.measure.max_windows = 5;
    policy.hold.probation = std::chrono::seconds(20);
    policy.guard.freeze_windows = 3;
  }

  // Starts a daemon; the one before, if any, is gone without a word.
  void StartDaemon() {
    loop = std::make_unique<control::Loop>(link, faulty_store, journal, clock, policy);
    loop->Drive(control::event::Tick{});
  }
  void KillDaemon() { loop.reset(); }

  // Lets a second pass, or what the host's windows last.
  void Second() {
    clock.Advance(host.window_length);
    host.Tick();
    if (host.down.ok()) {
      const HostWindow window = host.CloseWindow();
      if (loop && !host.silent) loop->Drive(control::event::WindowClosed{window});
    } else if (loop) {
      loop->Drive(control::event::StreamBroken{host.down});
    }
    if (loop) loop->Drive(control::event::Tick{});
  }
  void Seconds(int count) {
    for (int i = 0; i < count; ++i) Second();
  }
  // Until the state is reached, for `limit` seconds at most.
  bool Until(TunerState state, int limit = 3000) {
    for (int i = 0; i < limit && Status().state != state; ++i) Second();
    return Status().state == state;
  }

  TunerStatus Status() const {
    return control::ToStatus(loop->state(), loop->policy(), loop->Now());
  }
  // Nothing while the command has not been answered.
  std::optional<absl::Status> Command(trimtab::Command command) {
    std::optional<absl::Status> answer;
    loop->Drive(control::event::Commanded{std::move(command), "tester", {}},
                [&answer](const control::effect::Reply& reply) { answer = reply.status; });
    return answer;
  }

  ManualClock clock;
  SimulatedHost host;
  MemoryStore store;
  // Between the loop and the two.
  CallHooks hooks;
  FaultyLink link{host, hooks};
  FaultyStore faulty_store{store, hooks};
  RecordingJournal journal;
  TuningPolicy policy;
  std::unique_ptr<control::Loop> loop;
};

}  // namespace trimtab
