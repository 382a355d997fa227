// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/host.h"

namespace trimtab {

const HostParameter* HostDescription::Find(std::string_view name) const {
  for (const HostParameter& parameter : parameters) {
    if (parameter.name == name) return &parameter;
  }
  return nullptr;
}

const char* Name(ConfigSource source) {
  switch (source) {
    case ConfigSource::kDefault:
      return "default";
    case ConfigSource::kTuner:
      return "tuner";
    case ConfigSource::kOperator:
      return "operator";
  }
  return "unknown";
}

const char* Name(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::kApplied:
      return "applied";
    case OutcomeKind::kClamped:
      return "clamped";
    case OutcomeKind::kIgnored:
      return "ignored";
    case OutcomeKind::kRestartNeeded:
      return "restart needed";
    case OutcomeKind::kRejected:
      return "rejected";
  }
  return "unknown";
}

}  // namespace trimtab
