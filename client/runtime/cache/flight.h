// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <stop_token>
#include <utility>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"

namespace trimtab::runtime::cache {

// One load that several callers wait for. When the last of them has given up,
// its loader is asked to stop and nobody can join it any more. Thread-safe.
template <typename Value>
class Flight {
 public:
  // The loader stops when `stop` says so.
  explicit Flight(std::stop_source stop) : stop_(std::move(stop)) {}

  // Joins the callers that wait; the one who began the load has joined already.
  // False if all have given up.
  bool Join() {
    const MutexLock lock(mutex_);
    if (waiting_ == 0) return false;
    ++waiting_;
    return true;
  }

  // The result, or DEADLINE_EXCEEDED; without a deadline waits for the result.
  // Once for each who has joined.
  absl::StatusOr<Value> Wait(Clock& clock, std::optional<MonotonicTime> deadline) {
    {
      const MutexLock lock(mutex_);
      while (!result_.has_value() && (!deadline.has_value() || clock.Now() < *deadline)) {
        if (deadline.has_value()) {
          clock.WaitUntil(landed_, mutex_, *deadline);
        } else {
          landed_.Wait(mutex_);
        }
      }
      if (result_.has_value()) return *result_;
      if (--waiting_ > 0) return Late();
    }
    // Under no lock: it may call back.
    stop_.request_stop();
    return Late();
  }

  // One who has joined no longer waits for the result, unless it is there.
  void GiveUp() {
    {
      const MutexLock lock(mutex_);
      if (result_.has_value() || --waiting_ > 0) return;
    }
    // Under no lock: it may call back.
    stop_.request_stop();
  }

  // Whether somebody waits, so that Join() would join.
  bool Waited() {
    const MutexLock lock(mutex_);
    return waiting_ > 0;
  }

  // Ends the wait of all; once.
  void Land(absl::StatusOr<Value> result) {
    const MutexLock lock(mutex_);
    result_ = std::move(result);
    landed_.NotifyAll();
  }

  std::stop_token stop() const { return stop_.get_token(); }

 private:
  static absl::Status Late() {
    return absl::DeadlineExceededError("the loader has not answered in time");
  }

  std::stop_source stop_;
  Mutex mutex_;
  CondVar landed_;
  int waiting_ TRIMTAB_GUARDED_BY(mutex_) = 1;
  std::optional<absl::StatusOr<Value>> result_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::runtime::cache
