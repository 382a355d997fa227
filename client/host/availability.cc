// SPDX-License-Identifier: Apache-2.0
#include "client/host/availability.h"

#include <utility>

namespace trimtab::host {

void Availability::Set(bool available, MonotonicTime now) {
  if (available_) able_ += now - since_;
  since_ = now;
  available_ = available;
}

Duration Availability::Take(MonotonicTime now) {
  Set(available_, now);
  return std::exchange(able_, Duration::zero());
}

}  // namespace trimtab::host
