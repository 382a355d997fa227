// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/space_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace trimtab::control {
namespace {

// A renewal comes after a third of it, and takes a call.
constexpr Duration kLeastLease = std::chrono::milliseconds(500);

class Complaints {
 public:
  void Add(const std::string& text) {
    if (!text_.empty()) text_ += "; ";
    text_ += text;
  }
  absl::Status Result() const {
    return text_.empty() ? absl::OkStatus() : absl::FailedPreconditionError(text_);
  }

 private:
  std::string text_;
};

std::string ParameterNames(const HostDescription& host) {
  std::vector<std::string> names;
  for (const HostParameter& parameter : host.parameters) names.push_back(parameter.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

void CheckValue(const HostParameter& parameter, const ParameterValue& value,
                Complaints& complaints) {
  if (TypeOf(value) == ParameterType::kCategorical) {
    const std::string& category = std::get<std::string>(value);
    const auto& allowed = parameter.categories;
    if (std::find(allowed.begin(), allowed.end(), category) == allowed.end()) {
      complaints.Add(fmt::format("{}: the host doesn't know '{}'; it allows {}", parameter.name,
                                 category, fmt::join(allowed, ", ")));
    }
    return;
  }
  const double number = *ToNumber(value);
  if (parameter.min && number < *parameter.min) {
    complaints.Add(fmt::format("{}: {} is below the host's minimum of {}", parameter.name,
                               ToString(value), *parameter.min));
  }
  if (parameter.max && number > *parameter.max) {
    complaints.Add(fmt::format("{}: {} is above the host's maximum of {}", parameter.name,
                               ToString(value), *parameter.max));
  }
}

// Null, with a complaint, when the host can't change such a parameter.
const HostParameter* FindFitting(const HostDescription& host, const std::string& name,
                                 ParameterType type, Complaints& complaints) {
  const HostParameter* parameter = host.Find(name);
  if (parameter == nullptr) {
    complaints.Add(
        fmt::format("{}: the host has no such parameter; it has {}", name, ParameterNames(host)));
    return nullptr;
  }
  if (parameter->type != type) {
    complaints.Add(fmt::format("{}: is of type {} in the settings, but {} on the host", name,
                               Name(type), Name(parameter->type)));
    return nullptr;
  }
  if (parameter->needs_restart) {
    complaints.Add(fmt::format("{}: the host changes it only at a restart", name));
    return nullptr;
  }
  return parameter;
}

}  // namespace

absl::Status CheckSpaceAgainstHost(const TuningPolicy& policy, const HostDescription& host) {
  Complaints complaints;
  if (policy.needs_benchmark && !host.has_benchmark) {
    complaints.Add(
        "host.metrics is 'benchmark', but the host has no benchmark of its own: give it one, or "
        "set host.metrics to auto and bring it live traffic");
  }
  const auto ms = [](Duration length) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(length).count();
  };
  if (policy.measure.window_timeout < host.window_length) {
    complaints.Add(
        fmt::format("measure.window_timeout_ms: {} is shorter than the host's windows of {} ms",
                    ms(policy.measure.window_timeout), ms(host.window_length)));
  }
  if (host.max_lease < kLeastLease) {
    complaints.Add(
        fmt::format("the host keeps what isn't proven for {} ms at most, too short to be "
                    "renewed in time; at least {} ms are needed",
                    ms(host.max_lease), ms(kLeastLease)));
  }
  for (const Dimension& dimension : policy.space.dimensions()) {
    const HostParameter* parameter = FindFitting(host, dimension.name, dimension.type, complaints);
    if (parameter == nullptr) continue;
    for (const ParameterValue& value : dimension.values) {
      CheckValue(*parameter, value, complaints);
    }
    if (dimension.values.empty()) {
      CheckValue(*parameter, dimension.At(0), complaints);
      CheckValue(*parameter, dimension.At(1), complaints);
    }
  }
  for (const auto& [name, value] : policy.fixed) {
    const HostParameter* parameter = FindFitting(host, name, TypeOf(value), complaints);
    if (parameter != nullptr) CheckValue(*parameter, value, complaints);
  }
  return complaints.Result();
}

bool InSpace(const Configuration& config, const SearchSpace& space) {
  return std::all_of(space.dimensions().begin(), space.dimensions().end(),
                     [&config](const Dimension& dimension) {
                       const ParameterValue* value = config.Find(dimension.name);
                       return value != nullptr && dimension.Check(*value).ok();
                     });
}

}  // namespace trimtab::control
