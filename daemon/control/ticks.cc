// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "daemon/control/step.h"
#include "daemon/control/transition.h"

namespace trimtab::control {
namespace {

constexpr Duration kJustAfter = std::chrono::milliseconds(1);

// Windows come by stream; when one is overdue, the host is asked whether it is
// there at all, and the segment ends without a result.
void EndOverdueSegment(Step& step, const Segment& segment) {
  const double seconds = std::chrono::duration<double>(step.now.mono - segment.last_window).count();
  std::string reason = fmt::format("no window of metrics for {:.1f} s", seconds);
  if (!step.state.newest_refusal.empty()) {
    reason += "; the newest was refused: " + step.state.newest_refusal;
  }
  const SegmentReading reading = Read(segment, step.policy, std::nullopt);
  step.Emit(effect::ReadConfig{});
  EndSegment(step, reading, {Verdict::kInconclusive, reason});
}

// Where no segment waits for windows, silence still has to be told from a host
// that is gone.
MonotonicTime AsksAt(const State& state, const TuningPolicy& policy) {
  return std::max(LastHeard(state), state.asked_at) + policy.measure.window_timeout;
}

void Renew(Step& step) {
  RenewLater(step);
  // Where the committed configuration belongs, what a trial has left behind ends
  // with its lease.
  const bool wanted = ActiveSegment(step.state) != nullptr ||
                      std::holds_alternative<phase::Promoting>(step.state.phase);
  if (OnLease(step.state) && !wanted) return;
  step.Emit(effect::Renew{step.state.host->config.generation, Lease(step)});
}

}  // namespace

void OnTick(Step& step) {
  State& state = step.state;
  if (state.checkpoint_due && !state.study_id.empty()) SaveCheckpoint(step);
  if (auto* connecting = std::get_if<phase::Connecting>(&state.phase)) {
    if (step.now.mono >= connecting->retry_at) step.Emit(effect::Connect{});
    return;
  }
  if (auto* lost = std::get_if<phase::HostLost>(&state.phase)) {
    if (step.now.mono >= lost->retry_at) step.Emit(effect::Connect{});
    return;
  }
  if (auto* paused = std::get_if<phase::Paused>(&state.phase)) {
    if (state.renew_at && step.now.mono >= *state.renew_at) Renew(step);
    if (!paused->until || step.now.mono < paused->until->mono) return;
    if (paused->operators) {
      state.study.EndPause();
      SaveCheckpoint(step);
    }
    return Reconnect(step, "the pause is over");
  }
  if (state.renew_at && step.now.mono >= *state.renew_at) Renew(step);
  if (const Segment* segment = ActiveSegment(state)) {
    if (WindowsOverdue(*segment, step.now.mono, step.policy.measure)) {
      EndOverdueSegment(step, Segment(*segment));
    }
    return;
  }
  if (NeedsWindows(state) && step.now.mono > AsksAt(state, step.policy)) {
    if (state.asked_at <= LastHeard(state)) {
      const double seconds =
          std::chrono::duration<double>(step.now.mono - LastHeard(state)).count();
      step.Note(Journal::Level::kWarning,
                fmt::format("no window of metrics for {:.1f} s", seconds));
    }
    state.asked_at = step.now.mono;
    step.Emit(effect::ReadConfig{});
  }
  if (std::holds_alternative<phase::Holding>(state.phase)) return HoldTick(step);
  if (std::holds_alternative<phase::Recovering>(state.phase)) RecoveringTick(step);
}

std::optional<MonotonicTime> NextWake(const State& state, const TuningPolicy& policy) {
  std::optional<MonotonicTime> wake;
  const auto consider = [&wake](MonotonicTime moment) {
    wake = wake ? std::min(*wake, moment) : moment;
  };
  if (const auto* connecting = std::get_if<phase::Connecting>(&state.phase)) {
    consider(connecting->retry_at);
  } else if (const auto* lost = std::get_if<phase::HostLost>(&state.phase)) {
    consider(lost->retry_at);
  } else if (const auto* paused = std::get_if<phase::Paused>(&state.phase)) {
    if (paused->until) consider(paused->until->mono);
  } else if (const auto* recovering = std::get_if<phase::Recovering>(&state.phase)) {
    consider(recovering->until);
  } else if (const auto* holding = std::get_if<phase::Holding>(&state.phase)) {
    if (holding->probation_until) {
      consider(*holding->probation_until);
    } else if (const std::optional<MonotonicTime> retune = RetuneAt(state, policy)) {
      consider(*retune);
    }
  }
  if (state.renew_at) consider(*state.renew_at);
  if (const Segment* segment = ActiveSegment(state)) {
    if (segment->stage != Segment::Stage::kApplying) {
      consider(segment->last_window + policy.measure.window_timeout + kJustAfter);
    }
  } else if (NeedsWindows(state)) {
    consider(AsksAt(state, policy) + kJustAfter);
  }
  return wake;
}

MonotonicTime LastHeard(const State& state) {
  return std::max(state.latest_at, state.connected_at);
}

bool NeedsWindows(const State& state) {
  return !std::holds_alternative<phase::Connecting>(state.phase) &&
         !std::holds_alternative<phase::HostLost>(state.phase) &&
         !std::holds_alternative<phase::Paused>(state.phase) &&
         !std::holds_alternative<phase::Stopped>(state.phase);
}

}  // namespace trimtab::control
