// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "client/runtime/concurrency/channel.h"
#include "client/runtime/concurrency/pipeline_core.h"
#include "client/runtime/concurrency/resizable_threads.h"
#include "daemon/base/error.h"

namespace trimtab::runtime {

// An item with its place in the order of the input.
template <typename T>
struct Numbered {
  std::uint64_t number;
  T value;
};

// One stage: threads that take items from their channel, call the function, and
// push what it returns to the next channel, waiting for room there. An error
// fails the pipeline. Its channel must outlive the stage before it.
template <typename A, typename B>
class Stage final : public StageBase {
 public:
  using Function = std::function<absl::StatusOr<B>(A)>;

  Stage(std::string name, std::shared_ptr<Channel<Numbered<A>>> in,
        std::shared_ptr<Channel<Numbered<B>>> out, Function function, PipelineCore& core)
      : name_(std::move(name)),
        in_(std::move(in)),
        out_(std::move(out)),
        function_(std::move(function)),
        core_(core),
        threads_(name_, [this](std::int64_t number) { Work(number); }) {}

  const std::string& name() const override { return name_; }

  absl::Status Resize(std::int64_t width) override {
    absl::Status status = threads_.Resize(width);
    if (status.ok()) in_->LookAround();
    return status;
  }

  void SetCapacity(std::int64_t capacity) override { in_->SetCapacity(capacity); }

  StageStats stats() const override {
    const auto channel = in_->stats();
    return {.name = name_,
            .width = threads_.wanted(),
            .capacity = channel.capacity,
            .waiting = channel.held,
            .working = channel.in_hand,
            .entered = channel.pushed,
            .held_up = channel.waited};
  }

  std::int64_t Clear() override { return in_->Clear(); }
  void Join() override { threads_.Join(); }

 private:
  using Popped = typename Channel<Numbered<A>>::Popped;

  void Work(std::int64_t number) {
    std::optional<Numbered<A>> item;
    while (!threads_.Surplus(number) || !threads_.Leave(number)) {
      const Popped popped = in_->Pop(&item, [&] { return threads_.Surplus(number); });
      if (popped == Popped::kLook) continue;
      if (popped == Popped::kEnd) {
        out_->Close();
        return;
      }
      Process(*std::exchange(item, std::nullopt));
      in_->Done();
    }
  }

  void Process(Numbered<A> item) {
    absl::StatusOr<B> result = function_(std::move(item.value));
    if (result.ok()) {
      // Refused only when the pipeline has failed meanwhile.
      out_->Push({item.number, *std::move(result)});
    } else {
      core_.Fail(Error(result.status().code(), "stage {}, item {}: {}", name_, item.number,
                       Message(result.status())));
    }
  }

  const std::string name_;
  const std::shared_ptr<Channel<Numbered<A>>> in_;
  const std::shared_ptr<Channel<Numbered<B>>> out_;
  const Function function_;
  PipelineCore& core_;
  ResizableThreads threads_;
};

}  // namespace trimtab::runtime
