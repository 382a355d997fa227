// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>

namespace trimtab::host {

// The sum of two numbers that are not negative, or the largest number of their
// type where the sum doesn't fit.
template <typename T>
constexpr T AddSaturated(T a, T b) {
  T sum{};
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<T>::max() : sum;
}

}  // namespace trimtab::host
