// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/concurrency/resizable_semaphore.h"

#include "daemon/base/error.h"

namespace trimtab::runtime {
namespace {

absl::Status CheckLimit(std::int64_t limit) {
  if (limit >= 1 && limit <= ResizableSemaphore::kMaxLimit) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument,
               "semaphore: a limit of {}; from 1 to {} are allowed", limit,
               ResizableSemaphore::kMaxLimit);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ResizableSemaphore>> ResizableSemaphore::Create(
    ResizableSemaphoreOptions options) {
  if (absl::Status status = CheckLimit(options.limit); !status.ok()) return status;
  if (options.max_waiting < 0) {
    return absl::InvalidArgumentError("semaphore: max_waiting must not be negative");
  }
  return std::unique_ptr<ResizableSemaphore>(new ResizableSemaphore(options));
}

ResizableSemaphore::ResizableSemaphore(const ResizableSemaphoreOptions& options)
    : max_waiting_(options.max_waiting),
      clock_(options.clock != nullptr ? *options.clock : SystemClock()) {
  const MutexLock lock(mutex_);
  stats_.limit = options.limit;
}

absl::StatusOr<ResizableSemaphore::Permit> ResizableSemaphore::Acquire(
    MonotonicTime deadline, const std::stop_token& stop) {
  if (std::optional<Permit> permit = TryAcquire()) return *std::move(permit);
  Waiter waiter;
  {
    const MutexLock lock(mutex_);
    if (stats_.waiting >= max_waiting_) {
      ++stats_.refused;
      return Error(absl::StatusCode::kResourceExhausted, "{} wait already", max_waiting_);
    }
    waiters_.push_back(&waiter);
    ++stats_.waiting;
    GrantWhatIsFree();
  }
  // Made without the mutex: a stop that was requested before calls back at once.
  std::stop_callback on_stop(stop, [&] {
    const MutexLock lock(mutex_);
    waiter.stopped = true;
    waiter.changed.NotifyAll();
  });
  const MutexLock lock(mutex_);
  if (absl::Status status = Await(waiter, deadline); !status.ok()) return status;
  return Permit(this);
}

absl::Status ResizableSemaphore::Await(Waiter& waiter, MonotonicTime deadline) {
  // A grant counts even if the deadline came as well: it is never lost.
  while (!waiter.granted && !waiter.stopped) {
    if (deadline == MonotonicTime::max()) {
      waiter.changed.Wait(mutex_);
    } else if (clock_.Now() < deadline) {
      clock_.WaitUntil(waiter.changed, mutex_, deadline);
    } else {
      break;
    }
  }
  if (waiter.granted) return absl::OkStatus();
  waiters_.remove(&waiter);
  --stats_.waiting;
  if (waiter.stopped) {
    ++stats_.cancelled;
    return absl::CancelledError("cancelled while waiting for a permit");
  }
  ++stats_.expired;
  return absl::DeadlineExceededError("no permit became free in time");
}

std::optional<ResizableSemaphore::Permit> ResizableSemaphore::TryAcquire() {
  const MutexLock lock(mutex_);
  if (!waiters_.empty() || stats_.held >= stats_.limit) return std::nullopt;
  ++stats_.held;
  ++stats_.granted;
  return Permit(this);
}

void ResizableSemaphore::Release() {
  const MutexLock lock(mutex_);
  --stats_.held;
  GrantWhatIsFree();
}

void ResizableSemaphore::GrantWhatIsFree() {
  while (!waiters_.empty() && stats_.held < stats_.limit) {
    Waiter* const next = waiters_.front();
    waiters_.pop_front();
    --stats_.waiting;
    ++stats_.held;
    ++stats_.granted;
    next->granted = true;
    next->changed.NotifyAll();
  }
}

absl::Status ResizableSemaphore::Resize(std::int64_t limit) {
  if (absl::Status status = CheckLimit(limit); !status.ok()) return status;
  const MutexLock lock(mutex_);
  stats_.limit = limit;
  GrantWhatIsFree();
  return absl::OkStatus();
}

std::int64_t ResizableSemaphore::limit() const {
  const MutexLock lock(mutex_);
  return stats_.limit;
}

ResizableSemaphore::Stats ResizableSemaphore::stats() const {
  const MutexLock lock(mutex_);
  return stats_;
}

std::vector<Statistic> ResizableSemaphore::Export() const {
  using Kind = Statistic::Kind;
  const Stats now = stats();
  const auto real = [](std::int64_t count) { return static_cast<double>(count); };
  return {
      {"concurrency_limit", "Permits held at once at most.", Kind::kGauge, real(now.limit)},
      {"concurrency_held", "Permits held.", Kind::kGauge, real(now.held)},
      {"concurrency_waiting", "Callers that wait for a permit.", Kind::kGauge, real(now.waiting)},
      {"concurrency_granted_total", "Permits given.", Kind::kCounter, real(now.granted)},
      {"concurrency_expired_total", "Waits that ended by their deadline.", Kind::kCounter,
       real(now.expired)},
      {"concurrency_cancelled_total", "Waits that were cancelled.", Kind::kCounter,
       real(now.cancelled)},
      {"concurrency_refused_total", "Callers refused as too many waited.", Kind::kCounter,
       real(now.refused)},
  };
}

}  // namespace trimtab::runtime
