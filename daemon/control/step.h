// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/control/effect.h"
#include "daemon/control/event.h"
#include "daemon/control/state.h"
#include "daemon/model/policy.h"

// The parts of Advance (transition.h), one file a concern. Internal to control/.
namespace trimtab::control {

// One call of Advance in progress. Lives as long as the call.
struct Step {
  State& state;
  const TuningPolicy& policy;
  Moment now;
  std::vector<Effect>& effects;

  void Emit(Effect effect) { effects.push_back(std::move(effect)); }
  void Note(Journal::Level level, std::string message) {
    Emit(effect::Note{level, std::move(message)});
  }
  void Reply(absl::Status status) { Emit(effect::Reply{std::move(status), {}}); }
};

// --- records.cc
// Records the decision, of which number, moment and reason are given here.
void Decide(Step& step, DecisionReason reason, Decision decision);
void SaveCheckpoint(Step& step);
// Adds a window to the budgets. Saved by the next tick after a breach, else
// once a minute: what a kill loses is less than a minute without a breach.
void SpendBudgets(Step& step, Duration length, bool in_breach);
// The incumbent's score as last measured, in this round or before.
std::optional<Score> IncumbentScore(const State& state);
// Records the segment as a trial of the round.
void RecordSegment(Step& step, const Segment& segment, const SegmentReading& reading,
                   const SegmentEnd& end);
// Records a candidate that never reached the host.
void RecordRefused(Step& step, const Configuration& config, const std::string& reason);
// "threads 8 -> 16, cache_size 1000 -> 5000"; "no change".
std::string DescribeChange(const Configuration& from, const Configuration& to);
// "+12.3 % [+10.1, +14.5]".
std::string DescribeGain(const Gain& gain);
// The gain of two steps, one after the other.
Gain Compose(const Gain& first, const Gain& second);

// --- moves.cc: what the phases have in common.
bool MayApply(const TuningPolicy& policy);
// How long the host is asked to keep what isn't proven: what the policy says, or
// what the host grants at most.
Duration Lease(const Step& step);
// The lease was given or renewed just now.
void RenewLater(Step& step);
// The host stays reserved for this tuner while nothing is on trial, so that no
// other one measures and changes it meanwhile. A pause lets go of it.
void KeepHold(Step& step);
// Whether an unproven configuration of ours is in force.
bool OnLease(const State& state);
// Whether the host obeys another tuner at present.
bool HeldByAnother(const State& state);
// Null when the phase has none.
Segment* ActiveSegment(State& state);
const Segment* ActiveSegment(const State& state);
// Makes the segment and brings its configuration into force.
Segment BeginSegment(Step& step, TrialPurpose purpose, const Configuration& config);
// Brings a configuration into force that is to stay: under a lease, to be
// committed once the host has been seen to take it exactly so. `decision`, its
// reason set, is recorded then.
void ApplyToCommit(Step& step, ApplyPurpose purpose, const Configuration& config,
                   std::string reason, std::optional<Decision> decision = {});
// A change of the host's configuration was made just now.
void CountChange(Step& step);
// Pauses, with the host reserved, where the host has been changed as often within
// an hour as the guard allows; returns whether. What goes back is never delayed.
bool WaitsForChanges(Step& step);
// Ends the running segment, if any, with what is worth recording of it.
void AbortSegment(Step& step, Verdict verdict, const std::string& reason);
// Puts the host back on its committed configuration, where it isn't.
void RestoreCommitted(Step& step, const std::string& reason);
// In the modes that apply nothing not even a trial of our own is taken back: the
// host does it. Returns whether that is being waited for.
bool WaitForLease(Step& step);
// Or waiting for what is in force to be the committed configuration.
void EnterBaseline(Step& step);
// On probation while it isn't told yet whether the last promotion keeps its
// promise; an interruption begins the probation anew.
void EnterHolding(Step& step);
void EnterPaused(Step& step, std::string reason, std::optional<Duration> length);
// The study's own pause; nothing: until it is ended.
void EnterOperatorsPause(Step& step, std::optional<Duration> length);
void EnterFrozen(Step& step, const std::string& reason);
void EnterHostLost(Step& step, const std::string& reason);
// Ends what is on trial, puts the host back and is about to connect again.
void LetGo(Step& step, const std::string& reason);
void Reconnect(Step& step, const std::string& reason);
// On with whatever the study has to do next.
void Proceed(Step& step);
// How long to wait before attempt number `attempts`, from 1.
Duration Backoff(const TuningPolicy& policy, int attempts);

// --- connect.cc
void OnConnected(Step& step, const event::Connected& event);
void OnConnectFailed(Step& step, const event::ConnectFailed& event);
// Somebody else changed the host's configuration: give way.
void YieldToEdit(Step& step, const Configuration& ours);

// --- host_answers.cc
void OnApplied(Step& step, const event::Applied& event);
void OnApplyFailed(Step& step, const event::ApplyFailed& event);
void OnRenewed(Step& step, const ConfigState& config);
void OnRenewFailed(Step& step, const absl::Status& status);
void OnCommitted(Step& step, const event::Committed& event);
void OnConfigRead(Step& step, const event::ConfigRead& event);
void OnStoreFailed(Step& step, const event::StoreFailed& event);

// --- explore.cc
void OnBaselineEnd(Step& step, const SegmentReading& reading, const SegmentEnd& end);
void BeginRound(Step& step);
void NextExploration(Step& step);
// Whether the exploration spent its share of time in breach of the SLA: then the
// round ends, and the incumbent stays.
bool EndsForBudget(Step& step);
// Asks for the next candidate.
void AskSuggestion(Step& step);
void OnSuggested(Step& step, const event::Suggested& event);
void OnExplorationEnd(Step& step, const Segment& segment, const SegmentReading& reading,
                      const SegmentEnd& end);

// --- recovering.cc
// Waits on the committed configuration after a breach, then goes on with the
// round.
void EnterRecovering(Step& step, std::string reason);
void RecoveringWindow(Step& step, const HostWindow& window);
void RecoveringTick(Step& step);

// --- validate.cc
// The round's exploration is over: asks for the appraisal by which the next
// finalist is chosen, or ends the round.
void NextFinalist(Step& step);
// Validates the best finalist that wasn't judged yet.
void OnAppraised(Step& step, const event::Appraised& event);
void OnHalfEnd(Step& step, const Segment& segment, const SegmentReading& reading,
               const SegmentEnd& end);
void RepeatHalf(Step& step, const std::string& reason);
// Back on the committed configuration, done until something calls for a round.
void EndRound(Step& step);
void BeginPromotion(Step& step, phase::Promoting promotion);
void ApplyPromotion(Step& step);
void FinishPromotion(Step& step);
// The host did not take the proven candidate: recorded, and answered to who
// approved it.
void RecordFailedPromotion(Step& step, absl::StatusCode code, const std::string& why);
// The same, and on with the next finalist.
void FailPromotion(Step& step, absl::StatusCode code, const std::string& why);

// A comparison of a candidate with the incumbent begins.
void BeginComparison(Step& step, phase::Validating validating);

// --- probation.cc
void ProbationWindow(Step& step, const HostWindow& window, double score);
// The time of the probation is over: the promotion is confirmed, or compared
// once more with what it replaced.
void EndProbation(Step& step);
// Of the comparison with what was replaced: its gain over the incumbent, which
// it is taken back for when that is proven.
void EndComparison(Step& step, const std::vector<std::pair<double, double>>& pairs,
                   double confidence);
// One of the two can't be had or breaks the SLA.
void EndComparisonEarly(Step& step, bool incumbent_failed, const std::string& reason);
void RollBackToPrevious(Step& step, const std::string& reason, const std::optional<Gain>& observed);

// --- hold.cc
// Goes on with what was learnt of the incumbent, or begins to learn; the round
// is over now if it wasn't before.
void WatchIncumbent(Step& step);
// A study was loaded: its round's end on our own clock.
void RememberRoundEnd(Step& step);
// Tuning is not at rest any more, or comes to rest on something else.
void ForgetRoundEnd(State& state);
// When the next round may begin at the earliest for a reason that is there now;
// nothing without one.
std::optional<MonotonicTime> RetuneAt(const State& state, const TuningPolicy& policy);
void HoldWindow(Step& step, const HostWindow& window);
void FrozenWindow(Step& step);
void HoldTick(Step& step);
void FinishRollback(Step& step, const Configuration& config);
// The study goes on with what is committed now, after a rollback or a pin.
void TakeRolledBack(Step& step, const Configuration& config);
void TakePinned(Step& step, const std::string& reason);

// --- windows.cc
void OnWindow(Step& step, const HostWindow& window);
void OnMalformed(Step& step, const std::string& reason);
// Ends the running segment and goes on.
void EndSegment(Step& step, const SegmentReading& reading, const SegmentEnd& end);

// --- commands.cc
void OnCommand(Step& step, const event::Commanded& event);
void OnShutDown(Step& step);

// --- ticks.cc
void OnTick(Step& step);

}  // namespace trimtab::control
