// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/concurrency/pipeline_core.h"

namespace trimtab::runtime {

absl::Status PipelineCore::Enter(std::uint64_t* number) {
  const MutexLock lock(mutex_);
  while (status_.ok() && inside_ >= max_inside_) changed_.Wait(mutex_);
  if (!status_.ok()) return status_;
  *number = next_number_++;
  ++inside_;
  return absl::OkStatus();
}

void PipelineCore::Exit() {
  const MutexLock lock(mutex_);
  --inside_;
  ++left_;
  changed_.NotifyOne();
}

void PipelineCore::Withdraw() {
  const MutexLock lock(mutex_);
  --inside_;
  changed_.NotifyOne();
}

void PipelineCore::Fail(const absl::Status& error) {
  {
    const MutexLock lock(mutex_);
    if (!status_.ok()) return;
    status_ = error;
    changed_.NotifyAll();
  }
  for (const auto& stage : stages_) stage->Clear();
  clear_output_();
  const MutexLock lock(mutex_);
  changed_.NotifyAll();
}

absl::Status PipelineCore::status() const {
  const MutexLock lock(mutex_);
  return status_;
}

PipelineCore::Counts PipelineCore::counts() const {
  const MutexLock lock(mutex_);
  return {.entered = entered_.load(std::memory_order_relaxed),
          .left = left_,
          .dropped = status_.ok() ? 0 : inside_};
}

StageBase* PipelineCore::Find(std::string_view name) const {
  for (const auto& stage : stages_) {
    if (stage->name() == name) return stage.get();
  }
  return nullptr;
}

void PipelineCore::Join() {
  for (const auto& stage : stages_) stage->Join();
}

std::vector<Statistic> ExportPipeline(const PipelineCore::Counts& items,
                                      const std::vector<StageStats>& stages) {
  using Kind = Statistic::Kind;
  StageStats sum;
  for (const StageStats& stage : stages) {
    sum.width += stage.width;
    sum.waiting += stage.waiting;
    sum.working += stage.working;
    sum.held_up += stage.held_up;
  }
  const auto real = [](std::int64_t count) { return static_cast<double>(count); };
  return {
      {"pipeline_threads", "Threads of all stages.", Kind::kGauge, real(sum.width)},
      {"pipeline_waiting_items", "Items between stages.", Kind::kGauge, real(sum.waiting)},
      {"pipeline_working_items", "Items that stages work on.", Kind::kGauge, real(sum.working)},
      {"pipeline_held_up_total", "Times that an item found no room.", Kind::kCounter,
       real(sum.held_up)},
      {"pipeline_entered_total", "Items that came in.", Kind::kCounter, real(items.entered)},
      {"pipeline_left_total", "Items that came out.", Kind::kCounter, real(items.left)},
      {"pipeline_dropped_total", "Items thrown away after an error.", Kind::kCounter,
       real(items.dropped)},
  };
}

}  // namespace trimtab::runtime
