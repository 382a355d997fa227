// SPDX-License-Identifier: Apache-2.0
// Makes each part tunable in one line:
//   RegisterParameters(host, pool);
// before TunableHost::Start(). The part must outlive the host. A name of one's
// own (a host may have two pools) and the largest value to be tried are given
// beside it. What the part is set to is the parameter's initial value; the range
// grows to hold it. Header-only, so that who doesn't use it needs no SDK.
#pragma once

#include <trimtab/host.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "client/runtime/network/async_caller.h"
#include "client/runtime/network/batch_requester.h"
#include "client/runtime/network/compressor.h"
#include "client/runtime/network/connection_pool_base.h"
#include "client/runtime/network/request_pipeline.h"
#include "client/runtime/network/retrier.h"
#include "client/runtime/parameter_range.h"

namespace trimtab::runtime {

inline void RegisterParameters(host::TunableHost& host, ConnectionPoolBase& pool,
                               std::string name = "connection_pool_size", std::int64_t max = 1000) {
  host.AddInt(std::move(name),
              Ranged({1, max}, pool.size(), "connections", "Connections open at once, at most."),
              [&pool](std::int64_t size) { return pool.Resize(size); });
}

inline void RegisterParameters(host::TunableHost& host, RequestPipeline& pipeline,
                               std::string name = "pipeline_depth", std::int64_t max = 1000) {
  host.AddInt(std::move(name),
              Ranged({1, max}, pipeline.depth(), "requests",
                     "Requests under way on a connection, at most."),
              [&pipeline](std::int64_t depth) { return pipeline.SetDepth(depth); });
}

// `max_timeout_ms` as below.
inline void RegisterParameters(host::TunableHost& host, BatchRequester& requester,
                               std::string name = "request_batch", std::int64_t max = 10000,
                               std::int64_t max_timeout_ms = 60000) {
  using std::chrono::milliseconds;
  const BatchRequesterStats now = requester.stats();
  host.AddInt(name + "_size",
              Ranged({1, max}, now.batch_size, "items", "Requests of a batch, at most."),
              [&requester](std::int64_t size) { return requester.SetBatchSize(size); });
  host.AddInt(
      name + "_concurrency",
      Ranged({1, max}, now.concurrency, "items", "Requests of a batch under way at once, at most."),
      [&requester](std::int64_t items) { return requester.SetConcurrency(items); });
  host.AddInt(name + "_timeout_ms",
              Ranged({1, max_timeout_ms}, std::chrono::ceil<milliseconds>(now.timeout).count(),
                     "ms", "Time that a batch of requests may take."),
              [&requester](std::int64_t ms) { return requester.SetTimeout(milliseconds(ms)); });
}

inline void RegisterParameters(host::TunableHost& host, AsyncCaller& caller,
                               std::string name = "async_caller", std::int64_t max_threads = 1000,
                               std::int64_t max_queue_limit = 100000) {
  const AsyncCallerStats now = caller.stats();
  host.AddInt(name + "_threads",
              Ranged({1, max_threads}, now.threads, "threads", "Calls made at once, at most."),
              [&caller](std::int64_t threads) { return caller.Resize(threads); });
  host.AddInt(name + "_queue_limit",
              Ranged({1, max_queue_limit}, now.queue_limit, "calls",
                     "Calls that wait for a thread, at most."),
              [&caller](std::int64_t limit) { return caller.SetQueueLimit(limit); });
}

// `max_timeout_ms`: the largest timeout to be tried. The one in force is shown in
// whole milliseconds, rounded up.
inline void RegisterParameters(host::TunableHost& host, Retrier& retrier,
                               std::string timeout_name = "timeout_ms",
                               std::string retries_name = "retry_count",
                               std::int64_t max_timeout_ms = 60000, std::int64_t max_retries = 10) {
  using std::chrono::milliseconds;
  const RetrierStats now = retrier.stats();
  host.AddInt(std::move(timeout_name),
              Ranged({1, max_timeout_ms}, std::chrono::ceil<milliseconds>(now.timeout).count(),
                     "ms", "Time that an attempt of a request may take."),
              [&retrier](std::int64_t ms) { return retrier.SetTimeout(milliseconds(ms)); });
  host.AddInt(std::move(retries_name),
              Ranged({0, max_retries}, now.retries_allowed, "retries",
                     "Attempts after the first, at most."),
              [&retrier](std::int64_t retries) { return retrier.SetRetries(retries); });
}

inline void RegisterParameters(host::TunableHost& host, Compressor& compressor,
                               std::string name = "compression") {
  const CompressorOptions& initial = compressor.initial();
  host.AddCategory(name,
                   {.categories = {"none", "lz4", "zstd"},
                    .initial = std::string(Name(initial.encoding)),
                    .description = "How payloads are compressed."},
                   [&compressor](const std::string& value) {
                     const absl::StatusOr<Encoding> encoding = ParseEncoding(value);
                     if (!encoding.ok()) return encoding.status();
                     return compressor.SetEncoding(*encoding);
                   });
  host.AddInt(name + "_level",
              {.min = kMinCompressionLevel,
               .max = kMaxCompressionLevel,
               .initial = initial.level,
               .description = "Level of zstd: higher is smaller and slower."},
              [&compressor](std::int64_t level) { return compressor.SetLevel(level); });
  host.AddInt(name + "_threshold_bytes",
              Ranged({0, CompressorOptions::kMaxThreshold}, initial.threshold_bytes, "bytes",
                     "Shorter payloads are sent as they are."),
              [&compressor](std::int64_t bytes) { return compressor.SetThreshold(bytes); });
}

}  // namespace trimtab::runtime
