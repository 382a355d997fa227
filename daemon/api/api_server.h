// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/ports/tuner_control.h"

namespace trimtab {

// The gRPC server of TunerService, grpc.health.v1 and reflection. Thread-safe.
class ApiServer {
 public:
  // Listens at once. UNAVAILABLE when the address can't be had. `control` must
  // outlive this.
  static absl::StatusOr<std::unique_ptr<ApiServer>> Start(const std::string& listen,
                                                          TunerControl& control);
  // Shuts down at once.
  ~ApiServer();

  // Where it listens, the port resolved.
  const std::string& address() const { return address_; }
  // What the health service answers.
  void SetServing(bool serving);
  // Not serving; ends the streams, lets calls finish, within `grace`.
  void ShutDown(Duration grace);

 private:
  struct Services;
  ApiServer(TunerControl& control);
  std::unique_ptr<Services> services_;
  std::string address_;
};

}  // namespace trimtab
