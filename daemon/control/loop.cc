// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/loop.h"

#include <deque>
#include <iterator>
#include <optional>
#include <utility>

namespace trimtab::control {

Loop::Loop(HostLink& link, TrialStore& store, Journal& journal, Clock& clock, TuningPolicy policy)
    : clock_(clock), policy_(std::move(policy)), performer_(link, store, journal, clock) {
  performer_.SetPolicy(policy_);
}

void Loop::Replace(TuningPolicy policy) {
  Drive(event::PolicyEnds{});
  policy_ = std::move(policy);
  performer_.SetPolicy(policy_);
  Drive(event::PolicyChanged{});
}

void Loop::Drive(const Event& event, const Reply& reply) {
  std::deque<Effect> effects;
  const auto advance = [&](const Event& each) {
    Transition transition = Advance(std::move(state_), each, Now(), policy_);
    state_ = std::move(transition.state);
    // What follows from a result comes before what was to come after it.
    effects.insert(effects.begin(), std::make_move_iterator(transition.effects.begin()),
                   std::make_move_iterator(transition.effects.end()));
  };
  advance(event);
  while (!effects.empty()) {
    const Effect effect = std::move(effects.front());
    effects.pop_front();
    if (std::holds_alternative<effect::Finish>(effect)) {
      finished_ = true;
    } else if (const auto* answer = std::get_if<effect::Reply>(&effect)) {
      if (reply) reply(*answer);
    } else if (const std::optional<Event> result = performer_.Perform(effect, state_)) {
      advance(*result);
    }
  }
}

}  // namespace trimtab::control
