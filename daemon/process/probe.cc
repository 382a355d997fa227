// SPDX-License-Identifier: Apache-2.0
#include "daemon/process/probe.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/codec/status.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace trimtab {
namespace {

// Takes any certificate.
std::shared_ptr<grpc::ChannelCredentials> Unchecked() {
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  return grpc::experimental::TlsCredentials(options);
}

std::string OnLoopback(const std::string& address) {
  if (IsUnixAddress(address)) return address;
  const std::string port = address.substr(address.rfind(':'));
  const std::string host = HostOfAddress(address);
  if (host == "0.0.0.0") return "127.0.0.1" + port;
  return host == "::" ? "[::1]" + port : address;
}

}  // namespace

absl::Status Probe(const std::string& address, const std::string& service, Duration timeout,
                   bool tls) {
  namespace health = grpc::health::v1;
  const auto channel = grpc::CreateChannel(OnLoopback(address),
                                           tls ? Unchecked() : grpc::InsecureChannelCredentials());
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
