// SPDX-License-Identifier: Apache-2.0
#include "client/host/service.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <utility>

namespace trimtab::host {
namespace {

using google::protobuf::util::TimeUtil;

grpc::Status ToGrpc(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

grpc::ServerUnaryReactor* Finish(grpc::CallbackServerContext* context, const grpc::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

}  // namespace

// One stream of windows. It holds nothing but its place: what the reader is too
// slow for is taken from the recorder later, or is gone, and the sequence
// numbers tell.
class Service::Stream final : public grpc::ServerWriteReactor<v1::StreamMetricsResponse> {
 public:
  Stream(Service& service, std::int64_t after) : service_(service), after_(after) {}

  void Pump() {
    const MutexLock lock(mutex_);
    PumpLocked();
  }
  void End() {
    const MutexLock lock(mutex_);
    FinishLocked(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the host is ending"));
  }

  void OnWriteDone(bool ok) override {
    const MutexLock lock(mutex_);
    writing_ = false;
    if (!ok) return FinishLocked(grpc::Status::CANCELLED);
    PumpLocked();
  }
  void OnCancel() override {
    const MutexLock lock(mutex_);
    FinishLocked(grpc::Status::CANCELLED);
  }
  void OnDone() override {
    {
      const MutexLock lock(service_.mutex_);
      service_.streams_.erase(this);
    }
    delete this;
  }

 private:
  void PumpLocked() TRIMTAB_REQUIRES(mutex_) {
    if (writing_ || finished_) return;
    std::vector<v1::MetricsSnapshot> windows = service_.recorder_.After(after_);
    if (windows.empty()) return;
    after_ = windows.front().sequence();
    *response_.mutable_snapshot() = std::move(windows.front());
    writing_ = true;
    StartWrite(&response_);
  }
  void FinishLocked(const grpc::Status& status) TRIMTAB_REQUIRES(mutex_) {
    if (std::exchange(finished_, true)) return;
    Finish(status);
  }

  Service& service_;
  Mutex mutex_;
  std::int64_t after_ TRIMTAB_GUARDED_BY(mutex_);
  bool writing_ TRIMTAB_GUARDED_BY(mutex_) = false;
  bool finished_ TRIMTAB_GUARDED_BY(mutex_) = false;
  v1::StreamMetricsResponse response_;
};

Service::Service(const HostOptions& options, std::string boot_id, ConfigKeeper& keeper,
                 Recorder& recorder)
    : options_(options), boot_id_(std::move(boot_id)), keeper_(keeper), recorder_(recorder) {}

void Service::Wake() {
  const MutexLock lock(mutex_);
  for (Stream* stream : streams_) stream->Pump();
}

void Service::EndStreams() {
  const MutexLock lock(mutex_);
  ended_ = true;
  for (Stream* stream : streams_) stream->End();
}

grpc::ServerUnaryReactor* Service::DescribeHost(grpc::CallbackServerContext* context,
                                                const v1::DescribeHostRequest*,
                                                v1::DescribeHostResponse* response) {
  response->set_service_name(options_.service);
  response->set_instance_name(options_.instance);
  response->set_boot_id(boot_id_);
  for (const v1::ParameterDescription& each : keeper_.Describe()) {
    *response->add_parameters() = each;
  }
  *response->mutable_window_length() = TimeUtil::MillisecondsToDuration(options_.window.count());
  *response->mutable_max_lease() = TimeUtil::MillisecondsToDuration(options_.max_lease.count());
  return Finish(context, grpc::Status::OK);
}

grpc::ServerUnaryReactor* Service::GetConfig(grpc::CallbackServerContext* context,
                                             const v1::GetConfigRequest*,
                                             v1::GetConfigResponse* response) {
  *response->mutable_state() = keeper_.Read();
  return Finish(context, grpc::Status::OK);
}

grpc::ServerUnaryReactor* Service::ApplyConfig(grpc::CallbackServerContext* context,
                                               const v1::ApplyConfigRequest* request,
                                               v1::ApplyConfigResponse* response) {
  absl::StatusOr<v1::ApplyConfigResponse> result = keeper_.Apply(*request);
  if (!result.ok()) return Finish(context, ToGrpc(result.status()));
  *response = *std::move(result);
  return Finish(context, grpc::Status::OK);
}

grpc::ServerUnaryReactor* Service::RenewLease(grpc::CallbackServerContext* context,
                                              const v1::RenewLeaseRequest* request,
                                              v1::RenewLeaseResponse* response) {
  absl::StatusOr<v1::ConfigState> state = keeper_.Renew(*request);
  if (!state.ok()) return Finish(context, ToGrpc(state.status()));
  *response->mutable_state() = *std::move(state);
  return Finish(context, grpc::Status::OK);
}

grpc::ServerUnaryReactor* Service::CommitConfig(grpc::CallbackServerContext* context,
                                                const v1::CommitConfigRequest* request,
                                                v1::CommitConfigResponse* response) {
  absl::StatusOr<v1::ConfigState> state = keeper_.Commit(*request);
  if (!state.ok()) return Finish(context, ToGrpc(state.status()));
  *response->mutable_state() = *std::move(state);
  return Finish(context, grpc::Status::OK);
}

grpc::ServerUnaryReactor* Service::GetMetrics(grpc::CallbackServerContext* context,
                                              const v1::GetMetricsRequest* request,
                                              v1::GetMetricsResponse* response) {
  std::vector<v1::MetricsSnapshot> windows = recorder_.After(request->after_sequence());
  std::size_t skip = 0;
  if (request->max_snapshots() > 0) {
    const auto wanted = static_cast<std::size_t>(request->max_snapshots());
    skip = windows.size() > wanted ? windows.size() - wanted : 0;
  }
  for (std::size_t i = skip; i < windows.size(); ++i) {
    *response->add_snapshots() = std::move(windows[i]);
  }
  return Finish(context, grpc::Status::OK);
}

grpc::ServerWriteReactor<v1::StreamMetricsResponse>* Service::StreamMetrics(
    grpc::CallbackServerContext*, const v1::StreamMetricsRequest* request) {
  const std::int64_t after =
      request->after_sequence() > 0 ? request->after_sequence() : recorder_.last_sequence();
  auto* stream = new Stream(*this, after);
  bool ended = false;
  {
    const MutexLock lock(mutex_);
    ended = ended_;
    streams_.insert(stream);
  }
  if (ended) {
    stream->End();
  } else {
    stream->Pump();
  }
  return stream;
}

}  // namespace trimtab::host
