// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <concepts>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "client/runtime/concurrency/future.h"
#include "client/runtime/concurrency/result_of.h"
#include "client/runtime/concurrency/worker_pool.h"

namespace trimtab::runtime {

// A future's state together with the callable that fills it: one allocation.
template <typename F>
class AsyncCall final : public FutureState<typename ResultOf<std::invoke_result_t<F&>>::Type> {
 public:
  explicit AsyncCall(F call) : call_(std::move(call)) {}

  void Meet(Fate fate) {
    if (!this->Claim()) return;
    switch (fate) {
      case Fate::kRun:
        this->Settle(CallAndForget());
        return;
      case Fate::kCancelled:
        this->Settle(absl::CancelledError("cancelled before it began"));
        return;
      case Fate::kExpired:
        this->Settle(absl::DeadlineExceededError("its deadline came before its turn"));
        return;
    }
  }

 private:
  // What the callable holds is given up before anybody sees the result.
  auto CallAndForget() {
    auto result = CallForResult(*call_);
    call_.reset();
    return result;
  }

  std::optional<F> call_;
};

// Queues `call` and returns the future of what it returns. A task that the pool
// refuses is a future that is ready with the pool's error. Thread-safe.
template <std::invocable F>
auto Async(WorkerPool& pool, F call, const TaskOptions& options = {})
    -> Future<typename ResultOf<std::invoke_result_t<F&>>::Type> {
  using R = typename ResultOf<std::invoke_result_t<F&>>::Type;
  auto state = std::make_shared<AsyncCall<F>>(std::move(call));
  Future<R> future(state);
  const absl::Status queued = pool.SubmitFated([state](Fate fate) { state->Meet(fate); }, options);
  if (!queued.ok() && state->Claim()) state->Settle(queued);
  return future;
}

}  // namespace trimtab::runtime
