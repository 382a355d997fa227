// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <string>
#include <vector>

#include "grpc/health/v1/health.pb.h"
#include "trimtab/v1/tuner.pb.h"

namespace trimtab {

// Makes one call by its path, with one message of no bytes, which every request
// is, and tells whether the service let it in: OK once a message or an end
// without an error came, or the service's own error.
inline grpc::Status RawCall(const std::shared_ptr<grpc::Channel>& channel, const std::string& path,
                            const std::string& authorization = "") {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  if (!authorization.empty()) context.AddMetadata("authorization", authorization);
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(&context, path, &queue);
  const auto done = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  call->StartCall(nullptr);
  bool answered = false;
  if (done()) {
    grpc::Slice slice("");
    grpc::ByteBuffer message(&slice, 1);
    call->WriteLast(message, grpc::WriteOptions(), nullptr);
    if (done()) {
      call->Read(&message, nullptr);
      answered = done();
    }
  }
  if (answered) context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  done();
  return answered ? grpc::Status::OK : status;
}

// The paths of every call of a file's services.
inline std::vector<std::string> PathsOf(const google::protobuf::FileDescriptor* file) {
  std::vector<std::string> paths;
  for (int i = 0; i < file->service_count(); ++i) {
    for (int j = 0; j < file->service(i)->method_count(); ++j) {
      paths.push_back("/" + file->service(i)->full_name() + "/" +
                      file->service(i)->method(j)->name());
    }
  }
  return paths;
}

// All that the API serves.
inline std::vector<std::string> EveryCall() {
  std::vector<std::string> paths = PathsOf(v1::GetStatusRequest::descriptor()->file());
  for (const std::string& each :
       PathsOf(grpc::health::v1::HealthCheckRequest::descriptor()->file())) {
    paths.push_back(each);
  }
  paths.push_back("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo");
  return paths;
}

}  // namespace trimtab
