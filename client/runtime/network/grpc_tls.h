// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace trimtab::runtime {

// PEM texts, not file names. All empty: no TLS. All set: both sides show a
// certificate, and each checks the other's against `root_certificates`. Without
// certificate and key only the server's is checked; a server without roots
// doesn't ask for the client's.
struct GrpcTls {
  std::string root_certificates = {};
  std::string certificate = {};
  std::string private_key = {};

  bool enabled() const { return !root_certificates.empty() || !certificate.empty(); }
};

}  // namespace trimtab::runtime
