// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "client/demo/backend_client.h"
#include "client/demo/cache_keeper.h"
#include "client/demo/wire.h"
#include "client/runtime/batch/item_batcher.h"
#include "client/runtime/concurrency/worker_pool.h"
#include "client/runtime/network/retrier.h"

namespace trimtab::demo {

// The demo's service: workers look up many keys at once, in the cache or,
// several at a time over several connections, in the backend; writes go in
// batches. Thread-safe; every part changes while it serves.
class Lookup {
 public:
  // Weighs as many items as it writes.
  using Batcher = runtime::ItemBatcher<std::int64_t>;

  static absl::StatusOr<std::unique_ptr<Lookup>> Create(const std::string& backend);

  // Has a worker look up the keys, one value after the other in `values`, or
  // write so many items. Waits for it. kError when too many requests wait.
  Result Get(const std::vector<std::uint32_t>& keys, std::string* values);
  Result Put(std::int64_t items);

  runtime::WorkerPool& workers() { return *workers_; }
  BackendClient& backend() { return *backend_; }
  LookupCache& cache() { return *cache_; }
  Batcher& batcher() { return *batcher_; }
  runtime::Retrier& retrier() { return *retrier_; }

 private:
  Lookup() = default;

  template <typename Work>
  Result OnWorker(const Work& work);
  Result Find(const std::vector<std::uint32_t>& keys, std::string* values);
  // Reads what is missing from the backend until all is there or a read fails;
  // what is there leaves `missing`.
  absl::Status Attempt(std::vector<std::uint32_t>& missing, std::string* values,
                       MonotonicTime deadline);
  absl::Status Commit(const std::vector<std::int64_t>& writes);

  std::unique_ptr<BackendClient> backend_;
  std::unique_ptr<runtime::Retrier> retrier_;
  std::unique_ptr<LookupCache> cache_;
  std::unique_ptr<CacheKeeper> keeper_;
  std::unique_ptr<Batcher> batcher_;
  // Last, so that no request is under way when the others end.
  std::unique_ptr<runtime::WorkerPool> workers_;
};

}  // namespace trimtab::demo
