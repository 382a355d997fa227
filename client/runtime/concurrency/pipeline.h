// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "client/runtime/concurrency/pipeline_core.h"
#include "client/runtime/concurrency/result_of.h"
#include "client/runtime/concurrency/stage.h"
#include "client/runtime/statistic.h"
#include "daemon/base/error.h"
#include "daemon/base/mutex.h"

namespace trimtab::runtime {

struct PipelineOptions {
  // Results come in the order of the input; else as they are ready.
  bool ordered = true;
  // Items inside at most, from those pushed to those popped; from 1. It bounds
  // how many wait for a slow one before them.
  std::int64_t max_inside = 1024;
};

// What a stage whose function returns absl::Status or nothing hands on.
using Nothing = std::monostate;

// Items through stages, each with threads of its own, a bounded number waiting
// between them: a slow stage holds up those before it, back to who pushes. The
// width of each stage and what may wait before it change while it runs; no item
// is lost or goes twice. Made by PipelineBuilder.
//
// An error that a stage returns, or an exception that it throws, stops the
// pipeline: what is inside is thrown away, Push() and Pop() return the error
// with the stage's name and the item's number, and the threads end.
//
// Push() may be called by several threads, Pop() by one at a time; whoever
// pushes must not be the only one to pop once `max_inside` items are inside.
// Everything else is thread-safe. The destructor stops what still runs.
template <typename In, typename Out>
class Pipeline {
 public:
  ~Pipeline() {
    Stop();
    core_->Join();
  }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Waits for room. The pipeline's error once it failed, FAILED_PRECONDITION
  // after Close().
  absl::Status Push(In item) {
    std::uint64_t number = 0;
    if (absl::Status status = core_->Enter(&number); !status.ok()) return status;
    if (in_->Push({number, std::move(item)})) {
      core_->CountEntered();
      return absl::OkStatus();
    }
    // Nobody will see this number come out.
    core_->Withdraw();
    const absl::Status status = core_->status();
    return status.ok() ? absl::FailedPreconditionError("the pipeline was closed") : status;
  }

  // No more is pushed; what is inside still comes out.
  void Close() { in_->Close(); }

  // Waits for the next result. Empty once the pipeline is closed and all came
  // out; the error once it failed, even if results were still inside.
  absl::StatusOr<std::optional<Out>> Pop() {
    const MutexLock lock(popping_);
    while (true) {
      if (absl::Status status = core_->status(); !status.ok()) return status;
      if (std::optional<Out> next = TakeFromBehind(/*at_end=*/false)) return Emit(std::move(next));
      std::optional<Numbered<Out>> item;
      if (out_->Pop(&item, [] { return false; }) == Channel<Numbered<Out>>::Popped::kEnd) {
        if (absl::Status status = core_->status(); !status.ok()) return status;
        std::optional<Out> next = TakeFromBehind(/*at_end=*/true);
        return next ? Emit(std::move(next)) : std::optional<Out>();
      }
      out_->Done();
      if (!ordered_) return Emit(std::move(item->value));
      behind_.emplace(item->number, std::move(item->value));
    }
  }

  // Throws away what is inside; the pipeline's error is CANCELLED.
  void Stop() { core_->Fail(absl::CancelledError("the pipeline was stopped")); }

  // NOT_FOUND for a stage that there isn't, INVALID_ARGUMENT for a number out of
  // range, RESOURCE_EXHAUSTED when the system gives no more threads; nothing
  // changes then.
  absl::Status Resize(std::string_view stage, std::int64_t width) {
    StageBase* const found = core_->Find(stage);
    return found == nullptr ? NoStage(stage) : found->Resize(width);
  }
  absl::Status SetCapacity(std::string_view stage, std::int64_t capacity) {
    StageBase* const found = core_->Find(stage);
    if (found == nullptr) return NoStage(stage);
    if (capacity < 1 || capacity > PipelineCore::kMaxCapacity) {
      return Error(absl::StatusCode::kInvalidArgument,
                   "stage {}: room for {} items; from 1 to {} are allowed", stage, capacity,
                   PipelineCore::kMaxCapacity);
    }
    found->SetCapacity(capacity);
    return absl::OkStatus();
  }

  struct Stats {
    PipelineCore::Counts items;
    std::vector<StageStats> stages;
  };
  Stats stats() const {
    Stats stats{.items = core_->counts(), .stages = {}};
    for (const auto& stage : core_->stages()) stats.stages.push_back(stage->stats());
    return stats;
  }
  // Of all stages together; stats() has them one by one.
  std::vector<Statistic> Export() const { return ExportPipeline(stats().items, stats().stages); }

  // Names of the stages, in order.
  std::vector<std::string> stage_names() const {
    std::vector<std::string> names;
    for (const auto& stage : core_->stages()) names.push_back(stage->name());
    return names;
  }

 private:
  template <typename, typename>
  friend class PipelineBuilder;

  Pipeline(bool ordered, std::unique_ptr<PipelineCore> core,
           std::shared_ptr<Channel<Numbered<In>>> in, std::shared_ptr<Channel<Numbered<Out>>> out)
      : ordered_(ordered), core_(std::move(core)), in_(std::move(in)), out_(std::move(out)) {}

  static absl::Status NoStage(std::string_view stage) {
    return Error(absl::StatusCode::kNotFound, "the pipeline has no stage {}", stage);
  }

  // The next in order of those that came early. At the end a number may be
  // missing: of an item that came as the pipeline was closed.
  std::optional<Out> TakeFromBehind(bool at_end) TRIMTAB_REQUIRES(popping_) {
    const auto first = behind_.begin();
    if (first == behind_.end() || (first->first != next_ && !at_end)) return std::nullopt;
    next_ = first->first + 1;
    std::optional<Out> next = std::move(first->second);
    behind_.erase(first);
    return next;
  }

  std::optional<Out> Emit(std::optional<Out> result) {
    core_->Exit();
    return result;
  }

  const bool ordered_;
  const std::unique_ptr<PipelineCore> core_;
  const std::shared_ptr<Channel<Numbered<In>>> in_;
  const std::shared_ptr<Channel<Numbered<Out>>> out_;
  Mutex popping_;
  std::uint64_t next_ TRIMTAB_GUARDED_BY(popping_) = 0;
  // Results that came before their turn.
  std::map<std::uint64_t, Out> behind_ TRIMTAB_GUARDED_BY(popping_);
};

}  // namespace trimtab::runtime
