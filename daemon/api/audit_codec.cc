// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/audit_codec.h"

#include "daemon/codec/configuration.h"
#include "daemon/codec/time.h"

namespace trimtab::api_codec {
namespace {

v1::AuditedState EncodeState(const AuditedState& state) {
  v1::AuditedState message;
  message.set_state(static_cast<v1::TunerState>(static_cast<int>(state.state) + 1));
  message.set_mode(static_cast<v1::TuningMode>(static_cast<int>(state.mode) + 1));
  *message.mutable_config() = codec::EncodeConfiguration(state.config);
  return message;
}

}  // namespace

v1::AuditRecord Encode(const AuditEntry& entry) {
  v1::AuditRecord message;
  message.set_id(entry.id);
  *message.mutable_made_at() = codec::EncodeTime(entry.made_at);
  message.set_caller(entry.caller);
  message.set_role(entry.role);
  message.set_peer(entry.peer);
  message.set_call(entry.call);
  message.set_request(entry.request);
  *message.mutable_before() = EncodeState(entry.before);
  *message.mutable_after() = EncodeState(entry.after);
  message.set_outcome(absl::StatusCodeToString(entry.outcome));
  message.set_message(entry.message);
  message.set_count(entry.count);
  return message;
}

}  // namespace trimtab::api_codec
