// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "client/runtime/cache/load_threads.h"
#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"

namespace trimtab::runtime {

struct WarmUpOptions {
  // Loads that run at once.
  int concurrency = 4;
  // When to stop; without one all keys are tried.
  std::optional<MonotonicTime> deadline = {};
  // How long the entries live; the cache's default if not given.
  std::optional<Duration> ttl = {};
};

// What became of the keys; together they are all.
struct WarmUpResult {
  // In the cache now, from the loader or from before.
  std::int64_t warm = 0;
  // Whose loader failed, and the first error.
  std::int64_t failed = 0;
  absl::Status first_error = absl::OkStatus();
  // Being loaded for somebody else when it was their turn.
  std::int64_t loading = 0;
  // Not tried, or not answered by the deadline, or more than there is room for.
  std::int64_t skipped = 0;
};

namespace cache {

// A warm-up that runs; several threads work on it.
template <typename Key>
class WarmUpRun {
 public:
  // What became of a key; `end` says when the warm-up is over. Nothing if somebody else loads it.
  using Warm = std::function<std::optional<absl::Status>(const Key&, const std::stop_token& end)>;

  WarmUpRun(std::vector<Key> keys, std::size_t most, Warm warm)
      : keys_(std::move(keys)), most_(std::min(most, keys_.size())), warm_(std::move(warm)) {}

  const std::stop_source& stop() const { return stop_; }

  // Tries keys until there are no more or it is to stop.
  void Work() {
    while (const Key* key = Next()) {
      const std::optional<absl::Status> status = warm_(*key, stop_.get_token());
      const MutexLock lock(mutex_);
      --trying_;
      if (!status.has_value()) {
        ++result_.loading;
      } else if (status->ok()) {
        ++result_.warm;
      } else {
        ++result_.failed;
        result_.first_error.Update(*status);
      }
      changed_.NotifyAll();
    }
  }

  // What has been done when all is done, or by the deadline.
  WarmUpResult Wait(Clock& clock, std::optional<MonotonicTime> deadline) {
    const WarmUpResult result = WaitForAll(clock, deadline);
    // Under no lock: it calls back.
    stop_.request_stop();
    return result;
  }

 private:
  WarmUpResult WaitForAll(Clock& clock, std::optional<MonotonicTime> deadline) {
    const MutexLock lock(mutex_);
    while (trying_ > 0 || next_ < most_) {
      if (!deadline.has_value()) {
        changed_.Wait(mutex_);
      } else if (clock.Now() < *deadline) {
        clock.WaitUntil(changed_, mutex_, *deadline);
      } else {
        break;
      }
    }
    WarmUpResult result = result_;
    result.skipped =
        static_cast<std::int64_t>(keys_.size()) - result.warm - result.failed - result.loading;
    return result;
  }

  // The next key to try, or null.
  const Key* Next() {
    const MutexLock lock(mutex_);
    if (next_ == most_ || stop_.stop_requested()) {
      next_ = most_;
      changed_.NotifyAll();
      return nullptr;
    }
    ++trying_;
    return &keys_[next_++];
  }

  const std::vector<Key> keys_;
  const std::size_t most_;
  const Warm warm_;
  std::stop_source stop_;
  Mutex mutex_;
  CondVar changed_;
  std::size_t next_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  int trying_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  WarmUpResult result_ TRIMTAB_GUARDED_BY(mutex_);
};

// Calls warm(key, end) for the first `most` keys on `threads`, of which there
// are `most_threads`. See Cache::WarmUp().
template <typename Key>
absl::StatusOr<WarmUpResult> WarmUpKeys(std::vector<Key> keys, std::size_t most,
                                        typename WarmUpRun<Key>::Warm warm,
                                        const WarmUpOptions& options, int most_threads,
                                        Clock& clock, LoadThreads& threads) {
  if (options.concurrency < 1 || options.concurrency > most_threads) {
    return absl::InvalidArgumentError("concurrency is " + std::to_string(options.concurrency) +
                                      ", must be from 1 to the cache's load_threads, " +
                                      std::to_string(most_threads));
  }
  const auto run = std::make_shared<WarmUpRun<Key>>(std::move(keys), most, std::move(warm));
  int working = 0;
  while (working < options.concurrency && threads.Submit([run] { run->Work(); }, run->stop())) {
    ++working;
  }
  if (working == 0) return absl::ResourceExhaustedError("too many loads wait for a thread");
  return run->Wait(clock, options.deadline);
}

}  // namespace cache
}  // namespace trimtab::runtime
