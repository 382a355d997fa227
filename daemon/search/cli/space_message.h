// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <nlohmann/json.hpp>

#include "daemon/search/bayes.h"

namespace trimtab::search_cli {

// What a "space" message says.
struct Problem {
  SearchSpace space;
  bool minimize = true;
  std::uint64_t seed = 0;
  StrategyOptions options;
};

// INVALID_ARGUMENT names the field that is wrong and what is allowed; a field
// that is not known is wrong.
absl::StatusOr<Problem> ParseProblem(const nlohmann::json& message);

// A configuration object over the parameters of `space`. INVALID_ARGUMENT for
// an unknown or missing parameter and for a value that is not allowed.
absl::StatusOr<Configuration> ParseConfig(const nlohmann::json& config, const SearchSpace& space);
nlohmann::json ToJson(const Configuration& configuration);

// INVALID_ARGUMENT when the object has a field that is not among `known`; `where`
// stands before its name.
absl::Status CheckFields(const nlohmann::json& object,
                         std::initializer_list<std::string_view> known, const std::string& where);

// One trial's result, an "observe" message.
absl::StatusOr<Observation> ParseObservation(const nlohmann::json& message, const Problem& problem);

}  // namespace trimtab::search_cli
