// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/runtime/concurrency/resizable_threads.h"
#include "client/runtime/statistic.h"
#include "daemon/base/mutex.h"

namespace trimtab::runtime {

struct StageOptions {
  // Threads of the stage, 1 to ResizableThreads::kMax.
  std::int64_t width = 1;
  // Items that wait before the stage at most, 1 to PipelineCore::kMaxCapacity.
  std::int64_t capacity = 16;
};

struct StageStats {
  std::string name;
  std::int64_t width = 0;
  std::int64_t capacity = 0;
  // Items that wait before the stage, and that it works on.
  std::int64_t waiting = 0;
  std::int64_t working = 0;
  // Of all time: items that came, and that found no room at once.
  std::int64_t entered = 0;
  std::int64_t held_up = 0;
};

// A stage without its types. Thread-safe.
class StageBase {
 public:
  virtual ~StageBase() = default;

  virtual const std::string& name() const = 0;
  virtual absl::Status Resize(std::int64_t width) = 0;
  virtual void SetCapacity(std::int64_t capacity) = 0;
  virtual StageStats stats() const = 0;
  // Throws away what waits before the stage; returns how many items.
  virtual std::int64_t Clear() = 0;
  virtual void Join() = 0;
};

// What the stages of a pipeline share: its first error, how many items are
// inside, and the stages by name. Thread-safe.
class PipelineCore {
 public:
  static constexpr std::int64_t kMaxCapacity = std::int64_t{1} << 20;

  explicit PipelineCore(std::int64_t max_inside) : max_inside_(max_inside) {}
  ~PipelineCore() { Join(); }

  // Before anything else is called.
  void AddStage(std::unique_ptr<StageBase> stage) { stages_.push_back(std::move(stage)); }
  // Clears what follows the last stage.
  void SetClearOutput(std::function<std::int64_t()> clear) { clear_output_ = std::move(clear); }

  // Makes room for an item, once fewer than the most are inside; the error of a
  // pipeline that failed. `number` ascends from 0.
  absl::Status Enter(std::uint64_t* number);
  // The item is inside; or it isn't after all, and its number stays used.
  void CountEntered() { entered_.fetch_add(1, std::memory_order_relaxed); }
  void Withdraw();
  // An item came out.
  void Exit();
  // Stops the pipeline: the first error stays, what is inside is thrown away.
  void Fail(const absl::Status& error);

  // OK while it hasn't failed.
  absl::Status status() const;
  // Items that came in, came out, and were thrown away.
  struct Counts {
    std::int64_t entered = 0;
    std::int64_t left = 0;
    std::int64_t dropped = 0;
  };
  Counts counts() const;

  // Null for none.
  StageBase* Find(std::string_view name) const;
  const std::vector<std::unique_ptr<StageBase>>& stages() const { return stages_; }
  void Join();

 private:
  const std::int64_t max_inside_;
  std::vector<std::unique_ptr<StageBase>> stages_;
  std::function<std::int64_t()> clear_output_;
  mutable Mutex mutex_;
  CondVar changed_;
  absl::Status status_ TRIMTAB_GUARDED_BY(mutex_);
  std::uint64_t next_number_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  // Between Enter() and Withdraw() or Exit().
  std::int64_t inside_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  std::int64_t left_ TRIMTAB_GUARDED_BY(mutex_) = 0;
  std::atomic<std::int64_t> entered_{0};
};

// The statistics of all stages together.
std::vector<Statistic> ExportPipeline(const PipelineCore::Counts& items,
                                      const std::vector<StageStats>& stages);

}  // namespace trimtab::runtime
