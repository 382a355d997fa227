// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <exception>
#include <stop_token>
#include <string>

namespace trimtab::runtime::cache {

// Calls loader(key, stop), unless `stop` was requested already: CANCELLED then.
// What it throws becomes INTERNAL with its message.
template <typename Value, typename Loader, typename Key>
absl::StatusOr<Value> RunLoader(const Loader& loader, const Key& key, const std::stop_token& stop) {
  if (stop.stop_requested()) return absl::CancelledError("nobody waits for this load any more");
  try {
    return loader(key, stop);
  } catch (const std::exception& error) {
    return absl::InternalError(std::string("the loader threw: ") + error.what());
  } catch (...) {
    return absl::InternalError("the loader threw what is no std::exception");
  }
}

}  // namespace trimtab::runtime::cache
