// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

namespace trimtab::control {

// Whether a failed call says nothing about what was asked, only that the host
// couldn't be talked to; the call may have been carried out all the same.
inline bool IsTransport(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsCancelled(status) || absl::IsInternal(status) || absl::IsUnknown(status) ||
         absl::IsUnimplemented(status);
}

}  // namespace trimtab::control
