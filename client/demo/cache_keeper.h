// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "client/demo/backend_client.h"
#include "client/runtime/cache/cache.h"
#include "daemon/base/mutex.h"
#include "daemon/base/thread.h"

namespace trimtab::demo {

using LookupCache = runtime::Cache<std::uint32_t, std::string>;

// Keeps a cache fresh and warm: twice a second it asks the backend about every
// entry, which costs the backend the more the larger the cache is; and where the
// cache has grown it fills the room with the most popular keys. Keys are
// numbered by popularity, as an access log would tell. Has a thread of its own.
class CacheKeeper {
 public:
  // Both must outlive this.
  CacheKeeper(LookupCache& cache, BackendClient& backend);
  ~CacheKeeper();

 private:
  void Run(const std::stop_token& stop);
  void Refresh(const std::stop_token& stop);
  void Warm(const std::stop_token& stop);
  void Wait(const std::stop_token& stop);

  LookupCache& cache_;
  BackendClient& backend_;
  // Entries that the cache was warmed for.
  std::int64_t warmed_ = 0;
  Mutex mutex_;
  CondVar changed_;
  OwnedThread thread_;
};

}  // namespace trimtab::demo
