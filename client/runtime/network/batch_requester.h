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

#include "client/runtime/statistic.h"
#include "daemon/base/clock.h"
#include "daemon/base/mutex.h"

namespace trimtab::runtime {

struct BatchRequesterOptions {
  static constexpr std::int64_t kMaxBatchSize = 100000;
  static constexpr std::int64_t kMaxConcurrency = 100000;
  static constexpr Duration kMaxTimeout = std::chrono::hours(1);

  // Items of a batch; 1 to kMaxBatchSize.
  std::int64_t batch_size = 1000;
  // Items of a batch under way at once; 1 to kMaxConcurrency.
  std::int64_t concurrency = 100;
  // Of each batch; above zero, up to kMaxTimeout.
  Duration timeout = std::chrono::seconds(5);
  // Source of time; null for the machine's own. Must outlive the requester.
  Clock* clock = nullptr;
};
// INVALID_ARGUMENT names the first option that is out of its range.
absl::Status Validate(const BatchRequesterOptions& options);

struct BatchRequesterStats {
  std::int64_t batch_size = 0;
  std::int64_t concurrency = 0;
  Duration timeout{};
  std::int64_t batches = 0;
  std::int64_t items = 0;
  std::int64_t failed = 0;
  std::int64_t timeouts = 0;
};
std::vector<Statistic> Export(const BatchRequesterStats& stats);

// Sends many requests in batches: one batch after the other, the items of a
// batch at the same time. Every item has its own result or error, in the order
// of the input; one that fails stops no other. At the end of a batch's time
// those without an answer get DEADLINE_EXCEEDED, with a word on whether they
// were sent, and the next batch begins.
//
// All limits change while it works: the batch size and the timeout from the
// next batch on, the concurrency at once. Thread-safe: several may run at once.
class BatchRequester {
 public:
  using Done = std::function<void(absl::StatusOr<std::string>)>;
  // Sends one item and calls `done` once, from any thread, then or later, even
  // after the batch is over; the answer is dropped then. Must not wait for the
  // answer: see RequestPipeline::Submit() and AsyncCaller.
  using Send = std::function<void(std::string item, MonotonicTime deadline, Done done)>;

  // INVALID_ARGUMENT as Validate(), or without `send`.
  static absl::StatusOr<std::unique_ptr<BatchRequester>> Create(
      Send send, const BatchRequesterOptions& options = {});

  // As many results as items.
  std::vector<absl::StatusOr<std::string>> Run(std::vector<std::string> items);

  // Each INVALID_ARGUMENT outside its range; nothing changes then.
  absl::Status SetBatchSize(std::int64_t size);
  absl::Status SetConcurrency(std::int64_t concurrency);
  absl::Status SetTimeout(Duration timeout);
  BatchRequesterStats stats() const;

 private:
  using Results = std::vector<absl::StatusOr<std::string>>;
  struct Batch;
  BatchRequester(Send send, const BatchRequesterOptions& options);
  void Begin(std::shared_ptr<Batch> batch);
  void End(const std::shared_ptr<Batch>& batch);
  void RunBatch(std::vector<std::string>& items, std::size_t begin, std::size_t end,
                Results* results);

  const Send send_;
  Clock& clock_;
  Mutex mutex_;
  // Those under way, to be told of another concurrency.
  std::vector<std::shared_ptr<Batch>> running_ TRIMTAB_GUARDED_BY(mutex_);
  std::atomic<std::int64_t> batch_size_;
  std::atomic<std::int64_t> concurrency_;
  std::atomic<Duration> timeout_;
  std::atomic<std::int64_t> batches_{0};
  std::atomic<std::int64_t> items_{0};
  std::atomic<std::int64_t> failed_{0};
  std::atomic<std::int64_t> timeouts_{0};
};

}  // namespace trimtab::runtime
