// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "client/bench/grpc_target.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace trimtab::bench {

namespace health = grpc::health::v1;

// Serves health, and remembers what it was asked. Where the reflection library is
// linked, the server has reflection too.
class HealthServerTest : public testing::Test, public health::Health::Service {
 protected:
  grpc::Status Check(grpc::ServerContext* context, const health::HealthCheckRequest* request,
                     health::HealthCheckResponse* response) override {
    ++calls;
    asked = request->service();
    request_bytes = static_cast<std::int64_t>(request->ByteSizeLong());
    const auto found = context->client_metadata().find("who");
    who = found == context->client_metadata().end()
              ? ""
              : std::string(found->second.data(), found->second.size());
    response->set_status(health::HealthCheckResponse::SERVING);
    return asked == "hang" ? Hang(*context) : grpc::Status::OK;
  }

  void Serve() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(this);
    server = builder.BuildAndStart();
    options.address = "127.0.0.1:" + std::to_string(port);
    options.method = "grpc.health.v1.Health/Check";
  }

  static grpc::Status Hang(const grpc::ServerContext& context) {
    while (!context.IsCancelled()) std::this_thread::yield();
    return grpc::Status::CANCELLED;
  }

  GrpcOptions options;
  std::unique_ptr<grpc::Server> server;
  int calls = 0;
  std::string asked;
  std::string who;
  std::int64_t request_bytes = 0;
};

}  // namespace trimtab::bench
