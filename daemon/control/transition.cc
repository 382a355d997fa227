// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/transition.h"

#include "daemon/base/error.h"
#include "daemon/control/step.h"

namespace trimtab::control {
namespace {

struct Dispatch {
  Step& step;

  void operator()(const event::Tick&) const { OnTick(step); }
  void operator()(const event::Connected& e) const { OnConnected(step, e); }
  void operator()(const event::ConnectFailed& e) const { OnConnectFailed(step, e); }
  void operator()(const event::Suggested& e) const { OnSuggested(step, e); }
  void operator()(const event::Appraised& e) const { OnAppraised(step, e); }
  void operator()(const event::Applied& e) const { OnApplied(step, e); }
  void operator()(const event::ApplyFailed& e) const { OnApplyFailed(step, e); }
  void operator()(const event::Renewed& e) const { OnRenewed(step, e.config); }
  void operator()(const event::RenewFailed& e) const { OnRenewFailed(step, e.status); }
  void operator()(const event::Committed& e) const { OnCommitted(step, e); }
  void operator()(const event::CommitFailed& e) const {
    OnApplyFailed(step, {e.purpose, e.status});
  }
  void operator()(const event::ConfigRead& e) const { OnConfigRead(step, e); }
  void operator()(const event::ConfigReadFailed& e) const {
    EnterHostLost(step, "the host doesn't answer: " + Message(e.status));
  }
  void operator()(const event::StoreFailed& e) const { OnStoreFailed(step, e); }
  void operator()(const event::WindowClosed& e) const { OnWindow(step, e.window); }
  void operator()(const event::WindowMalformed& e) const { OnMalformed(step, e.reason); }
  void operator()(const event::StreamBroken&) const {
    // The metrics may be gone while the host is well: ask it.
    if (step.state.host && !std::holds_alternative<phase::Connecting>(step.state.phase) &&
        !std::holds_alternative<phase::HostLost>(step.state.phase)) {
      step.Emit(effect::ReadConfig{});
    }
  }
  void operator()(const event::Commanded& e) const { OnCommand(step, e); }
  void operator()(const event::PolicyEnds&) const { LetGo(step, "the settings are replaced"); }
  void operator()(const event::PolicyChanged&) const {
    step.state.watch.reset();
    Reconnect(step, "the settings were replaced");
  }
  void operator()(const event::ShutDown&) const { OnShutDown(step); }
};

}  // namespace

Transition Advance(State state, const Event& event, Moment now, const TuningPolicy& policy) {
  Transition result;
  result.state = std::move(state);
  Step step{result.state, policy, now, result.effects};
  std::visit(Dispatch{step}, event);
  return result;
}

}  // namespace trimtab::control
