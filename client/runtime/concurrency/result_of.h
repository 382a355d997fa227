// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <exception>
#include <string>
#include <type_traits>
#include <utility>

namespace trimtab::runtime {

// How the outcome of a call that returns T is kept: T or an error.
template <typename T>
struct ResultOf {
  using Type = absl::StatusOr<T>;
};
template <>
struct ResultOf<void> {
  using Type = absl::Status;
};
template <>
struct ResultOf<absl::Status> {
  using Type = absl::Status;
};
template <typename T>
struct ResultOf<absl::StatusOr<T>> {
  using Type = absl::StatusOr<T>;
};

// Calls `f`. What it throws becomes INTERNAL with the words of the exception.
template <typename F, typename... Args>
auto CallForResult(F& f, Args&&... args) ->
    typename ResultOf<std::invoke_result_t<F&, Args...>>::Type {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<F&, Args...>>) {
      f(std::forward<Args>(args)...);
      return absl::OkStatus();
    } else {
      return f(std::forward<Args>(args)...);
    }
  } catch (const std::exception& error) {
    return absl::InternalError(std::string("threw: ") + error.what());
  } catch (...) {
    return absl::InternalError("threw what is no std::exception");
  }
}

}  // namespace trimtab::runtime
