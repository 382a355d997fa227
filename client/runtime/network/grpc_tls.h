// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <string>

namespace trimtab::runtime {

// PEM texts, not file names. All empty: no TLS. All set: both sides show a
// certificate, and each checks the other's against `root_certificates`. Without
// certificate and key only the server's is checked; a server without roots
// doesn't ask for the client's. A server can't do without them, and neither goes
// without the other.
struct GrpcTls {
  std::string root_certificates = {};
  std::string certificate = {};
  std::string private_key = {};

  bool enabled() const {
    return !root_certificates.empty() || !certificate.empty() || !private_key.empty();
  }
};

// INVALID_ARGUMENT when one of certificate and private key is there alone.
inline absl::Status Validate(const GrpcTls& tls) {
  if (tls.certificate.empty() == tls.private_key.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(tls.certificate.empty()
                                        ? "TLS with a private key but no certificate"
                                        : "TLS with a certificate but no private key");
}

}  // namespace trimtab::runtime
