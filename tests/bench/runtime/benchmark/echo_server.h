// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

namespace trimtab::bench {

// A gRPC server on a free port of the loopback that answers each unary call, of
// whatever name, with its own request.
class EchoServer {
 public:
  EchoServer() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterCallbackGenericService(&service_);
    server_ = builder.BuildAndStart();
    address_ = "127.0.0.1:" + std::to_string(port);
  }
  ~EchoServer() { server_->Shutdown(); }

  const std::string& address() const { return address_; }

 private:
  class Echo final : public grpc::ServerGenericBidiReactor {
   public:
    Echo() { StartRead(&message_); }
    void OnReadDone(bool ok) override {
      if (ok) {
        StartWriteAndFinish(&message_, {}, grpc::Status::OK);
      } else {
        Finish({grpc::StatusCode::INVALID_ARGUMENT, "no request"});
      }
    }
    void OnDone() override { delete this; }

   private:
    grpc::ByteBuffer message_;
  };
  class Service final : public grpc::CallbackGenericService {
    grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
      return new Echo;
    }
  };

  Service service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace trimtab::bench
