// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/decision.h"

#include <array>

namespace trimtab {
namespace {

constexpr std::array<std::string_view, kDecisionReasonCount> kNames = {
    "baseline",     "promoted",      "not_proven",     "recommended",      "approved",
    "rejected",     "sla_breach",    "hopeless",       "probation_failed", "operator_rollback",
    "operator_pin", "operator_edit", "host_restarted", "recovered",        "frozen",
    "drift",        "budget_spent",  "shutdown",       "operator_command", "confirmed",
    "resumed",
};

}  // namespace

std::string_view Name(DecisionReason reason) { return kNames[static_cast<std::size_t>(reason)]; }

std::optional<DecisionReason> DecisionReasonByName(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<DecisionReason>(i);
  }
  return std::nullopt;
}

bool IsRollback(DecisionReason reason) {
  switch (reason) {
    case DecisionReason::kSlaBreach:
    case DecisionReason::kHopeless:
    case DecisionReason::kProbationFailed:
    case DecisionReason::kOperatorRollback:
    case DecisionReason::kRecovered:
    case DecisionReason::kBudgetSpent:
      return true;
    default:
      return false;
  }
}

bool ChangedFromCommitted(DecisionReason reason) {
  switch (reason) {
    case DecisionReason::kPromoted:
    case DecisionReason::kApproved:
    case DecisionReason::kOperatorRollback:
    case DecisionReason::kOperatorPin:
    case DecisionReason::kOperatorEdit:
    case DecisionReason::kOperatorCommand:
    case DecisionReason::kHostRestarted:
    case DecisionReason::kFrozen:
    case DecisionReason::kDrift:
    case DecisionReason::kConfirmed:
      return true;
    default:
      return false;
  }
}

}  // namespace trimtab
