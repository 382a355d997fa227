// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <grpcpp/support/status.h>

#include <string>

namespace trimtab::codec {

// The canonical codes of both are the same numbers.
grpc::Status ToGrpc(const absl::Status& status);
// `what` is put before the message: "ApplyConfig: connection refused". A message
// that isn't UTF-8 is made so.
absl::Status FromGrpc(const std::string& what, const grpc::Status& status);

}  // namespace trimtab::codec
