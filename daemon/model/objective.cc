// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/objective.h"

#include <fmt/format.h>

namespace trimtab {

std::string ObjectiveSpec::ToString() const {
  switch (kind) {
    case Kind::kReference:
      return "reference";
    case Kind::kMaximize:
      return fmt::format("maximize {}", std::string(Info(metric).name));
    case Kind::kMinimize:
      return fmt::format("minimize {}", std::string(Info(metric).name));
    case Kind::kWeighted: {
      std::string text = "weighted";
      for (const auto& [each, weight] : weights) {
        text += fmt::format(" {}={}", std::string(Info(each).name), weight);
      }
      return text;
    }
  }
  return "unknown";
}

}  // namespace trimtab
