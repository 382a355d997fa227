// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/health_service.h"

#include <optional>

#include "trimtab/v1/tuner.grpc.pb.h"

namespace trimtab {

namespace health = grpc::health::v1;

HealthService::HealthService(TunerControl& control, Duration hang_limit, int max_streams)
    : control_(control),
      hang_limit_(hang_limit),
      quota_(max_streams),
      listening_(control.Listen([this] { streams_.PumpAll(); })) {}

void HealthService::SetServing(bool serving) {
  serving_ = serving;
  streams_.PumpAll();
}

grpc::ServerUnaryReactor* HealthService::Check(grpc::CallbackServerContext* context,
                                               const health::HealthCheckRequest* request,
                                               health::HealthCheckResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto now = Now(request->service());
  if (now == health::HealthCheckResponse::SERVICE_UNKNOWN) {
    reactor->Finish(grpc::Status(grpc::StatusCode::NOT_FOUND,
                                 "there is no service '" + request->service() + "'"));
    return reactor;
  }
  response->set_status(now);
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerWriteReactor<health::HealthCheckResponse>* HealthService::Watch(
    grpc::CallbackServerContext*, const health::HealthCheckRequest* request) {
  std::shared_ptr<void> lease = quota_.Take("anybody");
  if (!lease) {
    return new RefusedStream<health::HealthCheckResponse>(
        grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED,
                     "as many streams of the health are open as api.limits.streams allows"));
  }
  auto last = std::make_shared<int>(-1);
  auto* stream = new LatestStream<health::HealthCheckResponse>(
      streams_,
      [this, service = request->service(), last,
       lease]() -> std::optional<health::HealthCheckResponse> {
        const auto now = Now(service);
        if (*last == now) return std::nullopt;
        *last = now;
        health::HealthCheckResponse response;
        response.set_status(now);
        return response;
      });
  streams_.Add(stream);
  return stream;
}

health::HealthCheckResponse::ServingStatus HealthService::Now(const std::string& service) const {
  bool well = serving_;
  if (service == "liveness" || service == "readiness") {
    well = well && control_.SinceLastRound() <= hang_limit_;
    if (service == "readiness") well = well && control_.Status()->host_reachable;
  } else if (!service.empty() && service != v1::TunerService::service_full_name() &&
             service != health::Health::service_full_name()) {
    return health::HealthCheckResponse::SERVICE_UNKNOWN;
  }
  return well ? health::HealthCheckResponse::SERVING : health::HealthCheckResponse::NOT_SERVING;
}

}  // namespace trimtab
