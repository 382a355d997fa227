// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/api_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>

#include <atomic>

#include "daemon/api/tuner_service.h"
#include "daemon/base/error.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace trimtab {
namespace {

namespace health = grpc::health::v1;
constexpr int kMaxMessageBytes = 4 * 1024 * 1024;

// The standard health service, with its description compiled in, so that
// reflecting clients find it.
class HealthService final : public health::Health::CallbackService {
 public:
  void SetServing(bool serving) {
    serving_ = serving;
    streams_.PumpAll();
  }
  StreamSet& streams() { return streams_; }

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const health::HealthCheckRequest* request,
                                  health::HealthCheckResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    if (!Known(request->service())) {
      reactor->Finish(grpc::Status(grpc::StatusCode::NOT_FOUND,
                                   "there is no service '" + request->service() + "'"));
      return reactor;
    }
    response->set_status(Now());
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerWriteReactor<health::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext*, const health::HealthCheckRequest* request) override {
    const bool known = Known(request->service());
    auto last = std::make_shared<int>(-1);
    auto* stream = new LatestStream<health::HealthCheckResponse>(
        streams_, [this, known, last]() -> std::optional<health::HealthCheckResponse> {
          const auto now = known ? Now() : health::HealthCheckResponse::SERVICE_UNKNOWN;
          if (*last == now) return std::nullopt;
          *last = now;
          health::HealthCheckResponse response;
          response.set_status(now);
          return response;
        });
    streams_.Add(stream);
    return stream;
  }

 private:
  static bool Known(const std::string& service) {
    return service.empty() || service == v1::TunerService::service_full_name() ||
           service == health::Health::service_full_name();
  }
  health::HealthCheckResponse::ServingStatus Now() const {
    return serving_ ? health::HealthCheckResponse::SERVING
                    : health::HealthCheckResponse::NOT_SERVING;
  }

  std::atomic<bool> serving_{false};
  StreamSet streams_;
};

}  // namespace

struct ApiServer::Services {
  explicit Services(TunerControl& control) : tuner(control) {}
  TunerServiceImpl tuner;
  HealthService health;
  std::unique_ptr<grpc::Server> server;
};

ApiServer::ApiServer(TunerControl& control) : services_(std::make_unique<Services>(control)) {}

ApiServer::~ApiServer() { ShutDown(Duration::zero()); }

absl::StatusOr<std::unique_ptr<ApiServer>> ApiServer::Start(const std::string& listen,
                                                            TunerControl& control) {
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<ApiServer> api(new ApiServer(control));
  grpc::ServerBuilder builder;
  // A port in use is an error, not a share.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  int port = 0;
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&api->services_->tuner);
  builder.RegisterService(&api->services_->health);
  api->services_->server = builder.BuildAndStart();
  const bool socket = listen.rfind("unix:", 0) == 0;
  if (!api->services_->server || (port == 0 && !socket)) {
    return Error(absl::StatusCode::kUnavailable, "api.listen: can't listen on {}: is it in use?",
                 listen);
  }
  api->address_ =
      socket ? listen : listen.substr(0, listen.rfind(':')) + ":" + std::to_string(port);
  api->SetServing(true);
  return api;
}

void ApiServer::SetServing(bool serving) { services_->health.SetServing(serving); }

void ApiServer::ShutDown(Duration grace) {
  if (!services_->server) return;
  SetServing(false);
  services_->tuner.streams().EndAll();
  services_->health.streams().EndAll();
  services_->server->Shutdown(std::chrono::system_clock::now() +
                              std::chrono::duration_cast<std::chrono::milliseconds>(grace));
  services_->server.reset();
}

}  // namespace trimtab
