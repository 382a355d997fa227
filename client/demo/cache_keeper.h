// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "client/demo/backend_client.h"
#include "client/runtime/lru_cache.h"
#include "daemon/base/mutex.h"
#include "daemon/base/thread.h"

namespace trimtab::demo {

// Keeps a cache fresh and warm: twice a second it asks the backend about every
// entry, which costs the backend the more the larger the cache is; and it fills
// what room there is with the most popular keys. Keys are numbered by
// popularity, as an access log would tell. Has a thread of its own.
class CacheKeeper {
 public:
  // Both must outlive this.
  CacheKeeper(runtime::LruCache& cache, BackendClient& backend);
  ~CacheKeeper();

  // The cache was given another capacity. Thread-safe.
  void OnResize(std::int64_t capacity);

 private:
  void Run(const std::stop_token& stop);
  void Refresh(const std::stop_token& stop);
  void Warm(const std::stop_token& stop);
  void Wait(const std::stop_token& stop);

  runtime::LruCache& cache_;
  BackendClient& backend_;
  Mutex mutex_;
  CondVar changed_;
  std::int64_t capacity_ TRIMTAB_GUARDED_BY(mutex_);
  bool grown_ TRIMTAB_GUARDED_BY(mutex_) = true;
  OwnedThread thread_;
};

}  // namespace trimtab::demo
