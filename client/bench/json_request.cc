// SPDX-License-Identifier: Apache-2.0
#include "client/bench/json_request.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <map>
#include <utility>

#include "client/bench/reflection.pb.h"
#include "daemon/base/error.h"

namespace trimtab::bench {
namespace {

namespace pb = google::protobuf;
using Files = std::map<std::string, pb::FileDescriptorProto>;
using ReflectionStub = grpc::TemplatedGenericStub<ReflectionRequest, ReflectionResponse>;

// Bounds what a server that answers nonsense can make us ask.
constexpr int kMaxFiles = 1000;

// One stream of questions and answers, one step at a time.
class Conversation {
 public:
  Conversation(const std::shared_ptr<grpc::Channel>& channel, const std::string& version,
               std::chrono::milliseconds timeout)
      : stub_(channel) {
    context_.set_deadline(std::chrono::system_clock::now() + timeout);
    stream_ = stub_.PrepareCall(
        &context_, "/grpc.reflection." + version + ".ServerReflection/ServerReflectionInfo",
        &queue_);
    stream_->StartCall(nullptr);
    alive_ = Done();
  }
  ~Conversation() {
    if (!finished_) End();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  absl::StatusOr<ReflectionResponse> Ask(const ReflectionRequest& question) {
    ReflectionResponse answer;
    if (alive_) {
      stream_->Write(question, nullptr);
      alive_ = Done();
    }
    if (alive_) {
      stream_->Read(&answer, nullptr);
      alive_ = Done();
    }
    if (alive_) return answer;
    const grpc::Status status = End();
    if (status.ok()) return absl::UnavailableError("the server ended its reflection");
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  }

 private:
  bool Done() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }
  grpc::Status End() {
    finished_ = true;
    if (alive_) {
      stream_->WritesDone(nullptr);
      Done();
      context_.TryCancel();
    }
    grpc::Status status;
    stream_->Finish(&status, nullptr);
    Done();
    return status;
  }

  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  ReflectionStub stub_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<ReflectionRequest, ReflectionResponse>> stream_;
  bool alive_ = false;
  bool finished_ = false;
};

// Takes in the files of an answer.
absl::Status Learn(const ReflectionResponse& answer, const std::string& what, Files* files) {
  if (answer.has_error_response()) {
    return Error(absl::StatusCode::kNotFound, "the server knows no {}: {}", what,
                 answer.error_response().error_message());
  }
  for (const std::string& bytes : answer.file_descriptor_response().file_descriptor_proto()) {
    pb::FileDescriptorProto file;
    if (!file.ParseFromString(bytes)) {
      return absl::InternalError("the server's reflection makes no sense");
    }
    (*files)[file.name()] = std::move(file);
  }
  return absl::OkStatus();
}

absl::StatusOr<Files> AskForFiles(const std::shared_ptr<grpc::Channel>& channel,
                                  const std::string& version, const std::string& service,
                                  std::chrono::milliseconds timeout) {
  Conversation conversation(channel, version, timeout);
  Files files;
  ReflectionRequest question;
  question.set_file_containing_symbol(service);
  absl::StatusOr<ReflectionResponse> answer = conversation.Ask(question);
  if (!answer.ok()) return answer.status();
  if (auto status = Learn(*answer, "service " + service, &files); !status.ok()) return status;
  for (int asked = 0; asked < kMaxFiles; ++asked) {
    std::string missing;
    for (const auto& [name, file] : files) {
      for (const std::string& import : file.dependency()) {
        if (!files.contains(import)) missing = import;
      }
    }
    if (missing.empty()) return files;
    question.set_file_by_filename(missing);
    answer = conversation.Ask(question);
    if (!answer.ok()) return answer.status();
    if (auto status = Learn(*answer, "file " + missing, &files); !status.ok()) return status;
    if (!files.contains(missing)) break;
  }
  return absl::InternalError("the server's reflection makes no sense");
}

// Adds a file after all that it imports. False: they don't fit together.
bool Build(const std::string& name, const Files& files, int depth, pb::DescriptorPool* pool) {
  if (pool->FindFileByName(name) != nullptr) return true;
  const auto found = files.find(name);
  // No chain of imports without a circle is longer than the files.
  if (found == files.end() || depth > static_cast<int>(files.size())) return false;
  for (const std::string& import : found->second.dependency()) {
    if (!Build(import, files, depth + 1, pool)) return false;
  }
  return pool->BuildFile(found->second) != nullptr;
}

}  // namespace

absl::StatusOr<std::string> RequestFromJson(const std::shared_ptr<grpc::Channel>& channel,
                                            const std::string& path, const std::string& json,
                                            std::chrono::milliseconds timeout) {
  const std::size_t slash = path.rfind('/');
  const std::string service = path.substr(1, slash - 1);
  absl::StatusOr<Files> files = AskForFiles(channel, "v1alpha", service, timeout);
  if (absl::IsUnimplemented(files.status())) files = AskForFiles(channel, "v1", service, timeout);
  if (absl::IsUnimplemented(files.status())) {
    return absl::UnimplementedError(
        "the server has no reflection, which JSON needs; give the request as bytes instead "
        "(--bytes-file)");
  }
  if (!files.ok()) return files.status();

  pb::DescriptorPool pool;
  for (const auto& [name, file] : *files) {
    if (!Build(name, *files, 0, &pool)) {
      return absl::InternalError("the server's reflection makes no sense");
    }
  }
  const std::string full_name = service + "." + path.substr(slash + 1);
  const pb::MethodDescriptor* method = pool.FindMethodByName(full_name);
  if (method == nullptr) {
    return Error(absl::StatusCode::kNotFound, "the server knows no method {}", full_name);
  }
  if (method->client_streaming() || method->server_streaming()) {
    return Error(absl::StatusCode::kInvalidArgument, "{} is a stream; only unary methods are run",
                 full_name);
  }
  pb::DynamicMessageFactory factory(&pool);
  const std::unique_ptr<pb::Message> request(factory.GetPrototype(method->input_type())->New());
  const auto parsed = pb::util::JsonStringToMessage(json, request.get());
  if (!parsed.ok()) {
    return Error(absl::StatusCode::kInvalidArgument, "the JSON is no {}: {}",
                 method->input_type()->full_name(), std::string(parsed.message()));
  }
  return request->SerializeAsString();
}

}  // namespace trimtab::bench
