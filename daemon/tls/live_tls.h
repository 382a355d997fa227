// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "daemon/tls/live_file.h"
#include "daemon/tls/pem_watch.h"

namespace trimtab {

// Credentials from files that may change while they are in use. Must outlive
// the servers and channels that use them. One thread calls Refresh().
class LiveTls {
 public:
  // INVALID_ARGUMENT: a file is wrong; says which and why.
  static absl::StatusOr<std::unique_ptr<LiveTls>> Open(TlsNames names, TlsFiles files);

  // As PemWatch::Refresh(): what is new is used by new connections from the next
  // second on.
  absl::StatusOr<bool> Refresh();

  // A client is asked for a certificate where there is a CA; a certificate that
  // the CA didn't sign ends the handshake, and so does none with `require`.
  std::shared_ptr<grpc::ServerCredentials> ForServer(bool require) const;
  // Shows a certificate where there is one.
  std::shared_ptr<grpc::ChannelCredentials> ForChannel() const;

 private:
  explicit LiveTls(PemWatch watch);
  absl::Status Publish();

  PemWatch watch_;
  LiveFile ca_;
  LiveFile certificate_;
  LiveFile key_;
  std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider_;
};

}  // namespace trimtab
