// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rapidcheck.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "daemon/control/transition.h"

// Walks of Advance over drawn events: whatever a host, an operator and the time
// may do, sound or not.
namespace trimtab::control::drawn {

// What the other side of an effect may answer, and what else may happen.
enum class Kind {
  kTick,
  kConnected,
  kConnectFailed,
  kSuggested,
  kAppraised,
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
  kPolicyEnds,
  kPolicyChanged,
  kShutDown,
  kCount,
};

struct Draw {
  Kind kind;
  int number;
  int seconds;
};
inline std::ostream& operator<<(std::ostream& out, const Draw& draw) {
  return out << static_cast<int>(draw.kind) << "/" << draw.number << "/" << draw.seconds;
}

inline rc::Gen<Draw> AnyDraw() {
  return rc::gen::apply(
      [](int kind, int number, int seconds) {
        return Draw{static_cast<Kind>(kind), number, seconds};
      },
      rc::gen::inRange(0, static_cast<int>(Kind::kCount)), rc::gen::inRange(0, 24),
      rc::gen::inRange(0, 4));
}

inline Configuration Config(int number) {
  return Configuration{{"a", std::int64_t{1 + number % 4}}, {"b", std::int64_t{1 + number / 8}}};
}

inline TuningPolicy Policy(TuningMode mode) {
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
inline ConfigState AnyConfigState(int number) {
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

inline HostDescription Description() {
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

inline absl::Status AnyError(int number) {
  constexpr absl::StatusCode kCodes[] = {
      absl::StatusCode::kUnavailable,     absl::StatusCode::kDeadlineExceeded,
      absl::StatusCode::kAborted,         absl::StatusCode::kFailedPrecondition,
      absl::StatusCode::kInvalidArgument, absl::StatusCode::kResourceExhausted};
  return absl::Status(kCodes[number % 6], "drawn");
}

inline HostWindow AnyWindow(int number, std::int64_t sequence, const State& state) {
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

inline Event Commanded(Command command) {
  return event::Commanded{std::move(command), "tester", {}};
}

// The event that a draw stands for. The last apply asked for is what an answer
// answers to, as far as there was one.
inline Event ToEvent(const Draw& draw, const State& state, const effect::Apply& asked,
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
    case Kind::kAppraised: {
      if (n % 3 == 0) return event::Appraised{};
      Appraisal appraisal;
      for (int i = n; i < n + 4; ++i) {
        appraisal.ranking.push_back({Config(i), {-static_cast<double>(i), -30, -10}, 1});
      }
      return event::Appraised{std::move(appraisal)};
    }
    case Kind::kApplied: {
      ApplyResult result{n % 7 != 0, AnyConfigState(n), {}};
      // Mostly as asked.
      if (n % 4 != 0) {
        result.state.config = asked.request.config;
        if (asked.request.lease == Duration::zero()) result.state.committed = asked.request.config;
      }
      return event::Applied{asked.purpose, asked.request, std::move(result), asked.decision};
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
      return event::Committed{asked.purpose, config, "drawn", asked.decision};
    }
    case Kind::kCommitFailed:
      return event::CommitFailed{asked.purpose, AnyError(n)};
    case Kind::kConfigRead:
      return event::ConfigRead{AnyConfigState(n), n % 2 == 0};
    case Kind::kConfigReadFailed:
      return event::ConfigReadFailed{AnyError(n)};
    case Kind::kStoreFailed:
      return event::StoreFailed{AnyError(n), n % 2 == 0};
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
    case Kind::kPolicyEnds:
      return event::PolicyEnds{};
    case Kind::kPolicyChanged:
      return event::PolicyChanged{};
    case Kind::kShutDown:
      return event::ShutDown{};
    default:
      return event::Tick{};
  }
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

inline rc::Gen<std::vector<Draw>> Draws() {
  // The frequent ones, and anything.
  const auto likely =
      rc::gen::map(rc::gen::pair(rc::gen::element(Kind::kWindow, Kind::kWindow, Kind::kApplied,
                                                  Kind::kSuggested, Kind::kAppraised,
                                                  Kind::kConnected, Kind::kCommitted, Kind::kTick),
                                 AnyDraw()),
                   [](const std::pair<Kind, Draw>& both) {
                     return Draw{both.first, both.second.number, both.second.seconds};
                   });
  return rc::gen::container<std::vector<Draw>>(
      200, rc::gen::weightedOneOf<Draw>({{6, likely}, {1, AnyDraw()}}));
}

inline TuningMode AnyMode() { return static_cast<TuningMode>(*rc::gen::inRange(0, 4)); }

}  // namespace trimtab::control::drawn
