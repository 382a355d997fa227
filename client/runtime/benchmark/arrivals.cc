// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/arrivals.h"

#include <cmath>

namespace trimtab::benchmark {

MonotonicTime Arrivals::Next() {
  if (load_.kind == Load::Kind::kPoisson) {
    // The gaps of a Poisson process are exponential; this is their inverse
    // distribution function.
    since_start_ += -std::log1p(-random_.Uniform()) / load_.rate;
  } else {
    since_start_ = static_cast<double>(count_++) / load_.rate;
  }
  return start_ + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(since_start_));
}

}  // namespace trimtab::benchmark
