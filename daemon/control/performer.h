// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/control/advisor.h"
#include "daemon/control/effect.h"
#include "daemon/control/event.h"
#include "daemon/control/state.h"
#include "daemon/model/policy.h"
#include "daemon/ports/host_link.h"
#include "daemon/ports/journal.h"
#include "daemon/ports/trial_store.h"

namespace trimtab::control {

// Performs the effects of the loop on the ports and turns their results into
// events. Records that the store refused are kept, in order, and stored before
// anything else is; the loop pauses meanwhile, so that they stay few. Not
// thread-safe: belongs to the loop's thread.
class Performer {
 public:
  // The ports must outlive this.
  Performer(HostLink& link, TrialStore& store, Journal& journal, Clock& clock);

  // Replaces what suggestions and study are made from.
  void SetPolicy(const TuningPolicy& policy);

  // Performs one effect; the event, if there is one, is to be fed back.
  // effect::Reply and effect::Finish are not performed here.
  std::optional<Event> Perform(const Effect& effect, const State& state);

  // The study in hand; nothing before the first effect::Connect succeeded.
  const std::optional<Study>& study() const { return study_; }

  std::map<std::string, std::int64_t> host_failures() const { return host_failures_; }
  std::int64_t store_failures() const { return store_failures_; }
  Duration suggestion_time() const { return suggestion_time_; }
  std::int64_t suggestions() const { return suggestions_; }

 private:
  Event Connect();
  Event Suggest(const effect::Suggest& suggest, const State& state);
  Event Appraise(const State& state);
  Event Apply(const effect::Apply& apply);
  Event Commit(const effect::Commit& commit);
  absl::StatusOr<event::LoadedStudy> LoadStudy(const HostDescription& host);

  void ForgetIntent();

  // Stores a record after all that are still waiting.
  std::optional<Event> Store(std::function<absl::Status()> record, bool checkpoint = false);
  // Stores what is waiting, in order, up to the first failure.
  absl::Status Flush();
  void CountHost(const char* call, const absl::Status& status);

  HostLink& link_;
  TrialStore& store_;
  Journal& journal_;
  Clock& clock_;
  TuningPolicy policy_;
  Advisor advisor_;
  std::optional<Study> study_;
  // The stored intent is of a change that was made: it is forgotten once a
  // checkpoint names the change.
  bool intent_made_ = false;
  struct Unsaved {
    std::function<absl::Status()> record;
    // A later checkpoint takes its place.
    bool checkpoint = false;
  };
  std::deque<Unsaved> unsaved_;
  std::map<std::string, std::int64_t> host_failures_;
  std::int64_t store_failures_ = 0;
  Duration suggestion_time_{};
  std::int64_t suggestions_ = 0;
};

}  // namespace trimtab::control
