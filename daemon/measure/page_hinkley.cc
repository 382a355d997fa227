// SPDX-License-Identifier: Apache-2.0
#include "daemon/measure/page_hinkley.h"

#include <algorithm>

namespace trimtab {

bool PageHinkley::Add(double value) {
  rise_ = std::max(0.0, rise_ + value - delta_);
  fall_ = std::max(0.0, fall_ - value - delta_);
  return rise_ > lambda_ || fall_ > lambda_;
}

}  // namespace trimtab
