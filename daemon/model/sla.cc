// SPDX-License-Identifier: Apache-2.0
#include "daemon/model/sla.h"

#include <algorithm>
#include <chrono>

namespace trimtab {

double ErrorBudget::RemainingRatio() const {
  using Seconds = std::chrono::duration<double>;
  const double spent = Seconds(in_breach).count();
  if (spent <= 0) return 1;
  const double allowed = allowed_ratio * Seconds(observed).count();
  if (allowed <= 0) return 0;
  return std::clamp(1 - spent / allowed, 0.0, 1.0);
}

}  // namespace trimtab
