// SPDX-License-Identifier: Apache-2.0
#include "daemon/access/access_policy.h"

#include <algorithm>
#include <utility>

namespace trimtab {
namespace {

template <typename T>
bool Holds(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

AccessPolicy::AccessPolicy(AccessSettings settings, std::uint32_t own_uid)
    : settings_(std::move(settings)), own_uid_(own_uid) {}

template <typename Is>
Role AccessPolicy::HighestRole(const Is& is_member) const {
  Role highest = settings_.anonymous;
  for (const auto& [role, members] : settings_.roles) {
    if (is_member(members)) highest = std::max(highest, role);
  }
  return highest;
}

Caller AccessPolicy::OfUid(std::uint32_t uid) const {
  Caller caller{"uid:" + std::to_string(uid), Role::kAdmin};
  if (uid != 0 && uid != own_uid_) {
    caller.role = HighestRole([&](const RoleMembers& each) { return Holds(each.uids, uid); });
  }
  return caller;
}

Caller AccessPolicy::OfCertificate(const std::vector<std::string>& names) const {
  Caller best = Nobody();
  for (const std::string& name : names) {
    const Role role =
        HighestRole([&](const RoleMembers& each) { return Holds(each.certificates, name); });
    if (best.name == "nobody" || role > best.role) best = {"certificate:" + name, role};
  }
  return best;
}

Caller AccessPolicy::OfToken(const std::string& name) const {
  return {"token:" + name,
          HighestRole([&](const RoleMembers& each) { return Holds(each.tokens, name); })};
}

std::set<std::uint32_t> AccessPolicy::KnownUids() const {
  std::set<std::uint32_t> uids = {0, own_uid_};
  for (const auto& [role, members] : settings_.roles) {
    uids.insert(members.uids.begin(), members.uids.end());
  }
  return uids;
}

}  // namespace trimtab
