// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "client/runtime/concurrency/pipeline.h"

namespace trimtab::runtime {

// Puts a pipeline together, stage by stage:
//
//   auto pipeline = PipelineBuilder<std::string>({.ordered = true})
//                       .Stage("parse", {.width = 2}, Parse)    // string -> StatusOr<Row>
//                       .Stage("store", {.width = 4}, Store)    // Row -> Status
//                       .Start();
//
// A stage's function is called by several threads at once where its width is
// over 1. It takes what the one before hands on, and returns a value, a StatusOr
// of one, a Status, or nothing. Not thread-safe; used up by Stage() and Start().
template <typename In, typename Now = In>
class PipelineBuilder {
 public:
  explicit PipelineBuilder(PipelineOptions options = {}) requires std::same_as<In, Now>
      : options_(options),
        core_(std::make_unique<PipelineCore>(options.max_inside)),
        first_(std::make_shared<Channel<Numbered<In>>>(1)),
        last_(first_) {
    if (options.max_inside < 1) Refuse("max_inside must be at least 1");
  }

  // `name`: not empty, and none that there is already.
  template <typename F>
  auto Stage(std::string name, StageOptions options, F function) && {
    using Result = typename ResultOf<std::invoke_result_t<F&, Now>>::Type;
    if constexpr (std::is_same_v<Result, absl::Status>) {
      return std::move(*this).template Add<Nothing>(
          std::move(name), options,
          [f = std::move(function)](Now item) mutable -> absl::StatusOr<Nothing> {
            if (absl::Status status = CallForResult(f, std::move(item)); !status.ok()) {
              return status;
            }
            return Nothing();
          });
    } else {
      return std::move(*this).template Add<typename Result::value_type>(
          std::move(name), options, [f = std::move(function)](Now item) mutable {
            return CallForResult(f, std::move(item));
          });
    }
  }

  // INVALID_ARGUMENT lists what is wrong, RESOURCE_EXHAUSTED when the system
  // gives no threads.
  absl::StatusOr<std::unique_ptr<Pipeline<In, Now>>> Start() && {
    if (core_->stages().empty()) Refuse("a pipeline has at least one stage");
    if (!wrong_.empty()) return absl::InvalidArgumentError("pipeline: " + wrong_);
    core_->SetClearOutput([out = last_] { return out->Clear(); });
    std::unique_ptr<Pipeline<In, Now>> pipeline(
        new Pipeline<In, Now>(options_.ordered, std::move(core_), first_, last_));
    for (std::size_t i = 0; i < widths_.size(); ++i) {
      absl::Status status = pipeline->core_->stages()[i]->Resize(widths_[i]);
      if (!status.ok()) return status;
    }
    return pipeline;
  }

 private:
  template <typename, typename>
  friend class PipelineBuilder;
  template <typename T>
  using Line = std::shared_ptr<Channel<Numbered<T>>>;

  struct Continued {};
  PipelineBuilder(Continued, PipelineOptions options) : options_(options) {}

  template <typename Next, typename F>
  PipelineBuilder<In, Next> Add(std::string name, StageOptions options, F function) && {
    if (name.empty() || core_->Find(name) != nullptr) {
      Refuse("stage '" + name + "' has no name of its own");
    }
    if (options.width < 1 || options.width > ResizableThreads::kMax) {
      Refuse("stage " + name + ": the width must be from 1 to 1024");
    }
    if (options.capacity < 1 || options.capacity > PipelineCore::kMaxCapacity) {
      Refuse("stage " + name + ": the capacity must be from 1 to 1048576");
    }
    last_->SetCapacity(options.capacity);
    // As wide as it takes: who pops bounds it by taking, and `max_inside`.
    auto out = std::make_shared<Channel<Numbered<Next>>>(PipelineCore::kMaxCapacity);
    core_->AddStage(std::make_unique<runtime::Stage<Now, Next>>(std::move(name), last_, out,
                                                                std::move(function), *core_));
    widths_.push_back(options.width);
    PipelineBuilder<In, Next> next(typename PipelineBuilder<In, Next>::Continued{}, options_);
    next.core_ = std::move(core_);
    next.first_ = std::move(first_);
    next.last_ = std::move(out);
    next.widths_ = std::move(widths_);
    next.wrong_ = std::move(wrong_);
    return next;
  }

  void Refuse(const std::string& what) { wrong_ += (wrong_.empty() ? "" : "; ") + what; }

  PipelineOptions options_;
  std::unique_ptr<PipelineCore> core_;
  Line<In> first_;
  Line<Now> last_;
  std::vector<std::int64_t> widths_;
  std::string wrong_;
};

}  // namespace trimtab::runtime
