// SPDX-License-Identifier: Apache-2.0
#include <google/protobuf/util/time_util.h>
#include <grpcpp/grpcpp.h>
#include <trimtab/client.h>
#include <trimtab/v1/tuner.grpc.pb.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "client/tuner/connection.h"

namespace trimtab {
namespace {

using google::protobuf::util::TimeUtil;
constexpr int kMaxPage = 1000;

// Waits without holding anything up; a deadline cuts it short.
void Wait(std::chrono::milliseconds length) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, length);
}

}  // namespace

struct TunerClient::Connection : client::Connection {
  using client::Connection::Connection;

  template <typename Request, typename Response>
  using Call = grpc::Status (v1::TunerService::Stub::*)(grpc::ClientContext*, const Request&,
                                                        Response*);

  template <typename Request, typename Response>
  absl::StatusOr<Response> Once(Call<Request, Response> call, const Request& request,
                                std::chrono::system_clock::time_point deadline) {
    grpc::ClientContext context;
    if (absl::Status ready = Prepare(context); !ready.ok()) return ready;
    context.set_deadline(deadline);
    Response response;
    const grpc::Status status = (stub().*call)(&context, request, &response);
    if (!status.ok()) return Explain(status);
    return response;
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> Read(Call<Request, Response> call, const Request& request,
                                const TunerClientOptions& options) {
    const auto deadline = std::chrono::system_clock::now() + options.deadline;
    auto wait = std::chrono::milliseconds(50);
    for (int attempt = 1;; ++attempt) {
      absl::StatusOr<Response> response = Once(call, request, deadline);
      const bool again = absl::IsUnavailable(response.status()) && attempt < options.attempts &&
                         std::chrono::system_clock::now() + wait < deadline;
      if (!again) return response;
      Wait(wait);
      wait *= 2;
    }
  }

  // The first `limit` records of a list, over as many pages as it takes; `records`
  // are those of a page.
  template <typename Request, typename Response, typename Record>
  absl::StatusOr<std::vector<Record>> Pages(
      Call<Request, Response> call,
      google::protobuf::RepeatedPtrField<Record>* (Response::*records)(), int limit,
      const TunerClientOptions& options) {
    std::vector<Record> result;
    Request request;
    while (static_cast<int>(result.size()) < limit) {
      request.set_page_size(std::min(kMaxPage, limit - static_cast<int>(result.size())));
      absl::StatusOr<Response> page = Read(call, request, options);
      if (!page.ok()) return page.status();
      for (Record& each : *((*page).*records)()) result.push_back(std::move(each));
      if (page->next_page_token().empty()) break;
      request.set_page_token(page->next_page_token());
    }
    return result;
  }

  template <typename Request, typename Response>
  absl::StatusOr<v1::TunerStatus> Command(Call<Request, Response> call, const Request& request,
                                          const TunerClientOptions& options) {
    absl::StatusOr<Response> response =
        Once(call, request, std::chrono::system_clock::now() + options.deadline);
    if (!response.ok()) return response.status();
    return std::move(*response->mutable_status());
  }
};

TunerClient::TunerClient(TunerClientOptions options)
    : connection_(std::make_unique<Connection>(options)), options_(std::move(options)) {}

TunerClient::~TunerClient() = default;

absl::StatusOr<v1::TunerStatus> TunerClient::GetStatus() {
  auto response =
      connection_->Read(&v1::TunerService::Stub::GetStatus, v1::GetStatusRequest(), options_);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_status());
}

absl::Status TunerClient::Watch(const std::function<bool(const v1::TunerStatus&)>& on_status,
                                std::chrono::milliseconds limit) {
  grpc::ClientContext context;
  if (absl::Status ready = connection_->Prepare(context); !ready.ok()) return ready;
  if (limit > std::chrono::milliseconds::zero()) {
    context.set_deadline(std::chrono::system_clock::now() + limit);
  }
  const auto reader = connection_->stub().WatchStatus(&context, v1::WatchStatusRequest());
  v1::WatchStatusResponse response;
  while (reader->Read(&response)) {
    if (on_status(response.status())) continue;
    context.TryCancel();
    while (reader->Read(&response)) {
    }
    const grpc::Status ended = reader->Finish();
    // It ends because we cancelled it.
    return ended.error_code() == grpc::StatusCode::CANCELLED ? absl::OkStatus()
                                                             : connection_->Explain(ended);
  }
  return connection_->Explain(reader->Finish());
}

absl::StatusOr<v1::GetBestConfigurationResponse> TunerClient::GetBestConfiguration() {
  return connection_->Read(&v1::TunerService::Stub::GetBestConfiguration,
                           v1::GetBestConfigurationRequest(), options_);
}

