// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/guard.h"

#include <cmath>
#include <optional>

#include "daemon/base/error.h"
#include "daemon/model/neighbourhood.h"

namespace trimtab::control {
namespace {

// Slack for places that went through a logarithm.
constexpr double kPlaceTolerance = 1e-9;

absl::Status CheckStep(const Dimension& dimension, const Configuration& candidate,
                       const Configuration& incumbent, double limit) {
  const ParameterValue* from = incumbent.Find(dimension.name);
  const ParameterValue* to = candidate.Find(dimension.name);
  if (from == nullptr || to == nullptr || dimension.type == ParameterType::kCategorical ||
      dimension.type == ParameterType::kBool) {
    return absl::OkStatus();
  }
  const std::optional<double> from_place = dimension.PlaceOf(*from);
  const std::optional<double> to_place = dimension.PlaceOf(*to);
  // An incumbent outside the space has no place to measure a step from.
  if (!from_place || !to_place) return absl::OkStatus();
  const double step = std::abs(*to_place - *from_place);
  if (step <= limit + kPlaceTolerance) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition,
               "guard: {} would step from {} to {}, {:.0f} % of its range; allowed are {:.0f} %",
               dimension.name, ToString(*from), ToString(*to), step * 100, limit * 100);
}

}  // namespace

absl::Status CheckCandidate(const Configuration& candidate, const Configuration& incumbent,
                            const TuningPolicy& policy) {
  for (const Dimension& dimension : policy.space.dimensions()) {
    const ParameterValue* value = candidate.Find(dimension.name);
    if (value == nullptr) {
      return Error(absl::StatusCode::kFailedPrecondition, "guard: {} is missing", dimension.name);
    }
    if (absl::Status status = dimension.Check(*value); !status.ok()) {
      return absl::FailedPreconditionError("guard: " + Message(status));
    }
    absl::Status step = CheckStep(dimension, candidate, incumbent, policy.guard.max_step_ratio);
    if (!step.ok()) return step;
  }
  if (absl::Status status = policy.space.CheckRules(candidate); !status.ok()) {
    return absl::FailedPreconditionError("guard: " + Message(status));
  }
  return absl::OkStatus();
}

SearchSpace SpaceAround(const Configuration& incumbent, const TuningPolicy& policy) {
  const double reach = policy.guard.max_step_ratio;
  return reach < 1 ? Near(policy.space, incumbent, reach) : policy.space;
}

}  // namespace trimtab::control
