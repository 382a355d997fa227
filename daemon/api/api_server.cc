// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/api_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>

#include "daemon/api/health_service.h"
#include "daemon/api/tuner_service.h"
#include "daemon/base/error.h"

namespace trimtab {
namespace {

constexpr int kMaxMessageBytes = 4 * 1024 * 1024;

// Serves at an address, which is then the real one.
absl::StatusOr<std::unique_ptr<grpc::Server>> Serve(const char* setting, const std::string& listen,
                                                    std::initializer_list<grpc::Service*> services,
                                                    std::string* address) {
  grpc::ServerBuilder builder;
  // A port in use is an error, not a share.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  int port = 0;
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  for (grpc::Service* service : services) builder.RegisterService(service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const bool socket = listen.rfind("unix:", 0) == 0;
  if (!server || (port == 0 && !socket)) {
    return Error(absl::StatusCode::kUnavailable, "{}: can't listen on {}: is it in use?", setting,
                 listen);
  }
  *address = socket ? listen : listen.substr(0, listen.rfind(':')) + ":" + std::to_string(port);
  return server;
}

}  // namespace

struct ApiServer::Services {
  Services(TunerControl& control, Duration hang_limit)
      : tuner(control), health(control, hang_limit), health_alone(control, hang_limit) {}
  TunerServiceImpl tuner;
  HealthService health;
  HealthService health_alone;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<grpc::Server> health_server;
};

ApiServer::ApiServer(TunerControl& control, Duration hang_limit)
    : services_(std::make_unique<Services>(control, hang_limit)) {}

ApiServer::~ApiServer() { ShutDown(Duration::zero()); }

absl::StatusOr<std::unique_ptr<ApiServer>> ApiServer::Start(const std::string& listen,
                                                            TunerControl& control,
                                                            const Options& options) {
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<ApiServer> api(new ApiServer(control, options.hang_limit));
  Services& services = *api->services_;
  auto server = Serve("api.listen", listen, {&services.tuner, &services.health}, &api->address_);
  if (!server.ok()) return server.status();
  services.server = *std::move(server);
  if (!options.health_listen.empty()) {
    auto health_server = Serve("api.health_listen", options.health_listen, {&services.health_alone},
                               &api->health_address_);
    if (!health_server.ok()) return health_server.status();
    services.health_server = *std::move(health_server);
  }
  api->SetServing(true);
  return api;
}

void ApiServer::SetServing(bool serving) {
  services_->health.SetServing(serving);
  services_->health_alone.SetServing(serving);
}

void ApiServer::ShutDown(Duration grace) {
  if (!services_->server) return;
  SetServing(false);
  services_->tuner.streams().EndAll();
  const auto deadline = std::chrono::system_clock::now() +
                        std::chrono::duration_cast<std::chrono::milliseconds>(grace);
  for (HealthService* health : {&services_->health, &services_->health_alone}) {
    health->streams().EndAll();
  }
  services_->server->Shutdown(deadline);
  services_->server.reset();
  if (services_->health_server) services_->health_server->Shutdown(deadline);
  services_->health_server.reset();
}

}  // namespace trimtab
