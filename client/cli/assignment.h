// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <trimtab/v1/config.pb.h>

#include <string>

namespace trimtab::cli {

// Takes "NAME=VALUE" into `config`, in the type that the parameter has in
// `in_force`, the host's configuration. INVALID_ARGUMENT says what is allowed.
absl::Status Assign(const v1::SystemConfig& in_force, const std::string& assignment,
                    v1::SystemConfig& config);

}  // namespace trimtab::cli
