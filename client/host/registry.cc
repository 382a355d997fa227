// SPDX-License-Identifier: Apache-2.0
#include "client/host/registry.h"

#include <algorithm>
#include <exception>
#include <set>

#include "daemon/base/error.h"

namespace trimtab::host {
namespace {

absl::Status Call(const Parameter& parameter, const Value& value) {
  // The callback is the host's own code; whatever it throws must not end the
  // thread that carries the lease.
  try {
    return parameter.apply(value);
  } catch (const std::exception& e) {
    return Error(absl::StatusCode::kInternal, "the callback threw: {}", e.what());
  } catch (...) {
    return Error(absl::StatusCode::kInternal, "the callback threw");
  }
}

}  // namespace

std::vector<std::string> Registry::Mistakes() const {
  std::vector<std::string> mistakes;
  std::set<std::string_view> seen;
  for (const Parameter& parameter : parameters_) {
    if (auto status = CheckParameter(parameter); !status.ok()) mistakes.push_back(Message(status));
    if (!seen.insert(parameter.name).second) {
      mistakes.push_back(fmt::format("{}: the parameter is there twice", parameter.name));
    }
  }
  return mistakes;
}

const Parameter* Registry::Find(std::string_view name) const {
  const auto found = std::find_if(parameters_.begin(), parameters_.end(),
                                  [&](const Parameter& p) { return p.name == name; });
  return found == parameters_.end() ? nullptr : &*found;
}

Values Registry::Initial() const {
  Values values;
  for (const Parameter& parameter : parameters_) values[parameter.name] = parameter.initial;
  return values;
}

Registry::Switched Registry::Switch(const Values& from, const Values& to, bool undo) const {
  Switched result{absl::OkStatus(), "", from};
  std::vector<const Parameter*> changed;
  for (const Parameter& parameter : parameters_) {
    const Value& wanted = to.at(parameter.name);
    if (wanted == from.at(parameter.name)) continue;
    const absl::Status status = Call(parameter, wanted);
    if (status.ok()) {
      result.in_force[parameter.name] = wanted;
      changed.push_back(&parameter);
      continue;
    }
    if (result.status.ok()) {
      result.status = Error(status.code(), "{}: {}", parameter.name, Message(status));
      result.failed = parameter.name;
    }
    if (undo) break;
  }
  if (result.status.ok() || !undo) return result;
  for (auto it = changed.rbegin(); it != changed.rend(); ++it) {
    const Parameter& parameter = **it;
    const Value& before = from.at(parameter.name);
    if (Call(parameter, before).ok()) result.in_force[parameter.name] = before;
  }
  return result;
}

}  // namespace trimtab::host
