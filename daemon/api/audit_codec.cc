// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/audit_codec.h"

#include "daemon/codec/configuration.h"
#include "daemon/codec/time.h"

namespace trimtab::api_codec {

v1::AuditRecord Encode(const AuditEntry& entry) {
  v1::AuditRecord message;
  message.set_id(entry.id);
  *message.mutable_made_at() = codec::EncodeTime(entry.made_at);
  message.set_caller(entry.caller);
  message.set_role(entry.role);
  message.set_call(entry.call);
  message.set_request(entry.request);
  message.set_state_before(entry.state_before);
  message.set_state_after(entry.state_after);
  *message.mutable_config_before() = codec::EncodeConfiguration(entry.config_before);
  *message.mutable_config_after() = codec::EncodeConfiguration(entry.config_after);
  message.set_outcome(entry.outcome);
  message.set_message(entry.message);
  message.set_admitted(entry.admitted);
  return message;
}

}  // namespace trimtab::api_codec
