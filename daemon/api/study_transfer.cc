// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/study_transfer.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "daemon/api/codec.h"
#include "daemon/base/error.h"
#include "daemon/codec/status.h"

namespace trimtab {
namespace {

constexpr int kPage = 500;
constexpr std::size_t kMaxImportedTrials = 100000;

class Export final : public grpc::ServerWriteReactor<v1::ExportStudyResponse> {
 public:
  Export(TunerControl& control, std::shared_ptr<void> lease) : lease_(std::move(lease)) {
    const absl::Status status = Collect(control);
    if (status.ok()) {
      OnWriteDone(true);
    } else {
      Finish(codec::ToGrpc(status));
    }
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    if (records_.empty()) return Finish(grpc::Status::OK);
    *response_.mutable_record() = std::move(records_.front());
    records_.pop_front();
    StartWrite(&response_);
  }
  void OnDone() override { delete this; }

 private:
  absl::Status Collect(TunerControl& control) {
    const absl::StatusOr<Study> study = control.CurrentStudy();
    if (!study.ok()) return study.status();
    std::int64_t before = 0;
    while (true) {
      const auto page = control.Decisions(before, kPage);
      if (!page.ok()) return page.status();
      for (const Decision& each : *page) {
        *records_.emplace_front().mutable_decision() = api_codec::Encode(each);
      }
      if (page->size() < kPage) break;
      before = page->back().id;
    }
    before = 0;
    while (true) {
      const auto page = control.Trials(before, kPage);
      if (!page.ok()) return page.status();
      for (const Trial& each : *page) {
        *records_.emplace_front().mutable_trial() = api_codec::Encode(each);
      }
      if (page->size() < kPage) break;
      before = page->back().id;
    }
    *records_.emplace_front().mutable_header() = api_codec::Encode(*study, control.Space());
    return absl::OkStatus();
  }

  const std::shared_ptr<void> lease_;
  std::deque<v1::StudyRecord> records_;
  v1::ExportStudyResponse response_;
};

class Import final : public grpc::ServerReadReactor<v1::ImportStudyRequest> {
 public:
  Import(TunerControl& control, const CallAudit& audit, AuditedCall call,
         v1::ImportStudyResponse* response, std::shared_ptr<void> lease)
      : control_(control),
        audit_(audit),
        call_(std::move(call)),
        response_(response),
        lease_(std::move(lease)) {
    StartRead(&request_);
  }
  void OnReadDone(bool ok) override {
    if (!ok) return Hand();
    ++count_;
    const absl::Status status = Take();
    if (!status.ok()) {
      return End(Error(status.code(), "record {}: {}", count_, Message(status)));
    }
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

 private:
  absl::Status Take() {
    if (request_.record().has_header()) return TakeHeader(request_.record().header());
    if (!request_.record().has_trial()) return absl::OkStatus();
    if (!headed_) {
      return Error(absl::StatusCode::kInvalidArgument, "comes before the study's header");
    }
    if (trials_.size() >= kMaxImportedTrials) {
      return Error(absl::StatusCode::kResourceExhausted, "more than {} trials", kMaxImportedTrials);
    }
    absl::StatusOr<Trial> trial = api_codec::Decode(request_.record().trial());
    if (!trial.ok()) return trial.status();
    // What is searched must be there and allowed; held parameters may differ.
    const SearchSpace space = control_.Space();
    Configuration searched;
    for (const Dimension& dimension : space.dimensions()) {
      const ParameterValue* value = trial->config.Find(dimension.name);
      if (value != nullptr) searched.Set(dimension.name, *value);
    }
    // A study's own baseline may lie outside the space.
    const bool candidate = request_.record().trial().purpose() == v1::TRIAL_PURPOSE_CANDIDATE ||
                           request_.record().trial().purpose() == v1::TRIAL_PURPOSE_IMPORTED;
    if (absl::Status fits = space.Check(searched); !fits.ok()) {
      return candidate ? fits : absl::OkStatus();
    }
    if (candidate) trials_.push_back(*std::move(trial));
    return absl::OkStatus();
  }
  // Scores of another objective would count as if they were of this one.
  absl::Status TakeHeader(const v1::StudyHeader& header) {
    headed_ = true;
    const absl::StatusOr<Study> study = control_.CurrentStudy();
    if (!study.ok()) return study.status();
    if (header.objective() == study->key.objective) return absl::OkStatus();
    return Error(absl::StatusCode::kInvalidArgument,
                 "the trials are scored by the objective '{}', this study by '{}'",
                 header.objective(), study->key.objective);
  }
  // The audit log has it before the caller knows.
  void End(const absl::Status& status) {
    call_.entry.request =
        std::to_string(trials_count_) + " trials of " + std::to_string(count_) + " records";
    audit_.End(std::move(call_), status, [this, status] { Finish(codec::ToGrpc(status)); });
  }
  void Hand() {
    trials_count_ = trials_.size();
    control_.Execute(
        command::Import{std::move(trials_)}, call_.entry.caller, [this] { audit_.TakenUp(call_); },
        [this](const absl::StatusOr<ImportResult>& result) {
          if (result.ok()) {
            response_->set_imported_trials(result->imported);
            response_->set_skipped_trials(result->skipped);
          }
          End(result.status());
        });
  }

  TunerControl& control_;
  const CallAudit& audit_;
  AuditedCall call_;
  std::size_t trials_count_ = 0;
  v1::ImportStudyResponse* const response_;
  const std::shared_ptr<void> lease_;
  v1::ImportStudyRequest request_;
  std::vector<Trial> trials_;
  int count_ = 0;
  bool headed_ = false;
};

}  // namespace

grpc::ServerWriteReactor<v1::ExportStudyResponse>* NewExport(TunerControl& control,
                                                             std::shared_ptr<void> lease) {
  return new Export(control, std::move(lease));
}

grpc::ServerReadReactor<v1::ImportStudyRequest>* NewImport(TunerControl& control,
                                                           const CallAudit& audit, AuditedCall call,
                                                           v1::ImportStudyResponse* response,
                                                           std::shared_ptr<void> lease) {
  return new Import(control, audit, std::move(call), response, std::move(lease));
}

}  // namespace trimtab
