// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client/runtime/network/backoff.h"
#include "client/runtime/network/retry_budget.h"
#include "client/runtime/statistic.h"
#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"
#include "daemon/base/random.h"

namespace trimtab::runtime {

struct RetrierOptions {
  static constexpr std::int64_t kMaxRetries = 100;
  static constexpr Duration kMaxTimeout = std::chrono::hours(1);

  // Attempts after the first; 0 to kMaxRetries.
  std::int64_t retries = 3;
  // Of each attempt; above zero, up to kMaxTimeout.
  Duration timeout = std::chrono::seconds(5);
  // None longer than kMaxTimeout.
  Backoff backoff = {};
  // Retries as a share of requests, 0 to 1, and how many may come in a burst,
  // from 1.
  double budget_ratio = 0.1;
  double budget_burst = 100;
  // Errors after which another attempt makes sense. Only for requests that may
  // be carried out twice: none of these says that the first wasn't.
  std::vector<absl::StatusCode> retryable = {absl::StatusCode::kUnavailable,
                                             absl::StatusCode::kDeadlineExceeded,
                                             absl::StatusCode::kResourceExhausted};
  // Of the jitter.
  std::uint64_t seed = 1;
  // Source of time; null for the machine's own. Must outlive the retrier.
  Clock* clock = nullptr;
};
// INVALID_ARGUMENT names the first option that is out of its range.
absl::Status Validate(const RetrierOptions& options);

struct RetrierStats {
  std::int64_t retries_allowed = 0;
  Duration timeout{};
  double budget_tokens = 0;
  std::int64_t requests = 0;
  std::int64_t attempts = 0;
  std::int64_t failed = 0;
  // Retries that weren't made because of the budget.
  std::int64_t over_budget = 0;
};
std::vector<Statistic> Export(const RetrierStats& stats);

// Tries a request again when it failed in a way that may pass: each attempt with
// a timeout of its own, waits between them that grow and are drawn at random,
// retries within a budget. Timeout and retries change while requests are under
// way, from the next attempt on. Thread-safe; it waits in the caller's thread.
class Retrier {
 public:
  using Attempt = std::function<absl::StatusOr<std::string>(MonotonicTime deadline)>;

  // INVALID_ARGUMENT as Validate().
  static absl::StatusOr<std::unique_ptr<Retrier>> Create(RetrierOptions options = {});
  // Ends the waits of calls under way, which return; none may come after. Waits
  // for them.
  ~Retrier();
  Retrier(const Retrier&) = delete;
  Retrier& operator=(const Retrier&) = delete;

  // The result of the last attempt, its error with the number of attempts if
  // there were several. No attempt begins after `deadline`, nor is given more
  // time: the whole may take so long, however large the timeout.
  // DEADLINE_EXCEEDED when there was no time for the first; UNKNOWN, and no
  // other attempt, when one throws.
  absl::StatusOr<std::string> Call(MonotonicTime deadline, const Attempt& attempt);

  // Each INVALID_ARGUMENT outside its range; nothing changes then.
  absl::Status SetRetries(std::int64_t retries);
  absl::Status SetTimeout(Duration timeout);
  RetrierStats stats() const;

 private:
  explicit Retrier(RetrierOptions options);
  bool Retryable(const absl::Status& status) const;
  Duration DrawDelay(int retry);
  // False when the retrier ends.
  bool Wait(Duration delay);

  const RetrierOptions options_;
  Clock& clock_;
  RetryBudget budget_;
  std::atomic<std::int64_t> retries_;
  std::atomic<Duration> timeout_;
  mutable Mutex mutex_;
  CondVar changed_;
  bool ending_ TRIMTAB_GUARDED_BY(mutex_) = false;
  int under_way_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  Random random_ TRIMTAB_GUARDED_BY(mutex_);
  RetrierStats counted_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace trimtab::runtime
