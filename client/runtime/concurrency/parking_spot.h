// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/base/mutex.h"

namespace trimtab::runtime {

// Where one thread sleeps until another wakes it. Thread-safe.
class ParkingSpot {
 public:
  // Waits for Wake() and returns what it brought; at once if that came before.
  bool Sleep() {
    const MutexLock lock(mutex_);
    while (!woken_) changed_.Wait(mutex_);
    woken_ = false;
    return called_;
  }

  // `called`: there is a task; else to look around.
  void Wake(bool called) {
    const MutexLock lock(mutex_);
    woken_ = true;
    called_ = called;
    changed_.NotifyOne();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool woken_ TRIMTAB_GUARDED_BY(mutex_) = false;
  bool called_ TRIMTAB_GUARDED_BY(mutex_) = false;
};

}  // namespace trimtab::runtime
