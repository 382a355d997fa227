// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "daemon/ports/tuner_control.h"

namespace trimtab {

// Serves /metrics for Prometheus, /healthz (200 while the control loop goes
// round) and /readyz (200 once the host has been reached and the loop is not
// ending), by civetweb, which prometheus-cpp brings. Two threads.
class HttpServer {
 public:
  // UNAVAILABLE when the address can't be had. `control` must outlive this. Its
  // loop hangs when it hasn't gone round for `hang_limit`.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const std::string& listen,
                                                           TunerControl& control,
                                                           Duration hang_limit);
  ~HttpServer();

  // Where it listens, the port resolved.
  const std::string& address() const { return address_; }
  // From now on /readyz says 503.
  void SetEnding();

 private:
  struct Impl;
  HttpServer();
  std::unique_ptr<Impl> impl_;
  std::string address_;
};

}  // namespace trimtab
