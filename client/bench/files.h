// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <string>

namespace trimtab::bench {

// The whole file. INVALID_ARGUMENT names it and says why it can't be read, or
// that it is larger than `limit` bytes.
absl::StatusOr<std::string> ReadFile(const std::string& path, std::size_t limit);
// Writes it beside its place first, so that a file that is there is replaced by
// a whole one or not at all.
absl::Status WriteFile(const std::string& path, const std::string& text);

}  // namespace trimtab::bench
