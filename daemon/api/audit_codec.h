// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/model/audit.h"
#include "trimtab/v1/tuner.pb.h"

namespace trimtab::api_codec {

v1::AuditRecord Encode(const AuditEntry& entry);

}  // namespace trimtab::api_codec
