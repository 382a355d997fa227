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
  struct Options {
    // Where grpc.health.v1 is served alone, for probes that may come from
    // anywhere; empty: nowhere.
    std::string health_listen = {};
    // The loop hangs when it hasn't gone round for so long.
    Duration hang_limit = std::chrono::seconds(30);
  };
  // Listens at once. UNAVAILABLE when an address can't be had. `control` must
  // outlive this.
  static absl::StatusOr<std::unique_ptr<ApiServer>> Start(const std::string& listen,
                                                          TunerControl& control,
                                                          const Options& options);
  static absl::StatusOr<std::unique_ptr<ApiServer>> Start(const std::string& listen,
                                                          TunerControl& control) {
    return Start(listen, control, Options());
  }
  // Shuts down at once.
  ~ApiServer();

  // Where it listens, the port resolved.
  const std::string& address() const { return address_; }
  // Of the health service alone; empty where it isn't served.
  const std::string& health_address() const { return health_address_; }
  // What the health service answers.
  void SetServing(bool serving);
  // Not serving; ends the streams, lets calls finish, within `grace`.
  void ShutDown(Duration grace);

 private:
  struct Services;
  ApiServer(TunerControl& control, Duration hang_limit);
  std::unique_ptr<Services> services_;
  std::string address_;
  std::string health_address_;
};

}  // namespace trimtab
