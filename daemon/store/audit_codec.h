// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "daemon/model/audit.h"

// As json_codec.h. The id is not part of the record.
namespace trimtab::store_codec {

nlohmann::json ToJson(const AuditEntry& entry);
AuditEntry AuditFrom(const nlohmann::json& json);

}  // namespace trimtab::store_codec
