// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "daemon/access/stream_quota.h"
#include "daemon/api/status_stream.h"
#include "daemon/ports/tuner_control.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace trimtab {

// The standard health service, with its description compiled in, so that
// reflecting clients find it. Besides the services themselves it answers for
// "liveness" (the control loop goes round) and "readiness" (the host has been
// reached too). None is well once the daemon ends. Thread-safe.
class HealthService final : public grpc::health::v1::Health::CallbackService {
 public:
  // `control` must outlive this. Of all callers together, `max_streams` may
  // watch at a time.
  HealthService(TunerControl& control, Duration hang_limit, int max_streams);

  void SetServing(bool serving);
  StreamSet& streams() { return streams_; }

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest* request,
                                  grpc::health::v1::HealthCheckResponse* response) override;
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context,
      const grpc::health::v1::HealthCheckRequest* request) override;

 private:
  // SERVICE_UNKNOWN for a name that nothing bears.
  grpc::health::v1::HealthCheckResponse::ServingStatus Now(const std::string& service) const;

  TunerControl& control_;
  const Duration hang_limit_;
  std::atomic<bool> serving_{false};
  StreamQuota quota_;
  StreamSet streams_;
  // Last: no listener is called once the rest goes.
  std::shared_ptr<void> listening_;
};

}  // namespace trimtab
