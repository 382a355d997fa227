// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "daemon/ports/tuner_control.h"
#include "daemon/tls/tls_files.h"

namespace trimtab {

// Serves /metrics for Prometheus, /healthz (200 while the control loop goes
// round) and /readyz (200 once the host has been reached and the loop is not
// ending).
class HttpServer {
 public:
  // UNAVAILABLE when the address can't be had, INVALID_ARGUMENT when a file of
  // TLS is wrong. With `tls`, and a CA in it, only who shows a certificate that it
  // signed is answered. `control` must outlive this. Its loop hangs when it
  // hasn't gone round for `hang_limit`.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const std::string& listen,
                                                           const TlsFiles& tls,
                                                           TunerControl& control,
                                                           Duration hang_limit);
  ~HttpServer();

  // Where it listens, the port resolved.
  const std::string& address() const { return address_; }
  // As PemWatch::Refresh(), for connections from then on.
  absl::StatusOr<bool> RefreshTls();
  // From now on /readyz says 503.
  void SetEnding();

 private:
  struct Impl;
  HttpServer(TunerControl& control, Duration hang_limit);
  std::unique_ptr<Impl> impl_;
  std::string address_;
};

}  // namespace trimtab
