// SPDX-License-Identifier: Apache-2.0
// Random sequences of faults, edits and commands, from RapidCheck's seeds:
// whatever happens, the host keeps no configuration that isn't proven without a
// lease, and once it is quiet the loop is where it should be.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/simulation/simulation.h"

namespace trimtab {
namespace {

// What may happen within one second.
enum class Happening {
  kNothing,
  kDaemonKilled,
  kHostRestarts,
  kHostGone,
  kHostBack,
  kCallLost,
  kAnswerLost,
  kCallAborted,
  kDiskFull,
  kDiskFreed,
  kOneWriteFails,
  kOperatorEdit,
  kAnotherTuner,
  kTrafficStops,
  kTrafficComes,
  kIncident,
  kIncidentOver,
  kReload,
  kPause,
  kResume,
  kStop,
  kStart,
  kRollback,
  kPin,
  kApprove,
  kReject,
  kCount,
};

class Scenario {
 public:
  explicit Scenario(TuningMode mode) {
    sim.policy.mode = mode;
    sim.policy.max_trials = 5;
    sim.policy.incumbent_every = 2;
    sim.policy.hold.probation = std::chrono::seconds(5);
    sim.policy.sla.max_latency_p99_ms = 200;
    sim.policy.guard.thaw_windows = 3;
    Hook();
    sim.StartDaemon();
  }

  void Happen(Happening what) {
    switch (what) {
      case Happening::kNothing:
      case Happening::kCount:
        break;
      case Happening::kDaemonKilled:
        return sim.StartDaemon();
      case Happening::kHostRestarts:
        return sim.host.Restart();
      case Happening::kHostGone:
        sim.host.down = absl::UnavailableError("gone");
        break;
      case Happening::kHostBack:
        sim.host.down = absl::OkStatus();
        break;
      case Happening::kCallLost:
        next_before_ = absl::UnavailableError("lost");
        break;
      case Happening::kAnswerLost:
        next_after_ = absl::DeadlineExceededError("lost");
        break;
      case Happening::kCallAborted:
        next_before_ = absl::AbortedError("generation");
        break;
      case Happening::kDiskFull:
        sim.store.write_error = absl::ResourceExhaustedError("disk full");
        break;
      case Happening::kDiskFreed:
        sim.store.write_error = absl::OkStatus();
        break;
      case Happening::kOneWriteFails:
        next_write_ = absl::UnavailableError("locked");
        break;
      case Happening::kOperatorEdit:
        if (!sim.host.down.ok()) break;
        sim.host.OperatorSets(Configuration{{"cache_size", ++edits_}});
        allowed.push_back(sim.host.state().committed);
        break;
      case Happening::kAnotherTuner:
        sim.host.AnotherTunerSets(Configuration{{"cache_size", ++edits_}},
                                  std::chrono::seconds(10));
        break;
      case Happening::kTrafficStops:
        sim.host.requests_per_second = 0;
        break;
      case Happening::kTrafficComes:
        sim.host.requests_per_second = 200;
        break;
      case Happening::kIncident:
        sim.host.latency_ms = [](const Configuration&) { return 900.0; };
        break;
      case Happening::kIncidentOver:
        sim.host.latency_ms = Valley;
        break;
      case Happening::kReload:
        return sim.loop->Replace(sim.policy);
      case Happening::kPause:
        return Command(command::Pause{});
      case Happening::kResume:
        return Command(command::Resume{});
      case Happening::kStop:
        return Command(command::Stop{});
      case Happening::kStart:
        return Command(command::Start{});
      case Happening::kRollback:
        return Command(command::Rollback{});
      case Happening::kPin: {
        const Configuration changes{{"batch_size", std::int64_t{4000} + ++edits_}};
        allowed.push_back(sim.host.state().committed.With(changes));
        return Command(command::Pin{changes, ""});
      }
      case Happening::kApprove:
        return Command(command::Approve{});
      case Happening::kReject:
        return Command(command::Reject{});
    }
  }

  // Nothing is wrong any more.
  void Quiet() {
    for (const Happening what : {Happening::kHostBack, Happening::kDiskFreed,
                                 Happening::kTrafficComes, Happening::kIncidentOver}) {
      Happen(what);
    }
    next_before_ = next_after_ = next_write_ = absl::OkStatus();
  }

  // Whether the host was never committed to anything but its defaults, what an
  // operator set, and what a decision of ours stands for.
  bool OnlyDecidedCommits() const {
    for (const Configuration& config : sim.host.committed()) {
      const bool edit = std::find(allowed.begin(), allowed.end(), config) != allowed.end();
      const bool decided = std::any_of(
          sim.journal.decisions.begin(), sim.journal.decisions.end(),
          [&config](const Decision& decision) { return decision.new_config == config; });
      if (!edit && !decided && config != defaults_) return false;
    }
    return true;
  }
  // Every promotion has proof: a gain whose interval clears the minimum.
  bool OnlyProvenPromotions() const {
    for (const Decision& decision : sim.journal.decisions) {
      if (decision.reason != DecisionReason::kPromoted &&
          decision.reason != DecisionReason::kApproved) {
        continue;
      }
      const std::optional<Gain>& gain = decision.expected_gain;
      if (!gain || gain->lower_ratio <= sim.policy.validation.min_gain_ratio) return false;
    }
    return true;
  }
  // Whether the loop gave or renewed a lease since it was asked last.
  bool Renewed() { return std::exchange(renewed_, false); }
  bool Unproven() const { return sim.host.state().config != sim.host.state().committed; }

