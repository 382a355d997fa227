// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"

namespace trimtab::runtime {

// What a Future and the task that fills it share. Whoever claims it first, task
// or canceller, settles it, once. Thread-safe.
template <typename R>
class FutureState {
 public:
  // True for the one that is to settle it.
  bool Claim() { return (phase_.fetch_or(kClaimed, std::memory_order_acq_rel) & kClaimed) == 0; }

  void Settle(R result) {
    result_.emplace(std::move(result));
    if ((phase_.fetch_or(kSettled, std::memory_order_acq_rel) & kAwaited) == 0) return;
    const MutexLock lock(mutex_);
    settled_.NotifyAll();
  }

  bool Settled() const { return (phase_.load(std::memory_order_acquire) & kSettled) != 0; }

  void Wait() {
    if (Settled()) return;
    const MutexLock lock(mutex_);
    phase_.fetch_or(kAwaited, std::memory_order_acq_rel);
    while (!Settled()) settled_.Wait(mutex_);
  }

  bool WaitUntil(Clock& clock, MonotonicTime deadline) {
    if (Settled()) return true;
    const MutexLock lock(mutex_);
    phase_.fetch_or(kAwaited, std::memory_order_acq_rel);
    while (!Settled() && clock.Now() < deadline) clock.WaitUntil(settled_, mutex_, deadline);
    return Settled();
  }

  R Take() { return *std::exchange(result_, std::nullopt); }

 private:
  static constexpr std::uint32_t kClaimed = 1;
  static constexpr std::uint32_t kSettled = 2;
  // Somebody waits, or did, so that the others needn't be woken.
  static constexpr std::uint32_t kAwaited = 4;

  std::atomic<std::uint32_t> phase_{0};
  std::optional<R> result_;
  Mutex mutex_;
  CondVar settled_;
};

// The result of a task to come: R is absl::Status, or absl::StatusOr of what the
// task returns. Movable. One thread at a time, but Cancel() and Ready() from any
// that can see it. A Future that is dropped lets its task run.
template <typename R>
class Future {
 public:
  Future() = default;
  explicit Future(std::shared_ptr<FutureState<R>> state) : state_(std::move(state)) {}
  Future(Future&&) noexcept = default;
  Future& operator=(Future&&) noexcept = default;

  // False once Get() was called, and when made of nothing.
  bool valid() const { return state_ != nullptr && !taken_; }
  // Whether Get() returns at once. The future must be of a task, here and below.
  bool Ready() const { return state_->Settled(); }

  // Waits for the result. CANCELLED and DEADLINE_EXCEEDED when the task was
  // dropped for that, INTERNAL when it threw, RESOURCE_EXHAUSTED when it was
  // refused, FAILED_PRECONDITION when the future isn't valid.
  R Get() {
    if (!valid()) return absl::FailedPreconditionError("the future has no result");
    // The state stays: another thread may be about to cancel.
    taken_ = true;
    state_->Wait();
    return state_->Take();
  }
  // Waits until `deadline` at most; whether the future is ready.
  bool WaitUntil(MonotonicTime deadline, Clock& clock = SystemClock()) const {
    return state_->WaitUntil(clock, deadline);
  }

  // Cancels the task if it hasn't begun: the result is CANCELLED at once. False
  // when it has begun or ended.
  bool Cancel() {
    if (!state_->Claim()) return false;
    state_->Settle(absl::CancelledError("cancelled before it began"));
    return true;
  }

 private:
  std::shared_ptr<FutureState<R>> state_;
  bool taken_ = false;
};

}  // namespace trimtab::runtime
