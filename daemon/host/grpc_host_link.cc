// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/grpc_host_link.h"

#include <utility>

#include "daemon/base/error.h"
#include "daemon/codec/status.h"
#include "daemon/codec/time.h"
#include "daemon/host/codec.h"
#include "trimtab/v1/host.grpc.pb.h"

namespace trimtab {
namespace {

// What the host answered can't be used.
absl::Status Malformed(const char* call, const absl::Status& why) {
  return Error(absl::StatusCode::kInternal, "{}: malformed answer: {}", call, Message(why));
}

template <typename Response>
absl::StatusOr<ConfigState> StateOf(const char* call, const absl::StatusOr<Response>& response) {
  if (!response.ok()) return response.status();
  auto state = host_codec::DecodeConfigState(response->state());
  if (!state.ok()) return Malformed(call, state.status());
  return state;
}

}  // namespace

// Keeps the generated stub out of the header.
class GrpcHostLink::Impl {
 public:
  explicit Impl(const std::shared_ptr<grpc::Channel>& channel)
      : stub(v1::HostService::NewStub(channel)) {}
  const std::unique_ptr<v1::HostService::Stub> stub;
};

GrpcHostLink::GrpcHostLink(std::shared_ptr<grpc::Channel> channel, Options options)
    : options_(std::move(options)), impl_(std::make_unique<Impl>(channel)) {}

GrpcHostLink::~GrpcHostLink() = default;

bool GrpcHostLink::Enter(grpc::ClientContext* context) {
  MutexLock lock(mutex_);
  if (!cancelled_) current_ = context;
  return !cancelled_;
}

void GrpcHostLink::Leave() {
  MutexLock lock(mutex_);
  current_ = nullptr;
}

void GrpcHostLink::Cancel() {
  MutexLock lock(mutex_);
  cancelled_ = true;
  if (current_ != nullptr) current_->TryCancel();
}

template <typename Request, typename Response, typename Method>
absl::StatusOr<Response> GrpcHostLink::Call(const char* name, Method method,
                                            const Request& request) {
  grpc::ClientContext context;
  context.set_deadline(codec::DeadlineAfter(options_.deadline));
  if (!Enter(&context)) return Error(absl::StatusCode::kCancelled, "{}: the link is closed", name);
  Response response;
  const grpc::Status status = (impl_->stub.get()->*method)(&context, request, &response);
  Leave();
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE && options_.diagnose) {
    const std::string why = options_.diagnose();
    if (!why.empty()) return Error(absl::StatusCode::kUnavailable, "{}: {}", name, why);
  }
  if (!status.ok()) return codec::FromGrpc(name, status);
  return response;
}

absl::StatusOr<HostDescription> GrpcHostLink::Describe() {
  constexpr const char* kCall = "DescribeHost";
  const auto response = Call<v1::DescribeHostRequest, v1::DescribeHostResponse>(
      kCall, &v1::HostService::Stub::DescribeHost, {});
  if (!response.ok()) return response.status();
  auto description = host_codec::DecodeDescription(*response);
  if (!description.ok()) return Malformed(kCall, description.status());
  return description;
}

absl::StatusOr<ConfigState> GrpcHostLink::GetConfig() {
  constexpr const char* kCall = "GetConfig";
  return StateOf(kCall, Call<v1::GetConfigRequest, v1::GetConfigResponse>(
                            kCall, &v1::HostService::Stub::GetConfig, {}));
}

absl::StatusOr<ApplyResult> GrpcHostLink::Apply(const ApplyRequest& request) {
  constexpr const char* kCall = "ApplyConfig";
  const auto message = host_codec::EncodeApply(request, options_.tuner_id);
  if (!message.ok()) {
    return Error(message.status().code(), "{}: {}", kCall, Message(message.status()));
  }
  const auto response = Call<v1::ApplyConfigRequest, v1::ApplyConfigResponse>(
      kCall, &v1::HostService::Stub::ApplyConfig, *message);
  if (!response.ok()) return response.status();
  auto result = host_codec::DecodeApplyResult(*response);
  if (!result.ok()) return Malformed(kCall, result.status());
  return result;
}

absl::StatusOr<ConfigState> GrpcHostLink::RenewLease(std::int64_t generation, Duration lease) {
  constexpr const char* kCall = "RenewLease";
  v1::RenewLeaseRequest request;
  request.set_generation(generation);
  *request.mutable_lease() = codec::EncodeDuration(lease);
  request.set_tuner_id(options_.tuner_id);
  return StateOf(kCall, Call<v1::RenewLeaseRequest, v1::RenewLeaseResponse>(
                            kCall, &v1::HostService::Stub::RenewLease, request));
}

absl::StatusOr<ConfigState> GrpcHostLink::Commit(std::int64_t generation) {
  constexpr const char* kCall = "CommitConfig";
  v1::CommitConfigRequest request;
  request.set_generation(generation);
  request.set_tuner_id(options_.tuner_id);
  return StateOf(kCall, Call<v1::CommitConfigRequest, v1::CommitConfigResponse>(
                            kCall, &v1::HostService::Stub::CommitConfig, request));
}

}  // namespace trimtab