absl::StatusOr<v1::GetSlaComplianceResponse> TunerClient::GetSlaCompliance() {
  return connection_->Read(&v1::TunerService::Stub::GetSlaCompliance, v1::GetSlaComplianceRequest(),
                           options_);
}

absl::StatusOr<std::vector<v1::Trial>> TunerClient::ListTrials(int limit) {
  return connection_->Pages(&v1::TunerService::Stub::ListTrials,
                            &v1::ListTrialsResponse::mutable_trials, limit, options_);
}

absl::StatusOr<std::vector<v1::Decision>> TunerClient::ListDecisions(int limit) {
  return connection_->Pages(&v1::TunerService::Stub::ListDecisions,
                            &v1::ListDecisionsResponse::mutable_decisions, limit, options_);
}

absl::StatusOr<std::vector<v1::AuditRecord>> TunerClient::ListAudit(int limit) {
  return connection_->Pages(&v1::TunerService::Stub::ListAudit,
                            &v1::ListAuditResponse::mutable_records, limit, options_);
}

absl::StatusOr<v1::TunerStatus> TunerClient::Start() {
  return connection_->Command(&v1::TunerService::Stub::StartTuning, v1::StartTuningRequest(),
                              options_);
}

absl::StatusOr<v1::TunerStatus> TunerClient::Pause(std::chrono::milliseconds length,
                                                   const std::string& reason) {
  v1::PauseTuningRequest request;
  if (length.count() != 0) {
    *request.mutable_duration() = TimeUtil::MillisecondsToDuration(length.count());
  }
  request.set_reason(reason);
  return connection_->Command(&v1::TunerService::Stub::PauseTuning, request, options_);
}

absl::StatusOr<v1::TunerStatus> TunerClient::Resume() {
  return connection_->Command(&v1::TunerService::Stub::ResumeTuning, v1::ResumeTuningRequest(),
                              options_);
}

absl::StatusOr<v1::TunerStatus> TunerClient::Stop(const std::string& reason) {
  v1::StopTuningRequest request;
  request.set_reason(reason);
  return connection_->Command(&v1::TunerService::Stub::StopTuning, request, options_);
}

absl::StatusOr<v1::TunerStatus> TunerClient::Rollback(std::int64_t decision_id,
                                                      const std::string& reason) {
  v1::RollbackConfigurationRequest request;
  request.set_decision_id(decision_id);
  request.set_reason(reason);
  return connection_->Command(&v1::TunerService::Stub::RollbackConfiguration, request, options_);
}

absl::StatusOr<v1::TunerStatus> TunerClient::Pin(const v1::SystemConfig& config,
                                                 const std::string& reason) {
  v1::PinConfigurationRequest request;
  *request.mutable_config() = config;
  request.set_reason(reason);
  return connection_->Command(&v1::TunerService::Stub::PinConfiguration, request, options_);
}

absl::StatusOr<v1::TunerStatus> TunerClient::Approve(const std::string& reason) {
  v1::ApproveCandidateRequest request;
  request.set_reason(reason);
  return connection_->Command(&v1::TunerService::Stub::ApproveCandidate, request, options_);
}

absl::StatusOr<v1::TunerStatus> TunerClient::Reject(const std::string& reason) {
  v1::RejectCandidateRequest request;
  request.set_reason(reason);
  return connection_->Command(&v1::TunerService::Stub::RejectCandidate, request, options_);
}

absl::Status TunerClient::Export(const std::function<bool(const v1::StudyRecord&)>& on_record) {
  grpc::ClientContext context;
  if (absl::Status ready = connection_->Prepare(context); !ready.ok()) return ready;
  context.set_deadline(std::chrono::system_clock::now() + options_.deadline);
  const auto reader = connection_->stub().ExportStudy(&context, v1::ExportStudyRequest());
  v1::ExportStudyResponse response;
  while (reader->Read(&response)) {
    if (on_record(response.record())) continue;
    context.TryCancel();
    (void)reader->Finish();
    return absl::CancelledError("the export was ended by its reader");
  }
  return connection_->Explain(reader->Finish());
}

absl::StatusOr<v1::ImportStudyResponse> TunerClient::Import(
    const std::vector<v1::StudyRecord>& records) {
  grpc::ClientContext context;
  if (absl::Status ready = connection_->Prepare(context); !ready.ok()) return ready;
  context.set_deadline(std::chrono::system_clock::now() + options_.deadline);
  v1::ImportStudyResponse response;
  const auto writer = connection_->stub().ImportStudy(&context, &response);
  for (const v1::StudyRecord& record : records) {
    v1::ImportStudyRequest request;
    *request.mutable_record() = record;
    if (!writer->Write(request)) break;
  }
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  if (!status.ok()) return connection_->Explain(status);
  return response;
}

}  // namespace trimtab
