// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>

#include "daemon/base/error.h"
#include "daemon/base/thread.h"

namespace trimtab::runtime {

// A thread as OwnedThread's constructor makes it; RESOURCE_EXHAUSTED when the
// system gives no more.
inline absl::StatusOr<OwnedThread> StartThread(const std::string& name,
                                               std::function<void(std::stop_token)> body) {
  try {
    return OwnedThread(name, std::move(body));
  } catch (const std::system_error& error) {
    return Error(absl::StatusCode::kResourceExhausted, "{}: no more threads: {}", name,
                 error.what());
  }
}

}  // namespace trimtab::runtime
