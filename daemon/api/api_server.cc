// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/api_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/security/server_credentials.h>
#include <unistd.h>

#include <optional>
#include <utility>
#include <vector>

#include "daemon/api/call_audit.h"
#include "daemon/api/call_gate.h"
#include "daemon/api/health_service.h"
#include "daemon/api/tuner_service.h"
#include "daemon/api/unix_doors.h"
#include "daemon/api/unix_listener.h"
#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/tls/live_tls.h"

namespace trimtab {
namespace {

// Calls that are no streams, on a connection that has as many streams as its
// caller may have.
constexpr int kMoreCalls = 100;
// Reflection waits in threads, one a stream.
constexpr int kMaxSynchronousThreads = 16;

absl::Status CannotListen(const char* setting, const std::string& listen) {
  return Error(absl::StatusCode::kUnavailable, "{}: can't listen on {}: is it in use?", setting,
               listen);
}

void Bound(grpc::ServerBuilder& builder, const ApiLimits& limits) {
  // A port in use is an error, not a share.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(limits.max_message_bytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, limits.idle_ms);
  // A bound of memory only: the quota of streams says why it refuses one more.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.max_streams + kMoreCalls);
  grpc::ResourceQuota quota("api");
  quota.SetMaxThreads(kMaxSynchronousThreads);
  builder.SetResourceQuota(quota);
}

// A server of nothing but what is registered with it: reflection adds itself to
// every other.
class NoPlugins final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->clear();
  }
};

std::string WithPort(const std::string& listen, int port) {
  return listen.substr(0, listen.rfind(':')) + ":" + std::to_string(port);
}

}  // namespace

struct ApiServer::Services {
  Services(TunerControl& control, const Options& options)
      : audit(options.auditor, control),
        gate(options.access, options.limits, geteuid(), options.clock, audit),
        tuner(control, gate, audit),
        health(control, options.hang_limit, options.limits.max_streams),
        health_alone(control, options.hang_limit, options.limits.max_streams) {}
  std::unique_ptr<LiveTls> tls;
  const CallAudit audit;
  CallGate gate;
  TunerServiceImpl tuner;
  HealthService health;
  HealthService health_alone;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<grpc::Server> health_server;
  std::optional<UnixDoors> unix_doors;
  // Last: nobody comes once it is gone.
  std::unique_ptr<UnixListener> unix_listener;
};

ApiServer::ApiServer(TunerControl& control, const Options& options)
    : services_(std::make_unique<Services>(control, options)) {}

ApiServer::~ApiServer() { ShutDown(Duration::zero()); }

absl::StatusOr<std::unique_ptr<ApiServer>> ApiServer::Start(const std::string& listen,
                                                            TunerControl& control,
                                                            const Options& options) {
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<ApiServer> api(new ApiServer(control, options));
  if (absl::Status read = api->ReloadTokens(); !read.ok()) return read;
  if (absl::Status listening = api->Listen(listen, options); !listening.ok()) return listening;
  if (!options.health_listen.empty()) {
    grpc::ServerBuilder builder;
    Bound(builder, options.limits);
    int port = 0;
    builder.AddListeningPort(options.health_listen, grpc::InsecureServerCredentials(), &port);
    builder.SetOption(std::make_unique<NoPlugins>());
    builder.RegisterService(&api->services_->health_alone);
    api->services_->health_server = builder.BuildAndStart();
    const bool socket = IsUnixAddress(options.health_listen);
    if (!api->services_->health_server || (port == 0 && !socket)) {
      return CannotListen("api.health_listen", options.health_listen);
    }
    api->health_address_ = socket ? options.health_listen : WithPort(options.health_listen, port);
  }
  api->SetServing(true);
  return api;
}

absl::Status ApiServer::Listen(const std::string& listen, const Options& options) {
  Services& services = *services_;
  grpc::ServerBuilder builder;
  Bound(builder, options.limits);
  builder.RegisterService(&services.tuner);
  builder.RegisterService(&services.health);
  address_ = listen;
  if (IsUnixAddress(listen)) {
    auto listener = UnixListener::Listen(listen.substr(5), options.socket_group);
    if (!listener.ok()) return listener.status();
    services.unix_listener = *std::move(listener);
    services.unix_doors.emplace(builder, services.gate);
    services.server = builder.BuildAndStart();
    if (!services.server) return CannotListen("api.listen", listen);
    services.unix_listener->Start([&services](int connection, uid_t uid) {
      services.unix_doors->Accept(services.unix_listener->file(), connection, uid);
    });
    return absl::OkStatus();
  }
  std::shared_ptr<grpc::ServerCredentials> credentials;
  if (options.tls.enabled()) {
    auto tls = LiveTls::Open({"api.tls", "client_ca"}, options.tls);
    if (!tls.ok()) return tls.status();
    services.tls = *std::move(tls);
    // Not required: a token will do, too, and anybody may ask for the health.
    credentials = services.tls->ForServer(/*require=*/false);
  } else {
    credentials = grpc::experimental::LocalServerCredentials(LOCAL_TCP);
  }
  credentials->SetAuthMetadataProcessor(services.gate.MakeDoor(nullptr));
  int port = 0;
  builder.AddListeningPort(listen, credentials, &port);
  services.server = builder.BuildAndStart();
  if (!services.server || port == 0) return CannotListen("api.listen", listen);
  address_ = WithPort(listen, port);
  return absl::OkStatus();
}

absl::StatusOr<bool> ApiServer::RefreshTls() {
  if (!services_->tls) return false;
  return services_->tls->Refresh();
}

absl::Status ApiServer::ReloadTokens() { return services_->gate.ReloadTokens(); }

void ApiServer::SetServing(bool serving) {
  services_->health.SetServing(serving);
  services_->health_alone.SetServing(serving);
}

void ApiServer::ShutDown(Duration grace) {
  SetServing(false);
  services_->unix_listener.reset();
  services_->tuner.streams().EndAll();
  const auto deadline = std::chrono::system_clock::now() +
                        std::chrono::duration_cast<std::chrono::milliseconds>(grace);
  for (HealthService* health : {&services_->health, &services_->health_alone}) {
    health->streams().EndAll();
  }
  for (std::unique_ptr<grpc::Server>* server : {&services_->server, &services_->health_server}) {
    if (*server) (*server)->Shutdown(deadline);
    server->reset();
  }
}

}  // namespace trimtab
