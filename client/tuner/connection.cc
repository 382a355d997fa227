// SPDX-License-Identifier: Apache-2.0
#include "client/tuner/connection.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <fstream>

#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/tls/diagnose.h"
#include "daemon/tls/pem_check.h"

namespace trimtab::client {
namespace {

constexpr Duration kDiagnosisTimeout = std::chrono::seconds(2);

}  // namespace

Connection::Connection(const TunerClientOptions& options)
    : address_(options.address),
      tls_{options.tls_ca, options.tls_certificate, options.tls_key},
      server_name_(options.tls_server_name),
      token_file_(options.token_file),
      ready_(Connect()) {}

absl::Status Connection::Connect() {
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  grpc::ChannelArguments arguments;
  if (tls_.enabled()) {
    const TlsNames names{"tls"};
    if (tls_.ca.empty()) {
      return absl::InvalidArgumentError(
          "tls.ca: the daemon's certificate can't be checked without");
    }
    const auto texts = ReadPem(names, tls_);
    if (!texts.ok()) return texts.status();
    absl::Status good = CheckPem(names, tls_, *texts, std::chrono::system_clock::now());
    if (!good.ok()) return good;
    credentials = grpc::SslCredentials({texts->ca, texts->key, texts->certificate});
    if (!server_name_.empty()) arguments.SetSslTargetNameOverride(server_name_);
  } else if (!token_file_.empty() && !IsLocalAddress(address_)) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "{}: a token is not sent to another machine without TLS", address_);
  }
  stub_ = v1::TunerService::NewStub(grpc::CreateCustomChannel(address_, credentials, arguments));
  return absl::OkStatus();
}

absl::Status Connection::Prepare(grpc::ClientContext& context) const {
  if (!ready_.ok() || token_file_.empty()) return ready_;
  std::ifstream file(token_file_);
  std::string token;
  if (!file || !std::getline(file, token)) {
    return Error(absl::StatusCode::kInvalidArgument, "the token file {} can't be read",
                 token_file_);
  }
  token.erase(token.find_last_not_of(" \t\r") + 1);
  for (const char c : token) {
    if (c < '!' || c > '~') {
      return Error(absl::StatusCode::kInvalidArgument,
                   "the token file {} holds more than letters, digits and signs", token_file_);
    }
  }
  context.AddMetadata("authorization", "Bearer " + token);
  return absl::OkStatus();
}

absl::Status Connection::Explain(const grpc::Status& status) const {
  std::string message = status.error_message();
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE && tls_.enabled()) {
    std::string why = DiagnoseTls(address_, tls_, server_name_, kDiagnosisTimeout);
    if (!why.empty()) message = std::move(why);
  }
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), message);
}

}  // namespace trimtab::client
