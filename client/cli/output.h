// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/message.h>

#include <string>

// What trimtabctl says and ends with.
namespace trimtab::cli {

enum Exit { kOk = 0, kRefused = 1, kBadInput = 2, kUnreachable = 3, kNotFound = 4 };

// Says the text on standard output at once; kOk.
int Say(const std::string& text);
// Says the error on standard error; the exit code that stands for it.
int Fail(const absl::Status& status);
// One line, with every field.
std::string Json(const google::protobuf::Message& message);

}  // namespace trimtab::cli
