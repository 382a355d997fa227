// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/base/clock.h"

namespace trimtab::host {

// Adds up the time in which the host was able to serve. Able at start. Not
// thread-safe; times must not descend.
class Availability {
 public:
  explicit Availability(MonotonicTime now) : since_(now) {}

  void Set(bool available, MonotonicTime now);
  // The able time since the last call (at first: since the construction).
  Duration Take(MonotonicTime now);

 private:
  bool available_ = true;
  MonotonicTime since_;
  Duration able_{};
};

}  // namespace trimtab::host
