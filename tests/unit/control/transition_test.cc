// SPDX-License-Identifier: Apache-2.0
// Advance as a function: the same input has the same output, whatever came
// before; and what it keeps whatever the events, also those that no host and no
// operator of sound mind would send.
#include "daemon/control/transition.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "daemon/control/publish.h"

namespace trimtab::control {
namespace {

// What the other side of an effect may answer, and what else may happen.
enum class Kind {
  kTick,
  kConnected,
  kConnectFailed,
  kSuggested,
  kApplied,
  kApplyFailed,
  kRenewed,
  kRenewFailed,
  kCommitted,
  kCommitFailed,
  kConfigRead,
  kConfigReadFailed,
  kStoreFailed,
  kWindow,
  kWindowMalformed,
  kStreamBroken,
  kPause,
  kResume,
  kStop,
  kStart,
  kRollback,
  kPin,
  kApprove,
  kReject,
  kPolicyChanged,
  kShutDown,
  kCount,
};

struct Draw {
  Kind kind;
  int number;
  int seconds;
};
std::ostream& operator<<(std::ostream& out, const Draw& draw) {
  return out << static_cast<int>(draw.kind) << "/" << draw.number << "/" << draw.seconds;
}

rc::Gen<Draw> AnyDraw() {
  return rc::gen::apply(
      [](int kind, int number, int seconds) {
        return Draw{static_cast<Kind>(kind), number, seconds};
      },
      rc::gen::inRange(0, static_cast<int>(Kind::kCount)), rc::gen::inRange(0, 24),
      rc::gen::inRange(0, 4));
}

Configuration Config(int number) {
  return Configuration{{"a", std::int64_t{1 + number % 4}}, {"b", std::int64_t{1 + number / 8}}};
}

TuningPolicy Policy(TuningMode mode) {
  Dimension a;
  a.name = "a";
  a.values = {std::int64_t{1}, std::int64_t{2}, std::int64_t{3}, std::int64_t{4}};
  Dimension b = a;
  b.name = "b";
  TuningPolicy policy;
  policy.mode = mode;
  policy.space = SearchSpace::Create({a, b}).value();
  policy.objective = {ObjectiveSpec::Kind::kMinimize, Metric::kLatencyP99Ms, {}};
  policy.measure.settle = std::chrono::seconds(0);
  policy.measure.min_windows = policy.measure.max_windows = 1;
  policy.measure.min_requests = 1;
  policy.validation.pairs = 2;
  policy.validation.windows_per_half = 1;
  policy.max_trials = 3;
  return policy;
}

// A host that answers with anything.
ConfigState AnyConfigState(int number) {
  ConfigState state;
  state.config = Config(number);
  state.committed = number % 3 == 0 ? Config(number / 2) : state.config;
  state.generation = 1 + number % 7;
  state.source = static_cast<ConfigSource>(number % 3);
  state.tuner_id = number % 2 == 0 ? "tuner" : "another";
  if (state.config != state.committed) state.lease_remaining = std::chrono::seconds(10);
  if (number % 5 == 0) state.holder_tuner_id = "another";
  state.boot_id = number % 11 == 0 ? "boot-2" : "boot-1";
  return state;
}

HostDescription Description() {
  HostDescription host;
  host.service = "service";
  host.boot_id = "boot-1";
  host.max_lease = std::chrono::minutes(1);
  for (const char* name : {"a", "b"}) {
    HostParameter parameter;
    parameter.name = name;
    host.parameters.push_back(parameter);
  }
  return host;
}

absl::Status AnyError(int number) {
  constexpr absl::StatusCode kCodes[] = {
      absl::StatusCode::kUnavailable,     absl::StatusCode::kDeadlineExceeded,
      absl::StatusCode::kAborted,         absl::StatusCode::kFailedPrecondition,
      absl::StatusCode::kInvalidArgument, absl::StatusCode::kResourceExhausted};
  return absl::Status(kCodes[number % 6], "drawn");
}

HostWindow AnyWindow(int number, std::int64_t sequence, const State& state) {
  HostWindow window;
  window.boot_id = number % 9 == 0 ? "boot-2" : "boot-1";
  window.generation = state.host ? state.host->config.generation + (number % 8 == 0) : 1;
  window.sequence = sequence;
  window.length = std::chrono::seconds(1);
  window.requests = number % 6 == 0 ? 0 : 100;
  if (window.requests > 0) {
    const std::uint64_t ms = 10 + static_cast<std::uint64_t>(number);
    window.latency.Record(ms * 1'000'000, 100);
    window.metrics.Set(Metric::kLatencyP99Ms, static_cast<double>(ms));
  }
  window.metrics.Set(Metric::kErrorRatePercent, 0);
  window.metrics.Set(Metric::kTimeoutRatePercent, 0);
  return window;
}

Event Commanded(Command command) { return event::Commanded{std::move(command), "tester", {}}; }

// The event that a draw stands for. The last apply asked for is what an answer
// answers to, as far as there was one.
Event ToEvent(const Draw& draw, const State& state, const effect::Apply& asked,
              std::int64_t sequence) {
  const int n = draw.number;
  switch (draw.kind) {
    case Kind::kConnected: {
      event::Connected connected{Description(), AnyConfigState(n), "tuner", {}};
      connected.study.id = "study";
      return connected;
    }
    case Kind::kConnectFailed:
      return event::ConnectFailed{AnyError(n), n % 2 == 0};
    case Kind::kSuggested:
      return event::Suggested{n == 0 ? std::nullopt : std::optional(Suggestion{Config(n), {}, {}})};
    case Kind::kApplied: {
      ApplyResult result{n % 7 != 0, AnyConfigState(n), {}};
      // Mostly as asked.
      if (n % 4 != 0) {
        result.state.config = asked.request.config;
        if (asked.request.lease == Duration::zero()) result.state.committed = asked.request.config;
      }
      return event::Applied{asked.purpose, asked.request, std::move(result)};
    }
    case Kind::kApplyFailed:
      return event::ApplyFailed{asked.purpose, AnyError(n)};
    case Kind::kRenewed:
      return event::Renewed{AnyConfigState(n)};
    case Kind::kRenewFailed:
      return event::RenewFailed{AnyError(n)};
    case Kind::kCommitted: {
      ConfigState config = AnyConfigState(n);
      config.committed = config.config;
      config.lease_remaining.reset();
      return event::Committed{config};
    }
    case Kind::kCommitFailed:
      return event::CommitFailed{AnyError(n)};
    case Kind::kConfigRead:
      return event::ConfigRead{AnyConfigState(n), n % 2 == 0};
    case Kind::kConfigReadFailed:
      return event::ConfigReadFailed{AnyError(n)};
    case Kind::kStoreFailed:
      return event::StoreFailed{AnyError(n)};
    case Kind::kWindow:
      return event::WindowClosed{AnyWindow(n, sequence, state)};
    case Kind::kWindowMalformed:
      return event::WindowMalformed{"nan"};
    case Kind::kStreamBroken:
      return event::StreamBroken{AnyError(n)};
    case Kind::kPause:
      return Commanded(command::Pause{});
    case Kind::kResume:
      return Commanded(command::Resume{});
    case Kind::kStop:
      return Commanded(command::Stop{});
    case Kind::kStart:
      return Commanded(command::Start{});
    case Kind::kRollback:
      return event::Commanded{command::Rollback{n % 2}, "tester", Config(n)};
    case Kind::kPin:
      return Commanded(command::Pin{Config(n), ""});
    case Kind::kApprove:
      return Commanded(command::Approve{});
    case Kind::kReject:
      return Commanded(command::Reject{});
    case Kind::kPolicyChanged:
      return event::PolicyChanged{};
    case Kind::kShutDown:
      return event::ShutDown{};
    default:
      return event::Tick{};
  }
}

// Text of everything about an effect that matters here.
std::string Describe(const Effect& effect) {
  std::string text = std::to_string(effect.index());
  if (const auto* apply = std::get_if<effect::Apply>(&effect)) {
    text += " " + std::to_string(static_cast<int>(apply->purpose)) + " " +
            apply->request.config.ToString() + " " + apply->request.reason + " " +
            std::to_string(apply->request.expected_generation) + " " +
            std::to_string(apply->request.lease.count());
  } else if (const auto* decision = std::get_if<effect::RecordDecision>(&effect)) {
    text += " " + decision->decision.explanation + " " + decision->decision.new_config.ToString();
  } else if (const auto* trial = std::get_if<effect::RecordTrial>(&effect)) {
    text += " " + trial->trial.config.ToString() + " " + trial->trial.reason;
  } else if (const auto* reply = std::get_if<effect::Reply>(&effect)) {
    text += " " + reply->status.ToString();
  }
  return text;
}

// A walk of Advance over drawn events; `look` sees each step.
template <typename Look>
void Walk(const TuningPolicy& policy, const std::vector<Draw>& draws, const Look& look) {
  State state;
  effect::Apply asked;
  Moment now{MonotonicTime(std::chrono::hours(1)), WallTime(std::chrono::hours(1))};
  std::int64_t sequence = 0;
  for (const Draw& draw : draws) {
    now.mono += std::chrono::seconds(draw.seconds);
    now.wall += std::chrono::seconds(draw.seconds);
    const Event event = ToEvent(draw, state, asked, ++sequence);
    Transition transition = Advance(state, event, now, policy);
    look(state, event, now, transition);
    for (const Effect& effect : transition.effects) {
      if (const auto* apply = std::get_if<effect::Apply>(&effect)) asked = *apply;
    }
    state = std::move(transition.state);
  }
}

rc::Gen<std::vector<Draw>> Draws() {
  // The frequent ones, and anything.
  const auto likely = rc::gen::map(
      rc::gen::pair(rc::gen::element(Kind::kWindow, Kind::kWindow, Kind::kApplied, Kind::kSuggested,
                                     Kind::kConnected, Kind::kCommitted, Kind::kTick),
                    AnyDraw()),
      [](const std::pair<Kind, Draw>& both) {
        return Draw{both.first, both.second.number, both.second.seconds};
      });
  return rc::gen::container<std::vector<Draw>>(
      200, rc::gen::weightedOneOf<Draw>({{6, likely}, {1, AnyDraw()}}));
}

TuningMode AnyMode() { return static_cast<TuningMode>(*rc::gen::inRange(0, 4)); }

RC_GTEST_PROP(AdvanceTest, TheSameInputHasTheSameOutput, ()) {
  const TuningPolicy policy = Policy(AnyMode());
  Walk(policy, *Draws(),
       [&policy](const State& state, const Event& event, Moment now, const Transition& first) {
         const Transition again = Advance(state, event, now, policy);
         RC_ASSERT(again.effects.size() == first.effects.size());
         for (std::size_t i = 0; i < first.effects.size(); ++i) {
           RC_ASSERT(Describe(again.effects[i]) == Describe(first.effects[i]));
         }
         RC_ASSERT(again.state.phase.index() == first.state.phase.index());
         RC_ASSERT(ToStatus(again.state, policy, now).reason ==
                   ToStatus(first.state, policy, now).reason);
         RC_ASSERT(NextWake(again.state, policy) == NextWake(first.state, policy));
       });
}

RC_GTEST_PROP(AdvanceTest, WhatIsNotProvenIsAppliedUnderALeaseOnly, ()) {
  const TuningMode mode = AnyMode();
  const TuningPolicy policy = Policy(mode);
  Walk(policy, *Draws(), [mode](const State&, const Event& event, Moment, const Transition& step) {
    for (const Effect& effect : step.effects) {
      const auto* apply = std::get_if<effect::Apply>(&effect);
      if (apply == nullptr) continue;
      RC_ASSERT(mode == TuningMode::kApprove || mode == TuningMode::kAuto);
      RC_ASSERT(step.state.host.has_value());
      if (apply->request.lease > Duration::zero()) continue;
      // Committed at once: what is committed already, the proven configuration
      // of the study, or an operator's word.
      const ConfigState& host = step.state.host->config;
      const Checkpoint& study = step.state.study;
      const Configuration& config = apply->request.config;
      const bool known = config == host.committed ||
                         (study.incumbent && config == study.incumbent->config) ||
                         (study.previous && config == study.previous->config) ||
                         (study.baseline && config == study.baseline->config);
      const bool commanded = std::holds_alternative<event::Commanded>(event);
      RC_ASSERT(known || commanded);
    }
  });
}

RC_GTEST_PROP(AdvanceTest, APromotionIsPrecededByItsProof, ()) {
  const TuningPolicy policy = Policy(AnyMode());
  Walk(policy, *Draws(),
       [&policy](const State& before, const Event&, Moment, const Transition& step) {
         for (const Effect& effect : step.effects) {
           const auto* apply = std::get_if<effect::Apply>(&effect);
           if (apply != nullptr && apply->purpose == ApplyPurpose::kPromote) {
             RC_ASSERT(std::holds_alternative<phase::Promoting>(step.state.phase));
             const auto& promoting = std::get<phase::Promoting>(step.state.phase);
             RC_ASSERT(promoting.gain.lower_ratio > policy.validation.min_gain_ratio);
             RC_ASSERT(promoting.candidate.config == apply->request.config);
             RC_ASSERT(apply->request.lease > Duration::zero());
           }
           if (std::holds_alternative<effect::Commit>(effect)) {
             RC_ASSERT(std::holds_alternative<phase::Promoting>(before.phase));
           }
         }
       });
}

RC_GTEST_PROP(AdvanceTest, IdsAscendAndACommandIsAnsweredOnceAtMost, ()) {
  const TuningPolicy policy = Policy(AnyMode());
  std::int64_t last_trial = 0;
  std::int64_t last_decision = 0;
  Walk(policy, *Draws(),
       [&](const State& before, const Event& event, Moment, const Transition& step) {
         // Numbers are the study\'s: without one nothing is kept.
         if (before.study_id.empty()) return;
         int replies = 0;
         for (const Effect& effect : step.effects) {
           replies += std::holds_alternative<effect::Reply>(effect);
           if (const auto* trial = std::get_if<effect::RecordTrial>(&effect)) {
             RC_ASSERT(trial->trial.id > last_trial);
             last_trial = trial->trial.id;
           }
           if (const auto* decision = std::get_if<effect::RecordDecision>(&effect)) {
             RC_ASSERT(decision->decision.id > last_decision);
             last_decision = decision->decision.id;
           }
         }
         RC_ASSERT(replies <= 1);
         if (std::holds_alternative<event::Tick>(event)) RC_ASSERT(replies == 0);
       });
}

TEST(BackoffTest, DoublesToItsMost) {
  TuningPolicy policy;
  policy.retry_initial = std::chrono::milliseconds(500);
  policy.retry_max = std::chrono::seconds(3);
  std::vector<std::int64_t> waits;
  State state;
  Moment now{MonotonicTime(std::chrono::hours(1)), {}};
  for (int attempt = 0; attempt < 5; ++attempt) {
    state = Advance(state, event::ConnectFailed{absl::UnavailableError("no"), false}, now, policy)
                .state;
    const auto& connecting = std::get<phase::Connecting>(state.phase);
    waits.push_back(
        std::chrono::duration_cast<std::chrono::milliseconds>(connecting.retry_at - now.mono)
            .count());
  }
  EXPECT_EQ(waits, (std::vector<std::int64_t>{500, 1000, 2000, 3000, 3000}));
}

}  // namespace
}  // namespace trimtab::control
