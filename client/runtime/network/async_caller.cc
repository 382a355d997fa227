// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/async_caller.h"

#include <exception>
#include <utility>

#include "daemon/base/error.h"

namespace trimtab::runtime {

absl::Status Validate(const AsyncCallerOptions& options) {
  if (options.threads < 1 || options.threads > AsyncCallerOptions::kMaxThreads) {
    return Error(absl::StatusCode::kInvalidArgument, "{} threads to call on; allowed: 1 to {}",
                 options.threads, AsyncCallerOptions::kMaxThreads);
  }
  if (options.queue_limit < 1) return absl::InvalidArgumentError("queue_limit is 0");
  return absl::OkStatus();
}

AsyncCaller::AsyncCaller(AsyncCallerOptions options, Call call)
    : queue_limit_(options.queue_limit), call_(std::move(call)) {
  for (int i = 0; i < options.threads; ++i) {
    threads_.emplace_back("async-caller", [this](const std::stop_token&) { Work(); });
  }
}

AsyncCaller::~AsyncCaller() {
  {
    const MutexLock lock(mutex_);
    ending_ = true;
    changed_.NotifyAll();
  }
  threads_.clear();
}

void AsyncCaller::Send(std::string request, MonotonicTime deadline, Done done) {
  {
    const MutexLock lock(mutex_);
    if (queue_.size() < queue_limit_) {
      queue_.push_back({std::move(request), deadline, std::move(done)});
      changed_.NotifyOne();
      return;
    }
  }
  done(Error(absl::StatusCode::kResourceExhausted, "{} calls wait already", queue_limit_));
}

void AsyncCaller::Work() {
  while (true) {
    Task task;
    {
      const MutexLock lock(mutex_);
      while (queue_.empty() && !ending_) changed_.Wait(mutex_);
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    absl::StatusOr<std::string> answer;
    try {
      answer = call_(task.request, task.deadline);
    } catch (const std::exception& error) {
      answer = absl::UnknownError(error.what());
    } catch (...) {
      answer = absl::UnknownError("what was thrown is no std::exception");
    }
    task.done(std::move(answer));
  }
}

}  // namespace trimtab::runtime
