// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "client/demo/backend_client.h"
#include "client/demo/cache_keeper.h"
#include "client/demo/wire.h"
#include "client/runtime/batcher.h"
#include "client/runtime/lru_cache.h"

namespace trimtab::demo {

// The demo's service: looks up many keys at once, in the cache or, several at a
// time over several connections, in the backend; writes go in batches.
// Thread-safe; every limit changes while it serves.
class Lookup {
 public:
  explicit Lookup(const std::string& backend);

  // The values of the keys, one after the other, in `values`.
  Result Get(const std::vector<std::uint32_t>& keys, std::string* values);
  Result Put(std::int64_t items);

  // INVALID_ARGUMENT for less than one entry.
  absl::Status ResizeCache(std::int64_t entries);
  BackendClient& backend() { return backend_; }
  runtime::Batcher& batcher() { return batcher_; }
  // Threads that look up at once; they share the connections.
  std::atomic<std::int64_t> threads;
  std::atomic<std::int64_t> timeout_ms;
  std::atomic<std::int64_t> retries;

 private:
  // One attempt for as many keys as there are connections; the keys that got
  // their value leave `missing`.
  Result Attempt(std::vector<std::uint32_t>& missing, std::string* values);

  BackendClient backend_;
  runtime::LruCache cache_;
  CacheKeeper keeper_;
  runtime::Batcher batcher_;
};

}  // namespace trimtab::demo
