// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "daemon/access/access_settings.h"
#include "daemon/audit/auditor.h"
#include "daemon/base/clock.h"
#include "daemon/ports/tuner_control.h"
#include "daemon/tls/tls_files.h"

namespace trimtab {

// The gRPC server of TunerService, grpc.health.v1 and reflection. Every call
// passes a CallGate first. Thread-safe.
class ApiServer {
 public:
  struct Options {
    // Where grpc.health.v1 is served alone, for probes that may come from
    // anywhere; empty: nowhere.
    std::string health_listen = {};
    // The loop hangs when it hasn't gone round for so long.
    Duration hang_limit = std::chrono::seconds(30);
    // Of a Unix socket; empty: the process's own.
    std::string socket_group = {};
    // For a TCP port; without, it takes connections of this machine only. `ca`:
    // who signs the certificates of clients.
    TlsFiles tls = {};
    AccessSettings access = {};
    ApiLimits limits = {};
    // Records calls that change something; must outlive this. Null: nothing does.
    Auditor* auditor = nullptr;
    Clock& clock = SystemClock();
  };
  // Listens at once. UNAVAILABLE when an address can't be had, INVALID_ARGUMENT
  // when a file of TLS or of a token is wrong. `control` must outlive this.
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
  // Reads the certificates again; streams go on. True: new ones are in use. An
  // error: the new files are wrong, told once; the old ones are in use still.
  // For one thread.
  absl::StatusOr<bool> RefreshTls();
  // Reads the tokens again. An error: those from before hold.
  absl::Status ReloadTokens();
  // What the health service answers.
  void SetServing(bool serving);
  // Not serving; ends the streams, lets calls finish, within `grace`.
  void ShutDown(Duration grace);

 private:
  struct Services;
  ApiServer(TunerControl& control, const Options& options);
  absl::Status Listen(const std::string& listen, const Options& options);

  std::unique_ptr<Services> services_;
  std::string address_;
  std::string health_address_;
};

}  // namespace trimtab
