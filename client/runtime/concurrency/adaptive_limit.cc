// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/concurrency/adaptive_limit.h"

#include <utility>

namespace trimtab::runtime {

AdaptiveLimit::Ticket& AdaptiveLimit::Ticket::operator=(Ticket&& other) noexcept {
  if (this == &other) return *this;
  Finish(End::kIgnored);
  of_ = std::move(other.of_);
  permit_ = std::move(other.permit_);
  sample_ = other.sample_;
  return *this;
}

void AdaptiveLimit::Ticket::Finish(End end) {
  AdaptiveLimit* const of = of_.release();
  if (of == nullptr) return;
  // The decision first, so that the permit goes back under the new limit.
  of->Ended(sample_, end);
  permit_.Release();
}

absl::StatusOr<std::unique_ptr<AdaptiveLimit>> AdaptiveLimit::Create(AdaptiveLimitOptions options) {
  if (absl::Status status = CheckGradientOptions(options.gradient); !status.ok()) return status;
  auto permits = ResizableSemaphore::Create({.limit = options.gradient.initial_limit,
                                             .max_waiting = options.max_waiting,
                                             .clock = options.clock});
  if (!permits.ok()) return permits.status();
  return std::unique_ptr<AdaptiveLimit>(new AdaptiveLimit(options, *std::move(permits)));
}

AdaptiveLimit::AdaptiveLimit(const AdaptiveLimitOptions& options,
                             std::unique_ptr<ResizableSemaphore> permits)
    : clock_(options.clock != nullptr ? *options.clock : SystemClock()),
      permits_(std::move(permits)),
      adaptive_(options.adaptive),
      in_force_(options.gradient.initial_limit),
      gradient_(options.gradient, clock_.Now()) {
  const MutexLock lock(mutex_);
  Follow();
}

absl::StatusOr<AdaptiveLimit::Ticket> AdaptiveLimit::Begin(MonotonicTime deadline,
                                                           const std::stop_token& stop) {
  absl::StatusOr<ResizableSemaphore::Permit> permit = permits_->Acquire(deadline, stop);
  if (!permit.ok()) return permit.status();
  const std::int64_t in_flight = in_flight_.fetch_add(1, std::memory_order_relaxed) + 1;
  return Ticket(this, *std::move(permit), {.start = clock_.Now(), .in_flight = in_flight});
}

void AdaptiveLimit::Ended(LatencySample sample, End end) {
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
  if (end == End::kIgnored) return;
  sample.end = clock_.Now();
  sample.overloaded = end == End::kOverloaded;
  const MutexLock lock(mutex_);
  if (!adaptive_) return;
  gradient_.Add(sample);
  Follow();
}

void AdaptiveLimit::Follow() {
  if (!adaptive_ || gradient_.limit() == in_force_) return;
  in_force_ = gradient_.limit();
  // Cannot fail: the options' bounds were checked.
  permits_->Resize(in_force_).IgnoreError();
}

void AdaptiveLimit::SetAdaptive(bool adaptive) {
  const MutexLock lock(mutex_);
  if (adaptive && !adaptive_) {
    // What was learnt before may be long past.
    gradient_ = GradientLimit(gradient_.options(), clock_.Now());
  }
  adaptive_ = adaptive;
  Follow();
}

absl::Status AdaptiveLimit::SetFixed(std::int64_t limit) {
  const MutexLock lock(mutex_);
  if (absl::Status status = permits_->Resize(limit); !status.ok()) return status;
  adaptive_ = false;
  in_force_ = limit;
  return absl::OkStatus();
}

absl::Status AdaptiveLimit::SetOptions(const GradientOptions& options) {
  if (absl::Status status = CheckGradientOptions(options); !status.ok()) return status;
  const MutexLock lock(mutex_);
  gradient_.SetOptions(options);
  Follow();
  return absl::OkStatus();
}

GradientOptions AdaptiveLimit::options() const {
  const MutexLock lock(mutex_);
  return gradient_.options();
}

AdaptiveLimit::Stats AdaptiveLimit::stats() const {
  Stats stats{.permits = permits_->stats()};
  const MutexLock lock(mutex_);
  stats.adaptive = adaptive_;
  stats.probing = adaptive_ && gradient_.probing();
  stats.baseline = gradient_.baseline();
  stats.windows = gradient_.windows();
  return stats;
}

std::vector<Statistic> AdaptiveLimit::Export() const {
  using Kind = Statistic::Kind;
  const Stats now = stats();
  const auto real = [](std::int64_t count) { return static_cast<double>(count); };
  return {
      {"adaptive_limit", "Requests let through at once, at most.", Kind::kGauge,
       real(now.permits.limit)},
      {"adaptive_limit_held", "Requests under way.", Kind::kGauge, real(now.permits.held)},
      {"adaptive_limit_waiting", "Requests that wait.", Kind::kGauge, real(now.permits.waiting)},
      {"adaptive_limit_granted_total", "Requests let through.", Kind::kCounter,
       real(now.permits.granted)},
      {"adaptive_limit_expired_total", "Waits that ended by their deadline.", Kind::kCounter,
       real(now.permits.expired)},
      {"adaptive_limit_cancelled_total", "Waits that were cancelled.", Kind::kCounter,
       real(now.permits.cancelled)},
      {"adaptive_limit_refused_total", "Requests refused as too many waited.", Kind::kCounter,
       real(now.permits.refused)},
      {"adaptive_limit_following", "1 while the limit follows the server.", Kind::kGauge,
       now.adaptive ? 1.0 : 0.0},
      {"adaptive_limit_probing", "1 while the baseline is measured.", Kind::kGauge,
       now.probing ? 1.0 : 0.0},
      {"adaptive_limit_baseline_seconds", "Latency without company.", Kind::kGauge,
       std::chrono::duration<double>(now.baseline).count()},
      {"adaptive_limit_windows_total", "Windows that decided on the limit.", Kind::kCounter,
       real(now.windows)},
  };
}

}  // namespace trimtab::runtime
