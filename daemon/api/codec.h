// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include "daemon/model/status.h"
#include "daemon/ports/trial_store.h"
#include "trimtab/v1/tuner.pb.h"

// The model's values as messages of tuner.proto.
namespace trimtab::api_codec {

v1::TunerStatus Encode(const TunerStatus& status, Duration uptime);
v1::ScoredConfiguration Encode(const ScoredConfiguration& scored);
v1::Gain Encode(const Gain& gain);
v1::ErrorBudget Encode(const ErrorBudget& budget);
v1::Trial Encode(const Trial& trial);
v1::Decision Encode(const Decision& decision);
v1::StudyHeader Encode(const Study& study, const SearchSpace& space);
// What an import takes over of a trial: not its number, round, purpose and
// generation, which are those of the study that takes it. INVALID_ARGUMENT,
// the field's name first: for a value that isn't finite, a negative count, a
// malformed time, a trial without a configuration, or an unknown verdict.
absl::StatusOr<Trial> Decode(const v1::Trial& message);

}  // namespace trimtab::api_codec
