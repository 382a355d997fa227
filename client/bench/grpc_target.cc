// SPDX-License-Identifier: Apache-2.0
#include "client/bench/grpc_target.h"

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <fstream>
#include <sstream>

#include "client/bench/json_request.h"
#include "daemon/base/error.h"

namespace trimtab::bench {
namespace {

constexpr int kMaxMessageBytes = 256 << 20;

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(const GrpcOptions& options) {
  if (!options.tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions ssl;
  if (!options.ca_file.empty()) {
    std::ifstream file(options.ca_file, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file || text.str().empty()) {
      return Error(absl::StatusCode::kInvalidArgument, "{}: can't be read", options.ca_file);
    }
    ssl.pem_root_certs = text.str();
  }
  return grpc::SslCredentials(ssl);
}

// One worker's side: calls one after the other, waited for on a queue of its
// own, so that workers don't meet.
class Worker {
 public:
  explicit Worker(const std::shared_ptr<grpc::Channel>& channel) : stub_(channel) {}
  ~Worker() {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  absl::StatusOr<std::int64_t> Send(const GrpcOptions& options, const std::string& path,
                                    std::string_view payload) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + options.timeout);
    for (const auto& [key, value] : options.metadata) context.AddMetadata(key, value);
    // Not copied: the payload outlives the call.
    const grpc::Slice slice(payload.data(), payload.size(), grpc::Slice::STATIC_SLICE);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::Status status;
    const auto call = stub_.PrepareUnaryCall(&context, path, request, &queue_);
    call->StartCall();
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    if (!status.ok()) {
      return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                          status.error_message());
    }
    return static_cast<std::int64_t>(payload.size() + response.Length());
  }

 private:
  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
};

class GrpcTarget final : public Target {
 public:
  explicit GrpcTarget(GrpcOptions options)
      : options_(std::move(options)),
        path_(MethodPath(options_.method)),
        request_(options_.bytes) {}

  absl::Status Open(int workers) override {
    if (path_.empty()) {
      return Error(absl::StatusCode::kInvalidArgument,
                   "'{}' is not a method such as package.Service/Method", options_.method);
    }
    const auto credentials = Credentials(options_);
    if (!credentials.ok()) return credentials.status();
    std::vector<std::shared_ptr<grpc::Channel>> channels;
    for (int i = 0; i < std::min(workers, options_.connections); ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
      arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
      // Else channels to one address would share a connection.
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      channels.push_back(grpc::CreateCustomChannel(options_.address, *credentials, arguments));
      if (!channels.back()->WaitForConnected(std::chrono::system_clock::now() + options_.timeout)) {
        return Error(absl::StatusCode::kUnavailable, "no connection to {}{} within {} ms",
                     options_.address, options_.tls ? " by TLS" : "", options_.timeout.count());
      }
    }
    if (options_.json) {
      auto request = RequestFromJson(channels[0], path_, *options_.json, options_.timeout);
      if (!request.ok()) return request.status();
      request_ = *std::move(request);
    }
    workers_.clear();
    for (int i = 0; i < workers; ++i) {
      workers_.push_back(
          std::make_unique<Worker>(channels[static_cast<std::size_t>(i) % channels.size()]));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::int64_t> Send(int worker, std::string_view payload) override {
    return workers_[static_cast<std::size_t>(worker)]->Send(
        options_, path_, payload.empty() ? std::string_view(request_) : payload);
  }

  absl::StatusOr<std::string> PayloadOf(std::int64_t bytes) const override {
    return PadMessage(request_, bytes);
  }

  std::map<std::string, std::string> Labels() const override {
    return {{"target", options_.address + path_},
            {"connections", std::to_string(options_.connections)}};
  }

 private:
  const GrpcOptions options_;
  const std::string path_;
  std::string request_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace

std::string MethodPath(const std::string& method) {
  std::string path = method.starts_with('/') ? method : "/" + method;
  std::size_t cut = path.rfind('/');
  if (cut == 0) {
    cut = path.rfind('.');
    if (cut == std::string::npos) return "";
    path[cut] = '/';
  }
  const bool sound = cut > 1 && cut + 1 < path.size() && path.find('/', 1) == cut &&
                     path.find_first_of(" \t\r\n") == std::string::npos;
  return sound ? path : "";
}

std::unique_ptr<Target> MakeGrpcTarget(GrpcOptions options) {
  return std::make_unique<GrpcTarget>(std::move(options));
}

}  // namespace trimtab::bench
