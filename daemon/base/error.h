// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <fmt/format.h>

#include <string>
#include <utility>

namespace trimtab {

// Makes a status with a formatted message:
//   return Error(absl::StatusCode::kNotFound, "no trial {}", id);
template <typename... Args>
absl::Status Error(absl::StatusCode code, fmt::format_string<Args...> format, Args&&... args) {
  return absl::Status(code, fmt::format(format, std::forward<Args>(args)...));
}

// The message of a status as a std::string.
inline std::string Message(const absl::Status& status) { return std::string(status.message()); }

}  // namespace trimtab
