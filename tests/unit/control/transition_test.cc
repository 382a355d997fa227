// SPDX-License-Identifier: Apache-2.0
// Advance as a function: the same input has the same output, whatever came
// before; and what it keeps whatever the events, also those that no host and no
// operator of sound mind would send.
#include "daemon/control/transition.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "daemon/control/publish.h"
#include "tests/unit/control/drawn_events.h"

namespace trimtab::control {
namespace {

using drawn::AnyMode;
using drawn::Draws;
using drawn::Policy;
using drawn::Walk;

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

RC_GTEST_PROP(AdvanceTest, NothingIsAppliedButUnderALease, ()) {
  const TuningMode mode = AnyMode();
  const TuningPolicy policy = Policy(mode);
  Walk(policy, *Draws(), [mode](const State&, const Event&, Moment, const Transition& step) {
    for (const Effect& effect : step.effects) {
      const auto* apply = std::get_if<effect::Apply>(&effect);
      if (apply == nullptr) continue;
      RC_ASSERT(mode == TuningMode::kApprove || mode == TuningMode::kAuto);
      RC_ASSERT(step.state.host.has_value());
      RC_ASSERT(apply->request.lease > Duration::zero());
    }
  });
}

RC_GTEST_PROP(AdvanceTest, APromotionIsPrecededByItsProof, ()) {
  const TuningPolicy policy = Policy(AnyMode());
  Walk(policy, *Draws(),
       [&policy](const State& before, const Event& event, Moment, const Transition& step) {
         for (const Effect& effect : step.effects) {
           const auto* apply = std::get_if<effect::Apply>(&effect);
           if (apply != nullptr && apply->purpose == ApplyPurpose::kPromote) {
             RC_ASSERT(std::holds_alternative<phase::Promoting>(step.state.phase));
             const auto& promoting = std::get<phase::Promoting>(step.state.phase);
             RC_ASSERT(promoting.gain.lower_ratio > policy.validation.min_gain_ratio);
             RC_ASSERT(promoting.candidate.config == apply->request.config);
           }
           const auto* commit = std::get_if<effect::Commit>(&effect);
           if (commit == nullptr) continue;
           // What the host took as asked, and no other.
           const auto* applied = std::get_if<event::Applied>(&event);
           RC_ASSERT(applied != nullptr && applied->result.applied);
           RC_ASSERT(applied->result.state.config == applied->request.config);
           if (applied->purpose == ApplyPurpose::kTrial) {
             // Only what was committed before, of which the lease falls away.
             RC_ASSERT(commit->purpose == ApplyPurpose::kRestore);
             RC_ASSERT(applied->request.config == before.host->config.committed);
             continue;
           }
           RC_ASSERT(applied->purpose == commit->purpose);
           if (commit->purpose == ApplyPurpose::kPromote) {
             RC_ASSERT(std::holds_alternative<phase::Promoting>(before.phase));
           } else {
             RC_ASSERT(commit->purpose == ApplyPurpose::kPin ||
                       commit->purpose == ApplyPurpose::kReapply ||
                       commit->purpose == ApplyPurpose::kRestore ||
                       commit->purpose == ApplyPurpose::kRollback);
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
         // Numbers are the study's: without one nothing is kept.
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
