// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <trimtab/host.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "client/runtime/concurrency/adaptive_limit.h"
#include "client/runtime/concurrency/pipeline.h"
#include "client/runtime/concurrency/resizable_semaphore.h"
#include "client/runtime/concurrency/worker_pool.h"
#include "client/runtime/parameter_range.h"

// Makes the parts of this folder parameters of a host, a line each, before
// TunableHost::Start(). A part must outlive the host. What it is set to when it
// is registered is the parameter's initial value; the ranges grow to hold it.
namespace trimtab::runtime {

struct WorkerPoolParameters {
  // The protocol has a field for this name.
  std::string threads_name = "thread_pool_size";
  ParameterRange threads = {1, 64};
  std::string queue_limit_name = "task_queue_limit";
  ParameterRange queue_limit = {16, 65536};
};

inline void RegisterParameters(host::TunableHost& host, WorkerPool& pool,
                               const WorkerPoolParameters& as = {}) {
  host.AddInt(as.threads_name,
              Ranged(as.threads, pool.threads(), "threads", "Threads that run tasks."),
              [&pool](std::int64_t threads) { return pool.Resize(threads); });
  host.AddInt(as.queue_limit_name,
              Ranged(as.queue_limit, pool.queue_limit(), "tasks",
                     "Tasks that wait for a thread at most; more are refused."),
              [&pool](std::int64_t limit) { return pool.SetQueueLimit(limit); });
}

struct SemaphoreParameters {
  std::string limit_name = "concurrency_limit";
  ParameterRange limit = {1, 1000};
};

inline void RegisterParameters(host::TunableHost& host, ResizableSemaphore& semaphore,
                               const SemaphoreParameters& as = {}) {
  host.AddInt(as.limit_name, Ranged(as.limit, semaphore.limit(), "requests", "Requests at once."),
              [&semaphore](std::int64_t limit) { return semaphore.Resize(limit); });
}

struct AdaptiveLimitParameters {
  std::string max_limit_name = "adaptive_max_limit";
  ParameterRange max_limit = {1, 10000};
  std::string tolerance_name = "adaptive_tolerance";
  double max_tolerance = 5;
};

inline void RegisterParameters(host::TunableHost& host, AdaptiveLimit& limit,
                               const AdaptiveLimitParameters& as = {}) {
  const GradientOptions now = limit.options();
  host.AddInt(as.max_limit_name,
              Ranged({std::max(as.max_limit.min, now.min_limit), as.max_limit.max}, now.max_limit,
                     "requests", "Requests at once, at most."),
              [&limit](std::int64_t max) {
                GradientOptions options = limit.options();
                options.max_limit = max;
                options.initial_limit = std::min(options.initial_limit, max);
                return limit.SetOptions(options);
              });
  host.AddDouble(as.tolerance_name,
                 {.min = 1,
                  .max = std::max(as.max_tolerance, now.tolerance),
                  .initial = now.tolerance,
                  .unit = "",
                  .description = "Latency over an idle server's that doesn't count as a queue."},
                 [&limit](double tolerance) {
                   GradientOptions options = limit.options();
                   options.tolerance = tolerance;
                   return limit.SetOptions(options);
                 });
}

struct PipelineParameters {
  ParameterRange width = {1, 64};
  ParameterRange capacity = {1, 4096};
};

// Two parameters a stage: `<stage>_width` and `<stage>_capacity`; so the stages
// have names as parameters have (TunableHost::AddInt).
template <typename In, typename Out>
void RegisterParameters(host::TunableHost& host, Pipeline<In, Out>& pipeline,
                        const PipelineParameters& as = {}) {
  for (const StageStats& stage : pipeline.stats().stages) {
    host.AddInt(stage.name + "_width",
                Ranged(as.width, stage.width, "threads", "Threads of the stage."),
                [&pipeline, name = stage.name](std::int64_t width) {
                  return pipeline.Resize(name, width);
                });
    host.AddInt(
        stage.name + "_capacity",
        Ranged(as.capacity, stage.capacity, "items", "Items that wait before the stage at most."),
        [&pipeline, name = stage.name](std::int64_t capacity) {
          return pipeline.SetCapacity(name, capacity);
        });
  }
}

}  // namespace trimtab::runtime
