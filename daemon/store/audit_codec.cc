// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/audit_codec.h"

#include "daemon/store/json_codec.h"

namespace trimtab::store_codec {

using nlohmann::json;

json ToJson(const AuditEntry& entry) {
  return {{"made_at_ns",
           std::chrono::duration_cast<Duration>(entry.made_at.time_since_epoch()).count()},
          {"caller", entry.caller},
          {"role", entry.role},
          {"call", entry.call},
          {"request", entry.request},
          {"state_before", entry.state_before},
          {"state_after", entry.state_after},
          {"config_before", ToJson(entry.config_before)},
          {"config_after", ToJson(entry.config_after)},
          {"outcome", entry.outcome},
          {"message", entry.message},
          {"admitted", entry.admitted}};
}

AuditEntry AuditFrom(const json& value) {
  AuditEntry entry;
  entry.made_at = WallTime(std::chrono::duration_cast<WallTime::duration>(
      Duration(value.at("made_at_ns").get<std::int64_t>())));
  value.at("caller").get_to(entry.caller);
  value.at("role").get_to(entry.role);
  value.at("call").get_to(entry.call);
  value.at("request").get_to(entry.request);
  value.at("state_before").get_to(entry.state_before);
  value.at("state_after").get_to(entry.state_after);
  entry.config_before = ConfigurationFrom(value.at("config_before"));
  entry.config_after = ConfigurationFrom(value.at("config_after"));
  value.at("outcome").get_to(entry.outcome);
  value.at("message").get_to(entry.message);
  value.at("admitted").get_to(entry.admitted);
  return entry;
}

}  // namespace trimtab::store_codec
