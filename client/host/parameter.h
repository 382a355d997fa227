// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <functional>
#include <string>
#include <vector>

#include "trimtab/host.h"

namespace trimtab::host {

// The kind of a parameter's values, in the order of Value's alternatives.
enum class Kind { kInt, kDouble, kBool, kCategory };

inline Kind KindOf(const Value& value) { return static_cast<Kind>(value.index()); }
// "a whole number", "a real number", "a switch", "a category".
const char* Words(Kind kind);
// The value as a person would write it.
std::string ToText(const Value& value);

// One parameter of any kind. `min` and `max` are of the kind of `initial`, and
// only meant for numbers.
struct Parameter {
  std::string name;
  Value min;
  Value max;
  std::vector<std::string> categories;
  Value initial;
  std::string unit;
  std::string description;
  bool needs_restart = false;
  // Empty only with `needs_restart`.
  std::function<absl::Status(const Value&)> apply;
};

// Whether the parameter makes sense by itself.
absl::Status CheckParameter(const Parameter& parameter);

// What a parameter makes of a value asked for.
struct Judgement {
  enum class Kind { kAccepted, kClamped, kRestartNeeded, kRejected };
  Kind kind = Kind::kAccepted;
  // The value to put into force; the present one unless accepted or clamped.
  Value value;
  // Why not as asked; empty for kAccepted.
  std::string message;
};
Judgement Judge(const Parameter& parameter, const Value& requested, const Value& present);

}  // namespace trimtab::host