  // What an operator would do until tuning is done.
  bool Settle() {
    for (int i = 0; i < 4000; ++i) {
      const TunerState state = sim.Status().state;
      if (state == TunerState::kHolding) return true;
      if (state == TunerState::kAwaitingApproval) Command(command::Approve{});
      if (state == TunerState::kPaused && !sim.Status().until) Command(command::Resume{});
      if (state == TunerState::kStopped) Command(command::Start{});
      sim.Second();
    }
    return false;
  }

  Simulation sim;
  std::vector<Configuration> allowed;

 private:
  void Command(trimtab::Command command) { sim.Command(std::move(command)); }

  void Hook() {
    sim.host.latency_ms = Valley;
    const auto host_call = [](std::string_view call) {
      return call == "describe" || call == "get_config" || call == "apply" || call == "renew" ||
             call == "commit";
    };
    const auto write = [](std::string_view call) {
      return call.starts_with("append") || call.starts_with("save") || call == "clear_intent";
    };
    sim.hooks.before = [this, host_call, write](std::string_view call) {
      if (write(call)) return std::exchange(next_write_, absl::OkStatus());
      const bool aborts = absl::IsAborted(next_before_);
      const bool changes = call == "apply" || call == "renew" || call == "commit";
      if (aborts ? changes : host_call(call)) return std::exchange(next_before_, absl::OkStatus());
      return absl::OkStatus();
    };
    sim.hooks.after = [this, host_call](std::string_view call) {
      renewed_ = renewed_ || call == "renew" || call == "apply";
      return host_call(call) ? std::exchange(next_after_, absl::OkStatus()) : absl::OkStatus();
    };
  }

  absl::Status next_before_;
  absl::Status next_after_;
  absl::Status next_write_;
  bool renewed_ = false;
  std::int64_t edits_ = 0;
  const Configuration defaults_ = sim.host.state().committed;
};

// Mostly nothing happens, so that tuning gets somewhere.
rc::Gen<std::vector<Happening>> Happenings() {
  const auto event = rc::gen::map(rc::gen::inRange(0, static_cast<int>(Happening::kCount)),
                                  [](int number) { return static_cast<Happening>(number); });
  return rc::gen::container<std::vector<Happening>>(
      150,
      rc::gen::weightedOneOf<Happening>({{8, rc::gen::just(Happening::kNothing)}, {1, event}}));
}

void Check(TuningMode mode, const std::vector<Happening>& happenings) {
  Scenario scenario(mode);
  Simulation& sim = scenario.sim;
  const int lease = static_cast<int>(std::chrono::duration<double>(sim.policy.lease).count());
  int unproven = 0;
  std::int64_t generation = 0;
  for (const Happening what : happenings) {
    scenario.Happen(what);
    sim.Second();
    // Held no longer than the lease without being renewed by a living loop.
    // Another tuner's lease is its own.
    const std::int64_t before = std::exchange(generation, sim.host.state().generation);
    const bool changed = before != generation;
    const bool kept = !scenario.Renewed() && !changed && scenario.Unproven();
    unproven = kept ? unproven + 1 : 0;
    RC_ASSERT(unproven <= lease + 1);
    RC_ASSERT(scenario.OnlyDecidedCommits());
    RC_ASSERT(scenario.OnlyProvenPromotions());
    if (scenario.Unproven()) RC_ASSERT(sim.host.state().source == ConfigSource::kTuner);
  }
  scenario.Quiet();
  sim.Seconds(90);
  RC_ASSERT(scenario.Settle());
  RC_ASSERT(!scenario.Unproven());
  RC_ASSERT(sim.Status().incumbent->config == sim.host.state().committed);
  RC_ASSERT(scenario.OnlyDecidedCommits());
  RC_ASSERT(scenario.OnlyProvenPromotions());
  for (std::size_t i = 1; i < sim.journal.trials.size(); ++i) {
    RC_ASSERT(sim.journal.trials[i].score.has_value() <=
              (sim.journal.trials[i].verdict == Verdict::kSuccess));
  }
}

RC_GTEST_PROP(RandomFaultsTest, InModeAutoTheHostEndsOnWhatIsProven, ()) {
  Check(TuningMode::kAuto, *Happenings());
}

RC_GTEST_PROP(RandomFaultsTest, InModeApproveTheHostEndsOnWhatIsProven, ()) {
  Check(TuningMode::kApprove, *Happenings());
}

RC_GTEST_PROP(RandomFaultsTest, InModeRecommendNothingIsEverApplied, ()) {
  Scenario scenario(TuningMode::kRecommend);
  int applies = 0;
  const auto before = scenario.sim.hooks.before;
  scenario.sim.hooks.before = [&applies, before](std::string_view call) {
    applies += call == "apply" || call == "commit" || call == "renew";
    return before(call);
  };
  for (const Happening what : *Happenings()) {
    scenario.Happen(what);
    scenario.sim.Second();
  }
  RC_ASSERT(applies == 0);
}

}  // namespace
}  // namespace trimtab
