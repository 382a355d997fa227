// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <string>

#include "daemon/api/call_audit.h"
#include "daemon/ports/tuner_control.h"
#include "trimtab/v1/tuner.pb.h"

namespace trimtab {

// The reactors of ExportStudy and ImportStudy; they delete themselves, and with
// them the lease. `call` has begun.
grpc::ServerWriteReactor<v1::ExportStudyResponse>* NewExport(TunerControl& control,
                                                             std::shared_ptr<void> lease);
grpc::ServerReadReactor<v1::ImportStudyRequest>* NewImport(TunerControl& control,
                                                           const CallAudit& audit, AuditedCall call,
                                                           v1::ImportStudyResponse* response,
                                                           std::shared_ptr<void> lease);

}  // namespace trimtab
