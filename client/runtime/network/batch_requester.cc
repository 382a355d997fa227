// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/batch_requester.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "daemon/base/error.h"
#include "daemon/base/mutex.h"

namespace trimtab::runtime {
namespace {

absl::Status CheckRange(std::string_view what, std::int64_t value, std::int64_t max) {
  if (value >= 1 && value <= max) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "{} is {}; allowed: 1 to {}", what, value, max);
}
absl::Status CheckRequestBatchSize(std::int64_t size) {
  return CheckRange("the size of a batch of requests", size, BatchRequesterOptions::kMaxBatchSize);
}
absl::Status CheckConcurrency(std::int64_t concurrency) {
  return CheckRange("concurrency", concurrency, BatchRequesterOptions::kMaxConcurrency);
}
absl::Status CheckTimeout(Duration timeout) {
  if (timeout > Duration() && timeout <= BatchRequesterOptions::kMaxTimeout) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kInvalidArgument,
               "a batch's timeout is {} ns; allowed: above 0, up to an hour", timeout.count());
}

}  // namespace

absl::Status Validate(const BatchRequesterOptions& options) {
  if (absl::Status size = CheckRequestBatchSize(options.batch_size); !size.ok()) return size;
  if (absl::Status limit = CheckConcurrency(options.concurrency); !limit.ok()) return limit;
  return CheckTimeout(options.timeout);
}

// Shared with answers that come after its end.
struct BatchRequester::Batch {
  explicit Batch(std::size_t count) : results(count) {}

  void Answer(std::size_t item, absl::StatusOr<std::string> answer) {
    const MutexLock lock(mutex);
    if (over || results[item].has_value()) return;
    results[item] = std::move(answer);
    --under_way;
    changed.NotifyOne();
  }
  // The limit has changed.
  void LookAround() {
    const MutexLock lock(mutex);
    changed.NotifyOne();
  }

  Mutex mutex;
  CondVar changed;
  std::vector<std::optional<absl::StatusOr<std::string>>> results TRIMTAB_GUARDED_BY(mutex);
  std::int64_t under_way TRIMTAB_GUARDED_BY(mutex) = 0;
  bool over TRIMTAB_GUARDED_BY(mutex) = false;
};

absl::StatusOr<std::unique_ptr<BatchRequester>> BatchRequester::Create(
    Send send, const BatchRequesterOptions& options) {
  if (absl::Status valid = Validate(options); !valid.ok()) return valid;
  if (!send) return absl::InvalidArgumentError("a batch requester has nothing to send with");
  return std::unique_ptr<BatchRequester>(new BatchRequester(std::move(send), options));
}

BatchRequester::BatchRequester(Send send, const BatchRequesterOptions& options)
    : send_(std::move(send)),
      clock_(options.clock != nullptr ? *options.clock : SystemClock()),
      batch_size_(options.batch_size),
      concurrency_(options.concurrency),
      timeout_(options.timeout) {}

std::vector<absl::StatusOr<std::string>> BatchRequester::Run(std::vector<std::string> items) {
  Results results;
  results.reserve(items.size());
  while (results.size() < items.size()) {
    const std::size_t begin = results.size();
    const std::size_t left = items.size() - begin;
    RunBatch(items, begin, begin + std::min(left, static_cast<std::size_t>(batch_size_)), &results);
  }
  return results;
}

void BatchRequester::Begin(std::shared_ptr<Batch> batch) {
  const MutexLock lock(mutex_);
  running_.push_back(std::move(batch));
}

void BatchRequester::End(const std::shared_ptr<Batch>& batch) {
  const MutexLock lock(mutex_);
  running_.erase(std::find(running_.begin(), running_.end(), batch));
}

void BatchRequester::RunBatch(std::vector<std::string>& items, std::size_t begin, std::size_t end,
                              Results* results) {
  const auto batch = std::make_shared<Batch>(end - begin);
  Begin(batch);
  const MonotonicTime deadline = clock_.Now() + timeout_.load();
  std::size_t sent = 0;
  while (sent < end - begin) {
    {
      const MutexLock lock(batch->mutex);
      while (batch->under_way >= concurrency_ && clock_.Now() < deadline) {
        clock_.WaitUntil(batch->changed, batch->mutex, deadline);
      }
      if (clock_.Now() >= deadline) break;
      ++batch->under_way;
    }
    const std::size_t item = sent++;
    const auto done = [batch, item](absl::StatusOr<std::string> answer) {
      batch->Answer(item, std::move(answer));
    };
    try {
      send_(std::move(items[begin + item]), deadline, done);
    } catch (const std::exception& error) {
      done(absl::UnknownError(error.what()));
    } catch (...) {
      done(absl::UnknownError("what was thrown is no std::exception"));
    }
  }
  End(batch);
  const MutexLock lock(batch->mutex);
  while (batch->under_way > 0 && clock_.Now() < deadline) {
    clock_.WaitUntil(batch->changed, batch->mutex, deadline);
  }
  batch->over = true;
  ++batches_;
  items_ += static_cast<std::int64_t>(end - begin);
  for (std::size_t i = 0; i < end - begin; ++i) {
    if (batch->results[i].has_value()) {
      results->push_back(*std::move(batch->results[i]));
    } else {
      ++timeouts_;
      results->push_back(absl::DeadlineExceededError(
          i < sent ? "no answer within the batch's time" : "not sent within the batch's time"));
    }
    if (!results->back().ok()) ++failed_;
  }
}

absl::Status BatchRequester::SetBatchSize(std::int64_t size) {
  if (absl::Status valid = CheckRequestBatchSize(size); !valid.ok()) return valid;
  batch_size_ = size;
  return absl::OkStatus();
}

absl::Status BatchRequester::SetConcurrency(std::int64_t concurrency) {
  if (absl::Status valid = CheckConcurrency(concurrency); !valid.ok()) return valid;
  concurrency_ = concurrency;
  const MutexLock lock(mutex_);
  for (const auto& batch : running_) batch->LookAround();
  return absl::OkStatus();
}

absl::Status BatchRequester::SetTimeout(Duration timeout) {
  if (absl::Status valid = CheckTimeout(timeout); !valid.ok()) return valid;
  timeout_ = timeout;
  return absl::OkStatus();
}

BatchRequesterStats BatchRequester::stats() const {
  return {batch_size_, concurrency_, timeout_.load(), batches_, items_, failed_, timeouts_};
}

std::vector<Statistic> Export(const BatchRequesterStats& stats) {
  const auto gauge = [](std::string_view name, std::string_view help, std::int64_t value) {
    return Statistic{name, help, Statistic::Kind::kGauge, static_cast<double>(value)};
  };
  const auto counter = [](std::string_view name, std::string_view help, std::int64_t value) {
    return Statistic{name, help, Statistic::Kind::kCounter, static_cast<double>(value)};
  };
  return {
      gauge("request_batch_size", "Items allowed in a batch.", stats.batch_size),
      gauge("request_batch_concurrency", "Items of a batch allowed under way.", stats.concurrency),
      {"request_batch_timeout_seconds", "Time allowed for a batch.", Statistic::Kind::kGauge,
       std::chrono::duration<double>(stats.timeout).count()},
      counter("request_batches_total", "Batches done.", stats.batches),
      counter("request_batch_items_total", "Items done.", stats.items),
      counter("request_batch_failed_total", "Items that ended in an error.", stats.failed),
      counter("request_batch_timeouts_total", "Items without an answer in their batch's time.",
              stats.timeouts),
  };
}

}  // namespace trimtab::runtime
