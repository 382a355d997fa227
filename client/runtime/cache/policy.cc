// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/policy.h"

#include "client/runtime/cache/fifo_policy.h"
#include "client/runtime/cache/lfu_policy.h"
#include "client/runtime/cache/lru_policy.h"
#include "client/runtime/cache/s3_fifo_policy.h"
#include "client/runtime/cache/ttl_policy.h"
#include "client/runtime/cache/w_tiny_lfu_policy.h"

namespace trimtab::runtime::cache {

std::unique_ptr<Policy> MakePolicy(CachePolicy policy, Nodes& nodes, std::size_t capacity) {
  switch (policy) {
    case CachePolicy::kLfu:
      return std::make_unique<LfuPolicy>(nodes, capacity);
    case CachePolicy::kFifo:
      return std::make_unique<FifoPolicy>(nodes, capacity);
    case CachePolicy::kTtl:
      return std::make_unique<TtlPolicy>(nodes, capacity);
    case CachePolicy::kWTinyLfu:
      return std::make_unique<WTinyLfuPolicy>(nodes, capacity);
    case CachePolicy::kS3Fifo:
      return std::make_unique<S3FifoPolicy>(nodes, capacity);
    case CachePolicy::kLru:
    case CachePolicy::kAuto:
      break;
  }
  return std::make_unique<LruPolicy>(nodes, capacity);
}

}  // namespace trimtab::runtime::cache
