// SPDX-License-Identifier: Apache-2.0
#include "client/host/parameter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

#include "daemon/base/error.h"

namespace trimtab::host {
namespace {

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
// The parameters with fields of their own in SystemConfig: whole numbers.
constexpr std::array<std::string_view, 6> kNamed = {"thread_pool_size", "connection_pool_size",
                                                    "cache_size",       "batch_size",
                                                    "timeout_ms",       "retry_count"};
// A longer timeout than this doesn't fit the daemon's durations: 292 years.
constexpr std::int64_t kMaxTimeoutMs = 9'223'372'035'000;

bool IsName(std::string_view name) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && lower(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return lower(c) || (c >= '0' && c <= '9') || c == '_';
  });
}

bool IsFinite(const Value& value) {
  const auto* number = std::get_if<double>(&value);
  return number == nullptr || std::isfinite(*number);
}

bool IsCategory(const Parameter& parameter, const Value& value) {
  return std::find(parameter.categories.begin(), parameter.categories.end(),
                   std::get<std::string>(value)) != parameter.categories.end();
}

absl::Status CheckCategories(const Parameter& parameter) {
  std::set<std::string_view> seen;
  for (const std::string& category : parameter.categories) {
    if (category.empty() || !seen.insert(category).second) {
      return Error(kInvalid, "{}: category '{}' is empty or there twice", parameter.name, category);
    }
  }
  if (IsCategory(parameter, parameter.initial)) return absl::OkStatus();
  return Error(kInvalid, "{}: the initial value '{}' is none of the categories {}", parameter.name,
               ToText(parameter.initial), fmt::join(parameter.categories, ", "));
}

absl::Status CheckRange(const Parameter& parameter) {
  for (const Value* value : {&parameter.min, &parameter.max, &parameter.initial}) {
    if (!IsFinite(*value)) {
      return Error(kInvalid, "{}: the range and the initial value must be finite", parameter.name);
    }
  }
  if (parameter.max < parameter.min) {
    return Error(kInvalid, "{}: the range is upside down: min {} is above max {}", parameter.name,
                 ToText(parameter.min), ToText(parameter.max));
  }
  if (parameter.initial < parameter.min || parameter.max < parameter.initial) {
    return Error(kInvalid, "{}: the initial value {} is outside the range {} to {}", parameter.name,
                 ToText(parameter.initial), ToText(parameter.min), ToText(parameter.max));
  }
  return absl::OkStatus();
}

absl::Status CheckNamed(const Parameter& parameter) {
  if (std::find(kNamed.begin(), kNamed.end(), parameter.name) == kNamed.end()) {
    return absl::OkStatus();
  }
  if (KindOf(parameter.initial) != Kind::kInt) {
    return Error(kInvalid, "{}: this name is kept for a whole number", parameter.name);
  }
  if (parameter.name == "timeout_ms" && (std::get<std::int64_t>(parameter.min) < 0 ||
                                         std::get<std::int64_t>(parameter.max) > kMaxTimeoutMs)) {
    return Error(kInvalid, "{}: the range must be within 0 to {}", parameter.name, kMaxTimeoutMs);
  }
  return absl::OkStatus();
}

Judgement Reject(const Value& present, std::string message) {
  return {Judgement::Kind::kRejected, present, std::move(message)};
}

Judgement JudgeNumber(const Parameter& parameter, const Value& requested, const Value& present) {
  if (!IsFinite(requested)) return Reject(present, "the value is not finite");
  if (requested < parameter.min) {
    return {Judgement::Kind::kClamped, parameter.min,
            fmt::format("{} is below the smallest value, {}", ToText(requested),
                        ToText(parameter.min))};
  }
  if (parameter.max < requested) {
    return {
        Judgement::Kind::kClamped, parameter.max,
        fmt::format("{} is above the largest value, {}", ToText(requested), ToText(parameter.max))};
  }
  return {Judgement::Kind::kAccepted, requested, ""};
}

}  // namespace

const char* Words(Kind kind) {
  switch (kind) {
    case Kind::kInt:
      return "a whole number";
    case Kind::kDouble:
      return "a real number";
    case Kind::kBool:
      return "a switch";
    case Kind::kCategory:
      return "a category";
  }
  return "";
}

std::string ToText(const Value& value) {
  return std::visit([](const auto& v) { return fmt::format("{}", v); }, value);
}

absl::Status CheckParameter(const Parameter& parameter) {
  if (!IsName(parameter.name)) {
    return Error(kInvalid,
                 "'{}' is no parameter's name: it must be a lower-case letter, then lower-case "
                 "letters, digits and underscores",
                 parameter.name);
  }
  if (!parameter.apply && !parameter.needs_restart) {
    return Error(kInvalid, "{}: a parameter without an apply callback must say needs_restart",
                 parameter.name);
  }
  if (auto status = CheckNamed(parameter); !status.ok()) return status;
  switch (KindOf(parameter.initial)) {
    case Kind::kInt:
    case Kind::kDouble:
      return CheckRange(parameter);
    case Kind::kCategory:
      return CheckCategories(parameter);
    case Kind::kBool:
      break;
  }
  return absl::OkStatus();
}

Judgement Judge(const Parameter& parameter, const Value& requested, const Value& present) {
  const Kind kind = KindOf(parameter.initial);
  if (KindOf(requested) != kind) {
    return Reject(present, fmt::format("the value is {}, the parameter takes {}",
                                       Words(KindOf(requested)), Words(kind)));
  }
  Judgement judgement{Judgement::Kind::kAccepted, requested, ""};
  if (kind == Kind::kInt || kind == Kind::kDouble) {
    judgement = JudgeNumber(parameter, requested, present);
  } else if (kind == Kind::kCategory && !IsCategory(parameter, requested)) {
    judgement = Reject(present, fmt::format("'{}' is none of {}", ToText(requested),
                                            fmt::join(parameter.categories, ", ")));
  }
  const bool changes = judgement.kind != Judgement::Kind::kRejected && judgement.value != present;
  if (parameter.needs_restart && changes) {
    return {Judgement::Kind::kRestartNeeded, present,
            fmt::format("{} is in force until the host is restarted", ToText(present))};
  }
  return judgement;
}

}  // namespace trimtab::host
