// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/tuner_service.h"

#include <charconv>
#include <memory>
#include <utility>
#include <vector>

#include "daemon/api/audit_codec.h"
#include "daemon/api/codec.h"
#include "daemon/api/study_transfer.h"
#include "daemon/base/error.h"
#include "daemon/codec/configuration.h"
#include "daemon/codec/metrics.h"
#include "daemon/codec/status.h"
#include "daemon/codec/time.h"

namespace trimtab {
namespace {

constexpr int kDefaultPage = 100;
constexpr int kMaxPage = 1000;

using Reactor = grpc::ServerUnaryReactor;

Reactor* Finish(grpc::CallbackServerContext* context, const absl::Status& status) {
  Reactor* reactor = context->DefaultReactor();
  reactor->Finish(codec::ToGrpc(status));
  return reactor;
}

absl::Status TooManyStreams() {
  return absl::ResourceExhaustedError(
      "the caller has as many streams open as api.limits.streams allows");
}

// The call that a request belongs to: "PauseTuning" for PauseTuningRequest.
template <typename Request>
std::string NameOf() {
  const std::string name = Request::descriptor()->name();
  return name.substr(0, name.rfind("Request"));
}

// A page's bounds. The token is the id that the page ends before.
struct Page {
  int size = kDefaultPage;
  std::int64_t before_id = 0;
};

absl::StatusOr<Page> ParsePage(int size, const std::string& token) {
  Page page;
  if (size < 0 || size > kMaxPage) {
    return Error(absl::StatusCode::kInvalidArgument, "page_size {} must be from 0 to {}", size,
                 kMaxPage);
  }
  if (size > 0) page.size = size;
  if (!token.empty()) {
    const char* end = token.data() + token.size();
    const auto [at, error] = std::from_chars(token.data(), end, page.before_id);
    if (error != std::errc() || at != end || page.before_id <= 0) {
      return Error(absl::StatusCode::kInvalidArgument,
                   "page_token '{}' is not one that this daemon gave", token);
    }
  }
  return page;
}

// Puts a page into its response; `records` are the response's.
template <typename Record, typename Message, typename Response>
void FillPage(const std::vector<Record>& page, int size,
              google::protobuf::RepeatedPtrField<Message>* records, Response* response) {
  for (const Record& each : page) *records->Add() = api_codec::Encode(each);
  // A page that isn't full is the last one.
  if (static_cast<int>(page.size()) == size) {
    response->set_next_page_token(std::to_string(page.back().id));
  }
}

}  // namespace

TunerServiceImpl::TunerServiceImpl(TunerControl& control, CallGate& gate, const CallAudit& audit)
    : control_(control),
      gate_(gate),
      audit_(audit),
      started_(std::chrono::steady_clock::now()),
      listening_(control.Listen([this] { streams_.PumpAll(); })) {}

v1::TunerStatus TunerServiceImpl::StatusMessage() const {
  return api_codec::Encode(*control_.Status(), std::chrono::steady_clock::now() - started_);
}

Reactor* TunerServiceImpl::GetStatus(Context* context, const v1::GetStatusRequest*,
                                     v1::GetStatusResponse* response) {
  *response->mutable_status() = StatusMessage();
  return Finish(context, absl::OkStatus());
}

grpc::ServerWriteReactor<v1::WatchStatusResponse>* TunerServiceImpl::WatchStatus(
    Context* context, const v1::WatchStatusRequest* request) {
  const absl::StatusOr<Duration> interval = codec::DecodeDuration(request->min_interval());
  if (!interval.ok() || *interval < Duration::zero()) {
    return new RefusedStream<v1::WatchStatusResponse>(
        grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "min_interval must not be negative"));
  }
  std::shared_ptr<void> lease = gate_.OpenStream(gate_.CallerOf(*context));
  if (!lease) return new RefusedStream<v1::WatchStatusResponse>(codec::ToGrpc(TooManyStreams()));
  struct Sent {
    std::shared_ptr<const TunerStatus> status;
    MonotonicTime at;
  };
  auto last = std::make_shared<Sent>();
  auto* stream = new LatestStream<v1::WatchStatusResponse>(
      streams_, [this, last, gap = *interval, lease]() -> std::optional<v1::WatchStatusResponse> {
        std::shared_ptr<const TunerStatus> status = control_.Status();
        if (status == last->status) return std::nullopt;
        const MonotonicTime now = std::chrono::steady_clock::now();
        // The loop publishes every second at least: what is held back now is
        // sent by a later publication.
        if (last->status && now - last->at < gap) return std::nullopt;
        *last = {std::move(status), now};
        v1::WatchStatusResponse response;
        *response.mutable_status() = StatusMessage();
        return response;
      });
  streams_.Add(stream);
  return stream;
}

