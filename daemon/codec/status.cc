// SPDX-License-Identifier: Apache-2.0
#include "daemon/codec/status.h"

#include "daemon/base/error.h"
#include "daemon/base/utf8.h"

namespace trimtab::codec {

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), Message(status));
}

absl::Status FromGrpc(const std::string& what, const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const int number = status.error_code();
  // A code from outside the canonical ones says only that something failed.
  const auto code = number >= 1 && number <= 16 ? static_cast<absl::StatusCode>(number)
                                                : absl::StatusCode::kUnknown;
  return Error(code, "{}: {}", what, ToUtf8(status.error_message()));
}

}  // namespace trimtab::codec
