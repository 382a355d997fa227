// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/backoff.h"

namespace trimtab {

Backoff::Backoff(Duration initial, Duration max, std::uint64_t seed)
    : initial_(initial), max_(max), delay_(initial), random_(seed) {}

Duration Backoff::Next() {
  const Duration half = delay_ / 2;
  const Duration drawn =
      half + Duration(static_cast<Duration::rep>(random_.Uniform() *
                                                 static_cast<double>((delay_ - half).count())));
  // Compared before doubling: the double could overflow.
  delay_ = delay_ > max_ / 2 ? max_ : delay_ * 2;
  return drawn;
}

}  // namespace trimtab
