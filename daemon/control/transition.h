// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "daemon/control/effect.h"
#include "daemon/control/event.h"
#include "daemon/control/state.h"
#include "daemon/model/policy.h"

namespace trimtab::control {

struct Transition {
  State state;
  // To be performed in order; the result of each is fed back as an event before
  // the next one is performed.
  std::vector<Effect> effects;
};

// The whole control loop (design §5) as a function: what follows when `event`
// happens in `state` at `now`. Reads no clock, does no I/O and draws no random
// number.
//
// What it keeps, whatever the events: a configuration that isn't proven is
// applied only under a lease; nothing is applied in the modes `observe` and
// `recommend`; every apply names the generation that it replaces; a promotion
// is preceded by a validation whose interval clears the minimum gain, or by an
// operator's command.
Transition Advance(State state, const Event& event, Moment now, const TuningPolicy& policy);

// When the loop needs a Tick at the latest; nothing while only events count.
std::optional<MonotonicTime> NextWake(const State& state, const TuningPolicy& policy);

// When the newest usable window came, or the host was reached since.
MonotonicTime LastHeard(const State& state);

// Whether windows of metrics matter in this state: not while the host isn't
// reached, nor paused or stopped.
bool NeedsWindows(const State& state);

}  // namespace trimtab::control
