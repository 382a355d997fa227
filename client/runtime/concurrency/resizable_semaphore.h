// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "client/runtime/statistic.h"
#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"

namespace trimtab::runtime {

struct ResizableSemaphoreOptions {
  // Permits held at once, 1 to ResizableSemaphore::kMaxLimit.
  std::int64_t limit = 1;
  // Callers that wait at most, from 0; more are refused.
  std::int64_t max_waiting = 1 << 20;
  // For deadlines; null for the machine's own. Must outlive the semaphore.
  Clock* clock = nullptr;
};

// Lets so many through at once, in the order they came. The limit changes while
// permits are held: raised, those who wait longest go at once; lowered, nobody
// is interrupted, and nobody new goes until enough permits came back.
// Thread-safe. Must outlive its permits and its waiters.
class ResizableSemaphore {
 public:
  static constexpr std::int64_t kMaxLimit = std::int64_t{1} << 30;

  struct Stats {
    std::int64_t limit = 0;
    std::int64_t held = 0;
    std::int64_t waiting = 0;
    // Of all time.
    std::int64_t granted = 0;
    std::int64_t expired = 0;
    std::int64_t cancelled = 0;
    std::int64_t refused = 0;
  };

  // Gives its place back when it is destroyed. Movable.
  class Permit {
   public:
    Permit(Permit&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    Permit& operator=(Permit&& other) noexcept {
      if (this != &other) {
        Release();
        of_ = std::exchange(other.of_, nullptr);
      }
      return *this;
    }
    ~Permit() { Release(); }

    void Release() {
      if (of_ != nullptr) std::exchange(of_, nullptr)->Release();
    }

   private:
    friend class ResizableSemaphore;
    explicit Permit(ResizableSemaphore* of) : of_(of) {}
    ResizableSemaphore* of_;
  };

  // INVALID_ARGUMENT names the option.
  static absl::StatusOr<std::unique_ptr<ResizableSemaphore>> Create(
      ResizableSemaphoreOptions options);

  // Waits for a permit. DEADLINE_EXCEEDED, CANCELLED, or RESOURCE_EXHAUSTED when
  // too many wait already.
  absl::StatusOr<Permit> Acquire(MonotonicTime deadline = MonotonicTime::max(),
                                 const std::stop_token& stop = {});
  // A permit if one is free and nobody waits for it.
  std::optional<Permit> TryAcquire();

  // INVALID_ARGUMENT outside 1 to kMaxLimit; nothing changes then.
  absl::Status Resize(std::int64_t limit);

  std::int64_t limit() const;
  Stats stats() const;
  std::vector<Statistic> Export() const;

 private:
  struct Waiter {
    CondVar changed;
    bool granted = false;
    bool stopped = false;
  };

  explicit ResizableSemaphore(const ResizableSemaphoreOptions& options);

  void Release();
  void GrantWhatIsFree() TRIMTAB_REQUIRES(mutex_);
  // Waits for the grant; what else ended it otherwise.
  absl::Status Await(Waiter& waiter, MonotonicTime deadline) TRIMTAB_REQUIRES(mutex_);

  const std::int64_t max_waiting_;
  Clock& clock_;
  mutable Mutex mutex_;
  // The longest waiting first; on the stacks of their threads.
  std::list<Waiter*> waiters_ TRIMTAB_GUARDED_BY(mutex_);
  Stats stats_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::runtime
