// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "daemon/access/access_settings.h"

namespace trimtab {

// Gives the role that the settings give to a caller. Immutable.
class AccessPolicy {
 public:
  // On a Unix socket `own_uid` and root are admin, whatever the settings say.
  AccessPolicy(AccessSettings settings, std::uint32_t own_uid);

  Caller Nobody() const { return {"nobody", settings_.anonymous}; }
  Caller OfUid(std::uint32_t uid) const;
  // A certificate's names, the common name first: the one with the highest role.
  Caller OfCertificate(const std::vector<std::string>& names) const;
  Caller OfToken(const std::string& name) const;

  // Those whose role differs from that of any other uid.
  std::set<std::uint32_t> KnownUids() const;

 private:
  template <typename Is>
  Role HighestRole(const Is& is_member) const;

  const AccessSettings settings_;
  const std::uint32_t own_uid_;
};

}  // namespace trimtab
