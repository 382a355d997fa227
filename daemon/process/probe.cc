// SPDX-License-Identifier: Apache-2.0
#include "daemon/process/probe.h"

#include <grpcpp/grpcpp.h>

#include "daemon/base/error.h"
#include "daemon/codec/status.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace trimtab {

absl::Status Probe(const std::string& address, const std::string& service, Duration timeout) {
  namespace health = grpc::health::v1;
  const auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::duration_cast<std::chrono::milliseconds>(timeout));
  health::HealthCheckRequest request;
  request.set_service(service);
  health::HealthCheckResponse response;
  const grpc::Status answer = health::Health::NewStub(channel)->Check(&context, request, &response);
  if (!answer.ok()) return codec::FromGrpc(address, answer);
  if (response.status() == health::HealthCheckResponse::SERVING) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "{}: {} is {}", address, service,
               health::HealthCheckResponse::ServingStatus_Name(response.status()));
}

}  // namespace trimtab
