// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/api/call_audit.h"
#include "daemon/api/call_gate.h"
#include "daemon/api/status_stream.h"
#include "daemon/base/clock.h"
#include "daemon/ports/tuner_control.h"
#include "trimtab/v1/tuner.grpc.pb.h"

namespace trimtab {

// TunerService on the control loop's port. Commands finish when the loop has
// answered; no thread waits.
class TunerServiceImpl final : public v1::TunerService::CallbackService {
 public:
  // All must outlive this.
  TunerServiceImpl(TunerControl& control, CallGate& gate, const CallAudit& audit);

  StreamSet& streams() { return streams_; }

  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  Reactor* GetStatus(Context* context, const v1::GetStatusRequest* request,
                     v1::GetStatusResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchStatusResponse>* WatchStatus(
      Context* context, const v1::WatchStatusRequest* request) override;
  Reactor* GetBestConfiguration(Context* context, const v1::GetBestConfigurationRequest* request,
                                v1::GetBestConfigurationResponse* response) override;
  Reactor* GetSlaCompliance(Context* context, const v1::GetSlaComplianceRequest* request,
                            v1::GetSlaComplianceResponse* response) override;
  Reactor* ListTrials(Context* context, const v1::ListTrialsRequest* request,
                      v1::ListTrialsResponse* response) override;
  Reactor* ListDecisions(Context* context, const v1::ListDecisionsRequest* request,
                         v1::ListDecisionsResponse* response) override;
  Reactor* ListAudit(Context* context, const v1::ListAuditRequest* request,
                     v1::ListAuditResponse* response) override;
  Reactor* StartTuning(Context* context, const v1::StartTuningRequest* request,
                       v1::StartTuningResponse* response) override;
  Reactor* PauseTuning(Context* context, const v1::PauseTuningRequest* request,
                       v1::PauseTuningResponse* response) override;
  Reactor* ResumeTuning(Context* context, const v1::ResumeTuningRequest* request,
                        v1::ResumeTuningResponse* response) override;
  Reactor* StopTuning(Context* context, const v1::StopTuningRequest* request,
                      v1::StopTuningResponse* response) override;
  Reactor* RollbackConfiguration(Context* context, const v1::RollbackConfigurationRequest* request,
                                 v1::RollbackConfigurationResponse* response) override;
  Reactor* PinConfiguration(Context* context, const v1::PinConfigurationRequest* request,
                            v1::PinConfigurationResponse* response) override;
  Reactor* ApproveCandidate(Context* context, const v1::ApproveCandidateRequest* request,
                            v1::ApproveCandidateResponse* response) override;
  Reactor* RejectCandidate(Context* context, const v1::RejectCandidateRequest* request,
                           v1::RejectCandidateResponse* response) override;
  grpc::ServerWriteReactor<v1::ExportStudyResponse>* ExportStudy(
      Context* context, const v1::ExportStudyRequest* request) override;
  grpc::ServerReadReactor<v1::ImportStudyRequest>* ImportStudy(
      Context* context, v1::ImportStudyResponse* response) override;

 private:
  v1::TunerStatus StatusMessage() const;
  template <typename Request, typename Response>
  Reactor* Command(Context* context, trimtab::Command command, const Request* request,
                   Response* response);
  // What the audit log will have of a call that changes something, begun; or why the
  // caller may not make it.
  template <typename Request>
  absl::StatusOr<AuditedCall> Admit(const Context& context, const Request& request) const;
  // A command that isn't one never reaches the loop; the audit log has it still.
  template <typename Request>
  Reactor* Malformed(Context* context, const Request* request, const absl::Status& why);

  TunerControl& control_;
  CallGate& gate_;
  const CallAudit& audit_;
  const MonotonicTime started_;
  StreamSet streams_;
  // Last: no call comes once it is gone.
  std::shared_ptr<void> listening_;
};

}  // namespace trimtab
