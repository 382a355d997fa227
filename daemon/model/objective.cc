// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/objective.h"

#include <fmt/format.h>

namespace trimtab {
namespace {

std::string ScoreName(const ObjectiveSpec& objective) {
  using Kind = ObjectiveSpec::Kind;
  switch (objective.kind) {
    case Kind::kReference:
      return "reference";
    case Kind::kMaximize:
      return fmt::format("maximize {}", std::string(Info(objective.metric).name));
    case Kind::kMinimize:
      return fmt::format("minimize {}", std::string(Info(objective.metric).name));
    case Kind::kWeighted: {
      std::string text = "weighted";
      for (const auto& [each, weight] : objective.weights) {
        text += fmt::format(" {}={}", std::string(Info(each).name), weight);
      }
      return text;
    }
  }
  return "unknown";
}

}  // namespace

std::string ObjectiveSpec::ToString() const {
  std::string text = ScoreName(*this);
  for (const Metric each : front) text += fmt::format(" with {}", std::string(Info(each).name));
  return text;
}

}  // namespace trimtab
