// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/audit_codec.h"

#include "daemon/store/json_codec.h"
#include "daemon/store/json_reading.h"

namespace trimtab::store_codec {
namespace {

using nlohmann::json;

json ToJson(const AuditedState& state) {
  return {{"state", static_cast<int>(state.state)},
          {"mode", static_cast<int>(state.mode)},
          {"config", store_codec::ToJson(state.config)}};
}

AuditedState StateFrom(const json& value) {
  AuditedState state;
  state.state = EnumFrom(value.at("state"), TunerState::kStopped);
  state.mode = EnumFrom(value.at("mode"), TuningMode::kAuto);
  state.config = ConfigurationFrom(value.at("config"));
  return state;
}

}  // namespace

json ToJson(const AuditEntry& entry) {
  return {{"made_ns", Nanos(entry.made_at)},
          {"caller", entry.caller},
          {"role", entry.role},
          {"peer", entry.peer},
          {"call", entry.call},
          {"request", entry.request},
          {"before", ToJson(entry.before)},
          {"after", ToJson(entry.after)},
          {"outcome", static_cast<int>(entry.outcome)},
          {"message", entry.message},
          {"count", entry.count}};
}

AuditEntry AuditFrom(const json& value) {
  AuditEntry entry;
  entry.made_at = TimeFrom(value.at("made_ns"));
  value.at("caller").get_to(entry.caller);
  value.at("role").get_to(entry.role);
  value.at("peer").get_to(entry.peer);
  value.at("call").get_to(entry.call);
  value.at("request").get_to(entry.request);
  entry.before = StateFrom(value.at("before"));
  entry.after = StateFrom(value.at("after"));
  entry.outcome = EnumFrom(value.at("outcome"), absl::StatusCode::kUnauthenticated);
  value.at("message").get_to(entry.message);
  entry.count = IntegerFrom<std::int64_t>(value.at("count"));
  return entry;
}

}  // namespace trimtab::store_codec
