// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/retrier.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "daemon/base/error.h"

namespace trimtab::runtime {
namespace {

absl::Status CheckRetries(std::int64_t retries) {
  if (retries >= 0 && retries <= RetrierOptions::kMaxRetries) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "{} retries; allowed: 0 to {}", retries,
               RetrierOptions::kMaxRetries);
}

absl::StatusOr<std::string> Try(const Retrier::Attempt& attempt, MonotonicTime deadline) {
  try {
    return attempt(deadline);
  } catch (const std::exception& error) {
    return absl::UnknownError(error.what());
  } catch (...) {
    return absl::UnknownError("what was thrown is no std::exception");
  }
}

absl::Status CheckTimeout(Duration timeout) {
  if (timeout > Duration() && timeout <= RetrierOptions::kMaxTimeout) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument,
               "a timeout of {} ns; allowed: above 0, up to an hour", timeout.count());
}

}  // namespace

absl::Status Validate(const RetrierOptions& options) {
  if (absl::Status retries = CheckRetries(options.retries); !retries.ok()) return retries;
  if (absl::Status timeout = CheckTimeout(options.timeout); !timeout.ok()) return timeout;
  const Backoff& backoff = options.backoff;
  // Written so that a NaN fails too.
  if (backoff.first <= Duration() || backoff.longest < backoff.first ||
      backoff.longest > RetrierOptions::kMaxTimeout || !(backoff.multiplier >= 1) ||
      !(backoff.jitter >= 0 && backoff.jitter <= 1)) {
    return absl::InvalidArgumentError(
        "a backoff needs first above 0, longest from first to an hour, multiplier from 1, "
        "jitter in 0 to 1");
  }
  if (!(options.budget_ratio >= 0 && options.budget_ratio <= 1) || !(options.budget_burst >= 1)) {
    return absl::InvalidArgumentError("a retry budget needs a ratio in 0 to 1, a burst from 1");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Retrier>> Retrier::Create(RetrierOptions options) {
  if (absl::Status valid = Validate(options); !valid.ok()) return valid;
  return std::unique_ptr<Retrier>(new Retrier(std::move(options)));
}

Retrier::Retrier(RetrierOptions options)
    : options_(std::move(options)),
      clock_(options_.clock != nullptr ? *options_.clock : SystemClock()),
      budget_(options_.budget_ratio, options_.budget_burst),
      retries_(options_.retries),
      timeout_(options_.timeout),
      random_(options_.seed) {}

Retrier::~Retrier() {
  const MutexLock lock(mutex_);
  ending_ = true;
  changed_.NotifyAll();
  while (under_way_ > 0) changed_.Wait(mutex_);
}

absl::StatusOr<std::string> Retrier::Call(MonotonicTime deadline, const Attempt& attempt) {
  budget_.OnRequest();
  {
    const MutexLock lock(mutex_);
    ++counted_.requests;
    ++under_way_;
  }
  absl::StatusOr<std::string> result =
      absl::DeadlineExceededError("there was no time for an attempt");
  int attempts = 0;
  bool over_budget = false;
  while (clock_.Now() < deadline) {
    const MonotonicTime now = clock_.Now();
    const Duration timeout = timeout_;
    ++attempts;
    result = Try(attempt, deadline - now > timeout ? now + timeout : deadline);
    if (result.ok() || !Retryable(result.status()) || attempts > retries_) break;
    const Duration delay = DrawDelay(attempts);
    if (clock_.Now() >= deadline || deadline - clock_.Now() <= delay) break;
    over_budget = !budget_.TryRetry();
    if (over_budget || !Wait(delay)) break;
  }
  const MutexLock lock(mutex_);
  counted_.attempts += attempts;
  if (!result.ok()) ++counted_.failed;
  if (over_budget) ++counted_.over_budget;
  if (--under_way_ == 0 && ending_) changed_.NotifyAll();
  if (result.ok() || (attempts < 2 && !over_budget)) return result;
  return Error(result.status().code(), "after {} attempts{}: {}", attempts,
               over_budget ? ", with no retries left in the budget" : "", Message(result.status()));
}

bool Retrier::Retryable(const absl::Status& status) const {
  const auto& codes = options_.retryable;
  return std::find(codes.begin(), codes.end(), status.code()) != codes.end();
}

Duration Retrier::DrawDelay(int retry) {
  const MutexLock lock(mutex_);
  return DelayBefore(retry, options_.backoff, random_);
}

bool Retrier::Wait(Duration delay) {
  const MutexLock lock(mutex_);
  const MonotonicTime until = clock_.Now() + delay;
  while (!ending_ && clock_.Now() < until) clock_.WaitUntil(changed_, mutex_, until);
  return !ending_;
}

absl::Status Retrier::SetRetries(std::int64_t retries) {
  if (absl::Status valid = CheckRetries(retries); !valid.ok()) return valid;
  retries_ = retries;
  return absl::OkStatus();
}

absl::Status Retrier::SetTimeout(Duration timeout) {
  if (absl::Status valid = CheckTimeout(timeout); !valid.ok()) return valid;
  timeout_ = timeout;
  return absl::OkStatus();
}

RetrierStats Retrier::stats() const {
  const MutexLock lock(mutex_);
  RetrierStats stats = counted_;
  stats.retries_allowed = retries_;
  stats.timeout = timeout_;
  stats.budget_tokens = budget_.tokens();
  return stats;
}

std::vector<Statistic> Export(const RetrierStats& stats) {
  const auto counter = [](std::string_view name, std::string_view help, std::int64_t value) {
    return Statistic{name, help, Statistic::Kind::kCounter, static_cast<double>(value)};
  };
  return {
      {"retry_count", "Retries allowed for a request.", Statistic::Kind::kGauge,
       static_cast<double>(stats.retries_allowed)},
      {"retry_timeout_seconds", "Time that an attempt may take.", Statistic::Kind::kGauge,
       std::chrono::duration<double>(stats.timeout).count()},
      {"retry_budget_tokens", "Retries that may be made now.", Statistic::Kind::kGauge,
       stats.budget_tokens},
      counter("retry_requests_total", "Requests.", stats.requests),
      counter("retry_attempts_total", "Attempts, the first included.", stats.attempts),
      counter("retry_failed_total", "Requests whose last attempt failed.", stats.failed),
      counter("retry_over_budget_total", "Requests not tried again because of the budget.",
              stats.over_budget),
  };
}

}  // namespace trimtab::runtime
