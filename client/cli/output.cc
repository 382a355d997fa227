// SPDX-License-Identifier: Apache-2.0
#include "client/cli/output.h"

#include <google/protobuf/util/json_util.h>

#include <cstdio>

namespace trimtab::cli {

int Say(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
  return kOk;
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "trimtabctl: %s\n", std::string(status.message()).c_str());
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return kUnreachable;
    case absl::StatusCode::kInvalidArgument:
      return kBadInput;
    case absl::StatusCode::kNotFound:
      return kNotFound;
    default:
      return kRefused;
  }
}

std::string Json(const google::protobuf::Message& message) {
  std::string text;
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  google::protobuf::util::MessageToJsonString(message, &text, options);
  return text + "\n";
}

}  // namespace trimtab::cli
