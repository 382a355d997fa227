// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <vector>

#include "client/runtime/concurrency/gradient_limit.h"
#include "client/runtime/concurrency/resizable_semaphore.h"
#include "client/runtime/statistic.h"
#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"

namespace trimtab::runtime {

struct AdaptiveLimitOptions {
  GradientOptions gradient = {};
  // False: the limit stays at gradient.initial_limit until SetFixed() or
  // SetAdaptive(true).
  bool adaptive = true;
  // Callers that wait at most, from 0; more are refused.
  std::int64_t max_waiting = 1 << 20;
  // Null for the machine's own. Must outlive the limit.
  Clock* clock = nullptr;
};

// Lets requests through to a server, as many at once as it serves without
// queueing; see GradientLimit for how that is found out. Thread-safe. Must
// outlive its tickets.
class AdaptiveLimit {
 public:
  // How a request ended. kIgnored says nothing about the server: cancelled, or
  // failed before it did any work. A failure that came fast must not be kOk.
  enum class End { kOk, kOverloaded, kIgnored };

  struct Stats {
    ResizableSemaphore::Stats permits;
    bool adaptive = false;
    bool probing = false;
    Duration baseline{};
    std::int64_t windows = 0;
  };

  // One request let through. Movable; ends as kIgnored when it is destroyed.
  class Ticket {
   public:
    Ticket(Ticket&& other) noexcept = default;
    Ticket& operator=(Ticket&& other) noexcept;
    ~Ticket() { Finish(End::kIgnored); }

    // Ends the request now; later calls do nothing.
    void Finish(End end);

   private:
    friend class AdaptiveLimit;
    Ticket(AdaptiveLimit* of, ResizableSemaphore::Permit permit, LatencySample sample)
        : of_(of), permit_(std::move(permit)), sample_(sample) {}

    struct Forget {
      void operator()(AdaptiveLimit*) const {}
    };
    // Moves as a unique_ptr does, and owns nothing.
    std::unique_ptr<AdaptiveLimit, Forget> of_;
    ResizableSemaphore::Permit permit_;
    LatencySample sample_;
  };

  // INVALID_ARGUMENT lists what is wrong.
  static absl::StatusOr<std::unique_ptr<AdaptiveLimit>> Create(AdaptiveLimitOptions options);

  // Waits to be let through; errors as ResizableSemaphore::Acquire.
  absl::StatusOr<Ticket> Begin(MonotonicTime deadline = MonotonicTime::max(),
                               const std::stop_token& stop = {});

  // Follows the server from now on; or stays at the limit of this moment.
  void SetAdaptive(bool adaptive);
  // Stays at `limit`. INVALID_ARGUMENT outside 1 to ResizableSemaphore::kMaxLimit.
  absl::Status SetFixed(std::int64_t limit);
  // INVALID_ARGUMENT lists what is wrong; nothing changes then.
  absl::Status SetOptions(const GradientOptions& options);

  std::int64_t limit() const { return permits_->limit(); }
  GradientOptions options() const;
  Stats stats() const;
  std::vector<Statistic> Export() const;

 private:
  AdaptiveLimit(const AdaptiveLimitOptions& options, std::unique_ptr<ResizableSemaphore> permits);

  void Ended(LatencySample sample, End end);
  // Puts the gradient's limit into force.
  void Follow() TRIMTAB_REQUIRES(mutex_);

  Clock& clock_;
  const std::unique_ptr<ResizableSemaphore> permits_;
  std::atomic<std::int64_t> in_flight_{0};
  mutable Mutex mutex_;
  bool adaptive_ TRIMTAB_GUARDED_BY(mutex_);
  std::int64_t in_force_ TRIMTAB_GUARDED_BY(mutex_);
  GradientLimit gradient_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::runtime