Reactor* TunerServiceImpl::GetBestConfiguration(Context* context,
                                                const v1::GetBestConfigurationRequest*,
                                                v1::GetBestConfigurationResponse* response) {
  const std::shared_ptr<const TunerStatus> status = control_.Status();
  if (!status->incumbent) {
    return Finish(context, absl::NotFoundError("there is no baseline yet: " + status->reason));
  }
  *response->mutable_best() = api_codec::Encode(*status->incumbent);
  if (status->baseline) *response->mutable_baseline() = api_codec::Encode(*status->baseline);
  for (const ScoredConfiguration& each : status->front) {
    *response->add_front() = api_codec::Encode(each);
  }
  if (status->gain) *response->mutable_gain() = api_codec::Encode(*status->gain);
  return Finish(context, absl::OkStatus());
}

Reactor* TunerServiceImpl::GetSlaCompliance(Context* context, const v1::GetSlaComplianceRequest*,
                                            v1::GetSlaComplianceResponse* response) {
  const std::shared_ptr<const TunerStatus> status = control_.Status();
  *response->mutable_requirements() = codec::EncodeRequirements(status->sla);
  *response->mutable_compliance() = codec::EncodeCompliance(status->compliance);
  if (status->latest) *response->mutable_metrics() = codec::EncodeMetrics(*status->latest);
  *response->mutable_budget() = api_codec::Encode(status->sla_budget);
  return Finish(context, absl::OkStatus());
}

Reactor* TunerServiceImpl::ListTrials(Context* context, const v1::ListTrialsRequest* request,
                                      v1::ListTrialsResponse* response) {
  const absl::StatusOr<Page> page = ParsePage(request->page_size(), request->page_token());
  if (!page.ok()) return Finish(context, page.status());
  const auto trials = control_.Trials(page->before_id, page->size);
  if (!trials.ok()) return Finish(context, trials.status());
  FillPage(*trials, page->size, response->mutable_trials(), response);
  return Finish(context, absl::OkStatus());
}

Reactor* TunerServiceImpl::ListDecisions(Context* context, const v1::ListDecisionsRequest* request,
                                         v1::ListDecisionsResponse* response) {
  const absl::StatusOr<Page> page = ParsePage(request->page_size(), request->page_token());
  if (!page.ok()) return Finish(context, page.status());
  const auto decisions = control_.Decisions(page->before_id, page->size);
  if (!decisions.ok()) return Finish(context, decisions.status());
  FillPage(*decisions, page->size, response->mutable_decisions(), response);
  return Finish(context, absl::OkStatus());
}

Reactor* TunerServiceImpl::ListAudit(Context* context, const v1::ListAuditRequest* request,
                                     v1::ListAuditResponse* response) {
  const absl::StatusOr<Page> page = ParsePage(request->page_size(), request->page_token());
  if (!page.ok()) return Finish(context, page.status());
  if (audit_.auditor() == nullptr) {
    return Finish(context, absl::FailedPreconditionError("no audit log is kept"));
  }
  Reactor* reactor = context->DefaultReactor();
  audit_.auditor()->List(page->before_id, page->size,
                         [reactor, response, size = page->size](
                             const absl::StatusOr<std::vector<AuditEntry>>& listed) {
                           if (listed.ok())
                             FillPage(*listed, size, response->mutable_records(), response);
                           reactor->Finish(codec::ToGrpc(listed.status()));
                         });
  return reactor;
}

template <typename Request>
absl::StatusOr<AuditedCall> TunerServiceImpl::Admit(const Context& context,
                                                    const Request& request) const {
  std::string name = NameOf<Request>();
  const absl::StatusOr<Caller> caller = gate_.Admit(context, name);
  if (!caller.ok()) return caller.status();
  return audit_.Begin(*caller, CallGate::PeerOf(context), std::move(name), InWords(request));
}

template <typename Request, typename Response>
Reactor* TunerServiceImpl::Command(Context* context, trimtab::Command command,
                                   const Request* request, Response* response) {
  absl::StatusOr<AuditedCall> admitted = Admit(*context, *request);
  if (!admitted.ok()) return Finish(context, admitted.status());
  Reactor* reactor = context->DefaultReactor();
  const auto call = std::make_shared<AuditedCall>(*std::move(admitted));
  control_.Execute(
      std::move(command), call->entry.caller, [this, call] { audit_.TakenUp(*call); },
      [this, reactor, response, call](const absl::StatusOr<ImportResult>& result) {
        if (result.ok()) *response->mutable_status() = StatusMessage();
        // The audit log has it before the caller knows.
        audit_.End(std::move(*call), result.status(),
                   [reactor, status = result.status()] { reactor->Finish(codec::ToGrpc(status)); });
      });
  return reactor;
}

