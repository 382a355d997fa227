// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/model/configuration.h"
#include "daemon/model/objective.h"

namespace trimtab {

// Why a decision was made. In the order of DecisionReason in tuner.proto,
// whose comments say what each means.
enum class DecisionReason {
  kBaseline,
  kPromoted,
  kNotProven,
  kRecommended,
  kApproved,
  kRejected,
  kSlaBreach,
  kHopeless,
  kProbationFailed,
  kOperatorRollback,
  kOperatorPin,
  kOperatorEdit,
  kHostRestarted,
  kRecovered,
  kFrozen,
  kDrift,
  kBudgetSpent,
  kShutdown,
  kOperatorCommand,
  kConfirmed,
  kResumed,
};
inline constexpr int kDecisionReasonCount = 21;
// "baseline", "promoted", ... as in logs, Prometheus labels and the store.
std::string_view Name(DecisionReason reason);
std::optional<DecisionReason> DecisionReasonByName(std::string_view name);
// Whether the decision put the host back on an earlier configuration.
bool IsRollback(DecisionReason reason);
// Whether what such a decision changed from was committed then, and so may be
// gone back to. The others name a candidate there.
bool ChangedFromCommitted(DecisionReason reason);

// One recorded change, or refusal of a change, with its evidence.
struct Decision {
  std::int64_t id = 0;
  WallTime made_at;
  DecisionReason reason = DecisionReason::kBaseline;
  std::string explanation;
  Configuration old_config;
  Configuration new_config;
  std::optional<Gain> expected_gain;
  std::optional<Gain> observed_gain;
  std::vector<std::int64_t> trial_ids;
  // "trimtabd", or the operator as far as known.
  std::string actor = "trimtabd";
};

}  // namespace trimtab
