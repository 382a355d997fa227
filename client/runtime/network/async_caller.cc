// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/async_caller.h"

#include <exception>
#include <string_view>
#include <utility>

#include "daemon/base/error.h"

namespace trimtab::runtime {

struct AsyncCaller::Task {
  std::string request;
  MonotonicTime deadline;
  Done done;
};

absl::StatusOr<std::unique_ptr<AsyncCaller>> AsyncCaller::Create(AsyncCallerOptions options,
                                                                 Call call) {
  absl::StatusOr<std::unique_ptr<WorkerPool>> pool =
      WorkerPool::Create({.threads = options.threads,
                          .queue_limit = options.queue_limit,
                          .name = "async-caller",
                          .clock = options.clock});
  if (!pool.ok()) return pool.status();
  return std::unique_ptr<AsyncCaller>(new AsyncCaller(*std::move(pool), std::move(call)));
}

AsyncCaller::AsyncCaller(std::unique_ptr<WorkerPool> pool, Call call)
    : call_(std::move(call)), pool_(std::move(pool)) {}

void AsyncCaller::Send(std::string request, MonotonicTime deadline, Done done) {
  // Shared, as a task that is refused is gone.
  auto task = std::make_shared<Task>(Task{std::move(request), deadline, std::move(done)});
  const absl::Status taken = pool_->SubmitFated(
      [this, task](Fate fate) {
        absl::StatusOr<std::string> answer =
            fate == Fate::kRun
                ? Make(*task)
                : absl::DeadlineExceededError("the call's time was up before it was made");
        ++(answer.ok() ? answered_ : failed_);
        task->done(std::move(answer));
      },
      {.deadline = deadline});
  if (!taken.ok()) {
    task->done(
        Error(absl::StatusCode::kResourceExhausted, "{} calls wait already", pool_->queue_limit()));
  }
}

absl::StatusOr<std::string> AsyncCaller::Make(const Task& task) const {
  try {
    return call_(task.request, task.deadline);
  } catch (const std::exception& error) {
    return absl::UnknownError(error.what());
  } catch (...) {
    return absl::UnknownError("what was thrown is no std::exception");
  }
}

AsyncCallerStats AsyncCaller::stats() const {
  const WorkerPool::Stats pool = pool_->stats();
  return {.threads = pool.threads,
          .queue_limit = pool.queue_limit,
          .queued = pool.queued,
          .taken = pool.accepted,
          .refused = pool.refused,
          .answered = answered_,
          .failed = failed_,
          .expired = pool.expired};
}

std::vector<Statistic> Export(const AsyncCallerStats& stats) {
  const auto gauge = [](std::string_view name, std::string_view help, std::int64_t value) {
    return Statistic{name, help, Statistic::Kind::kGauge, static_cast<double>(value)};
  };
  const auto counter = [](std::string_view name, std::string_view help, std::int64_t value) {
    return Statistic{name, help, Statistic::Kind::kCounter, static_cast<double>(value)};
  };
  return {
      gauge("async_caller_threads", "Calls made at once, at most.", stats.threads),
      gauge("async_caller_queue_limit_calls", "Calls that wait, at most.", stats.queue_limit),
      gauge("async_caller_queued_calls", "Calls that wait.", stats.queued),
      counter("async_caller_taken_total", "Calls queued.", stats.taken),
      counter("async_caller_refused_total", "Calls refused as the queue was full.", stats.refused),
      counter("async_caller_answered_total", "Calls with an answer.", stats.answered),
      counter("async_caller_failed_total", "Calls that ended in an error.", stats.failed),
      counter("async_caller_expired_total", "Calls not made as their deadline came first.",
              stats.expired),
  };
}

}  // namespace trimtab::runtime