template <typename Request>
Reactor* TunerServiceImpl::Malformed(Context* context, const Request* request,
                                     const absl::Status& why) {
  absl::StatusOr<AuditedCall> admitted = Admit(*context, *request);
  if (!admitted.ok()) return Finish(context, admitted.status());
  audit_.End(*std::move(admitted), why, [] {});
  return Finish(context, why);
}

Reactor* TunerServiceImpl::StartTuning(Context* context, const v1::StartTuningRequest* request,
                                       v1::StartTuningResponse* response) {
  return Command(context, command::Start{}, request, response);
}

Reactor* TunerServiceImpl::PauseTuning(Context* context, const v1::PauseTuningRequest* request,
                                       v1::PauseTuningResponse* response) {
  command::Pause pause;
  pause.reason = request->reason();
  if (request->has_duration()) {
    const absl::StatusOr<Duration> length = codec::DecodeDuration(request->duration());
    if (!length.ok()) return Malformed(context, request, length.status());
    pause.length = *length;
  }
  return Command(context, std::move(pause), request, response);
}

Reactor* TunerServiceImpl::ResumeTuning(Context* context, const v1::ResumeTuningRequest* request,
                                        v1::ResumeTuningResponse* response) {
  return Command(context, command::Resume{}, request, response);
}

Reactor* TunerServiceImpl::StopTuning(Context* context, const v1::StopTuningRequest* request,
                                      v1::StopTuningResponse* response) {
  return Command(context, command::Stop{request->reason()}, request, response);
}

Reactor* TunerServiceImpl::RollbackConfiguration(Context* context,
                                                 const v1::RollbackConfigurationRequest* request,
                                                 v1::RollbackConfigurationResponse* response) {
  return Command(context, command::Rollback{request->decision_id(), request->reason()}, request,
                 response);
}

Reactor* TunerServiceImpl::PinConfiguration(Context* context,
                                            const v1::PinConfigurationRequest* request,
                                            v1::PinConfigurationResponse* response) {
  absl::StatusOr<Configuration> config = codec::DecodeConfiguration(request->config());
  if (!config.ok()) return Malformed(context, request, config.status());
  return Command(context, command::Pin{*std::move(config), request->reason()}, request, response);
}

Reactor* TunerServiceImpl::ApproveCandidate(Context* context,
                                            const v1::ApproveCandidateRequest* request,
                                            v1::ApproveCandidateResponse* response) {
  return Command(context, command::Approve{request->reason()}, request, response);
}

Reactor* TunerServiceImpl::RejectCandidate(Context* context,
                                           const v1::RejectCandidateRequest* request,
                                           v1::RejectCandidateResponse* response) {
  return Command(context, command::Reject{request->reason()}, request, response);
}

grpc::ServerWriteReactor<v1::ExportStudyResponse>* TunerServiceImpl::ExportStudy(
    Context* context, const v1::ExportStudyRequest*) {
  std::shared_ptr<void> lease = gate_.OpenStream(gate_.CallerOf(*context));
  if (!lease) return new RefusedStream<v1::ExportStudyResponse>(codec::ToGrpc(TooManyStreams()));
  return NewExport(control_, std::move(lease));
}

grpc::ServerReadReactor<v1::ImportStudyRequest>* TunerServiceImpl::ImportStudy(
    Context* context, v1::ImportStudyResponse* response) {
  const absl::StatusOr<Caller> caller = gate_.Admit(*context, "ImportStudy");
  if (!caller.ok()) {
    return new RefusedReading<v1::ImportStudyRequest>(codec::ToGrpc(caller.status()));
  }
  AuditedCall call = audit_.Begin(*caller, CallGate::PeerOf(*context), "ImportStudy", "");
  std::shared_ptr<void> lease = gate_.OpenStream(*caller);
  if (!lease) {
    audit_.End(std::move(call), TooManyStreams(), [] {});
    return new RefusedReading<v1::ImportStudyRequest>(codec::ToGrpc(TooManyStreams()));
  }
  return NewImport(control_, audit_, std::move(call), response, std::move(lease));
}

}  // namespace trimtab
