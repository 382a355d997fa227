// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "daemon/base/clock.h"
#include "daemon/control/performer.h"
#include "daemon/control/transition.h"

namespace trimtab::control {

// The control loop without its thread: feeds an event to Advance, performs the
// effects and feeds their results back until nothing is left to do. Not
// thread-safe.
class Loop {
 public:
  // Takes the answer to a command, at most once for each.
  using Reply = std::function<void(const effect::Reply&)>;

  // The ports must outlive this.
  Loop(HostLink& link, TrialStore& store, Journal& journal, Clock& clock, TuningPolicy policy);

  void Drive(const Event& event, const Reply& reply = {});
  // Ends what is on trial under the policy before, and begins again under the
  // new one.
  void Replace(TuningPolicy policy);

  const State& state() const { return state_; }
  const TuningPolicy& policy() const { return policy_; }
  const Performer& performer() const { return performer_; }
  // An event::ShutDown has been carried out.
  bool finished() const { return finished_; }
  Moment Now() const { return {clock_.Now(), clock_.WallNow()}; }

 private:
  Clock& clock_;
  TuningPolicy policy_;
  Performer performer_;
  State state_;
  bool finished_ = false;
};

}  // namespace trimtab::control
