// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "daemon/control/step.h"

namespace trimtab::control {
namespace {

void GoOn(Step& step) {
  step.state.phase = phase::Exploring{};
  NextExploration(step);
}

}  // namespace

void EnterRecovering(Step& step, std::string reason) {
  const Duration patience = step.policy.guard.recovery;
  KeepHold(step);
  step.state.phase = phase::Recovering{step.now.mono + patience, std::move(reason)};
  if (patience <= Duration::zero()) GoOn(step);
}

void RecoveringWindow(Step& step, const HostWindow& window) {
  // A window of the candidate, while the way back is under way, says nothing.
  if (OnLease(step.state) || window.requests == 0) return;
  std::get<phase::Recovering>(step.state.phase).heard = true;
  const bool good = step.state.latest_compliance.compliant == true || step.policy.sla.empty();
  if (good) GoOn(step);
}

void RecoveringTick(Step& step) {
  auto& recovering = std::get<phase::Recovering>(step.state.phase);
  if (step.now.mono < recovering.until) return;
  if (!recovering.heard) {
    // What can't be measured isn't tried either.
    recovering.until = step.now.mono + step.policy.guard.recovery;
    return;
  }
  if (step.state.incumbent_breach_run > 0) {
    return EnterFrozen(step, "the incumbent still breaks the SLA after " + recovering.reason);
  }
  GoOn(step);
}

}  // namespace trimtab::control
