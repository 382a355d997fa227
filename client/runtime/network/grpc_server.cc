// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/grpc_server.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <utility>

#include "client/runtime/network/grpc_bytes.h"
#include "daemon/base/error.h"

namespace trimtab::runtime {
namespace {

struct Counters {
  std::atomic<std::int64_t> calls{0}, requests{0}, failed{0}, refused{0};
};

// One call; ends itself.
class ByteCall final : public grpc::ServerGenericBidiReactor {
 public:
  ByteCall(const runtime::Handler& handler, Counters& counters)
      : handler_(handler), counters_(counters) {
    ++counters_.calls;
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Answer(absl::InvalidArgumentError("there was no request"));
    ++counters_.requests;
    Reply reply([this](absl::StatusOr<std::string> answer) { Answer(std::move(answer)); });
    try {
      handler_(ToString(request_), reply);
    } catch (const std::exception& error) {
      reply(absl::UnknownError(error.what()));
    } catch (...) {
      reply(absl::UnknownError("what was thrown is no std::exception"));
    }
  }
  void OnDone() override {
    --counters_.calls;
    delete this;
  }

 private:
  void Answer(absl::StatusOr<std::string> answer) {
    if (!answer.ok()) {
      ++counters_.failed;
      return Finish(ToGrpc(answer.status()));
    }
    answer_ = ToByteBuffer(*answer);
    StartWriteAndFinish(&answer_, {}, grpc::Status::OK);
  }

  const runtime::Handler& handler_;
  Counters& counters_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer answer_;
};

class Refusal final : public grpc::ServerGenericBidiReactor {
 public:
  Refusal() { Finish({grpc::StatusCode::UNIMPLEMENTED, "there is no such method"}); }
  void OnDone() override { delete this; }
};

class ByteService final : public grpc::CallbackGenericService {
 public:
  ByteService(std::string method, runtime::Handler handler)
      : method_(std::move(method)), handler_(std::move(handler)) {}

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    if (context->method() == method_) return new ByteCall(handler_, counters_);
    ++counters_.refused;
    return new Refusal();
  }

  GrpcBytesServerStats stats() const {
    return {counters_.calls, counters_.requests, counters_.failed, counters_.refused};
  }

 private:
  const std::string method_;
  const runtime::Handler handler_;
  Counters counters_;
};

std::shared_ptr<grpc::ServerCredentials> Credentials(const GrpcTls& tls) {
  if (!tls.enabled()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(
      tls.root_certificates.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                    : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = tls.root_certificates;
  options.pem_key_cert_pairs = {{tls.private_key, tls.certificate}};
  return grpc::SslServerCredentials(options);
}

}  // namespace

struct GrpcBytesServer::Impl {
  Impl(std::string method, Handler handler) : service(std::move(method), std::move(handler)) {}

  ByteService service;
  std::string address;
  std::unique_ptr<grpc::Server> server;
};

absl::StatusOr<std::unique_ptr<GrpcBytesServer>> GrpcBytesServer::Start(
    GrpcBytesServerOptions options, Handler handler) {
  if (options.max_message_bytes < 1) return InvalidMaxMessageBytes(options.max_message_bytes);
  if (absl::Status valid = Validate(options.tls); !valid.ok()) return valid;
  if (options.tls.enabled() && options.tls.certificate.empty()) {
    return absl::InvalidArgumentError("a server with TLS needs a certificate");
  }
  auto impl = std::make_unique<Impl>(options.method, std::move(handler));
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options.listen, Credentials(options.tls), &port);
  // Two servers must not share a port by accident.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(options.max_message_bytes);
  builder.SetMaxSendMessageSize(options.max_message_bytes);
  builder.RegisterCallbackGenericService(&impl->service);
  impl->server = builder.BuildAndStart();
  if (impl->server == nullptr || port == 0) {
    return Error(absl::StatusCode::kUnavailable, "can't listen on {}", options.listen);
  }
  impl->address = options.listen.substr(0, options.listen.rfind(':') + 1) + std::to_string(port);
  return std::unique_ptr<GrpcBytesServer>(new GrpcBytesServer(std::move(impl)));
}

GrpcBytesServer::GrpcBytesServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

GrpcBytesServer::~GrpcBytesServer() { impl_->server->Shutdown(std::chrono::system_clock::now()); }

const std::string& GrpcBytesServer::address() const { return impl_->address; }

GrpcBytesServerStats GrpcBytesServer::stats() const { return impl_->service.stats(); }

std::vector<Statistic> Export(const GrpcBytesServerStats& stats) {
  return {
      {"grpc_server_calls", "Calls under way.", Statistic::Kind::kGauge,
       static_cast<double>(stats.calls)},
      {"grpc_server_requests_total", "Requests read.", Statistic::Kind::kCounter,
       static_cast<double>(stats.requests)},
      {"grpc_server_failed_total", "Calls answered with an error.", Statistic::Kind::kCounter,
       static_cast<double>(stats.failed)},
      {"grpc_server_refused_total", "Calls of another method.", Statistic::Kind::kCounter,
       static_cast<double>(stats.refused)},
  };
}

}  // namespace trimtab::runtime
