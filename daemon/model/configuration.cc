// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/configuration.h"

#include <utility>

#include "daemon/base/fingerprint.h"

namespace trimtab {

const ParameterValue* Configuration::Find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

void Configuration::Set(std::string_view name, ParameterValue value) {
  values_.insert_or_assign(std::string(name), std::move(value));
}

Configuration Configuration::With(const Configuration& changes) const {
  Configuration result = *this;
  for (const auto& [name, value] : changes) result.Set(name, value);
  return result;
}

Configuration Configuration::RestrictedTo(const Configuration& other) const {
  Configuration result;
  for (const auto& [name, value] : values_) {
    if (other.Find(name) != nullptr) result.Set(name, value);
  }
  return result;
}

std::string Configuration::ToString() const {
  std::string text;
  for (const auto& [name, value] : values_) {
    if (!text.empty()) text += ' ';
    text += name;
    text += '=';
    text += trimtab::ToString(value);
  }
  return text;
}

std::uint64_t Configuration::Fingerprint() const {
  Fnv1a hash;
  for (const auto& [name, value] : values_) {
    hash.Add(name);
    hash.Add(trimtab::Name(TypeOf(value)));
    hash.Add(trimtab::ToString(value));
  }
  return hash.value();
}

std::vector<std::string> Difference(const Configuration& a, const Configuration& b) {
  std::vector<std::string> names;
  for (const auto& [name, value] : a) {
    const ParameterValue* other = b.Find(name);
    if (other == nullptr || *other != value) names.push_back(name);
  }
  for (const auto& [name, value] : b) {
    if (a.Find(name) == nullptr) names.push_back(name);
  }
  return names;
}

}  // namespace trimtab
