// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/channel.h>

#include <chrono>
#include <memory>
#include <string>

namespace trimtab::bench {

// The request of a unary method, serialized from JSON: asks the server's
// reflection (v1alpha, else v1) for the method's type. `path` is
// "/package.Service/Method".
//
// UNIMPLEMENTED when the server has no reflection; NOT_FOUND when it knows no
// such method; INVALID_ARGUMENT when the method is a stream or the JSON doesn't
// fit, with the reason; otherwise the error of the call.
absl::StatusOr<std::string> RequestFromJson(const std::shared_ptr<grpc::Channel>& channel,
                                            const std::string& path, const std::string& json,
                                            std::chrono::milliseconds timeout);

}  // namespace trimtab::bench
