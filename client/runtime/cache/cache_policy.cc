// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/cache_policy.h"

#include <fmt/format.h>

#include <string>

namespace trimtab::runtime {

std::string_view CachePolicyName(CachePolicy policy) {
  switch (policy) {
    case CachePolicy::kLru:
      return "lru";
    case CachePolicy::kLfu:
      return "lfu";
    case CachePolicy::kFifo:
      return "fifo";
    case CachePolicy::kTtl:
      return "ttl";
    case CachePolicy::kWTinyLfu:
      return "w_tiny_lfu";
    case CachePolicy::kS3Fifo:
      return "s3_fifo";
    case CachePolicy::kAuto:
      return "auto";
  }
  return "";
}

absl::StatusOr<CachePolicy> ParseCachePolicy(std::string_view name) {
  std::string known;
  for (const CachePolicy policy : kCachePolicies) {
    if (CachePolicyName(policy) == name) return policy;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", CachePolicyName(policy));
  }
  return absl::InvalidArgumentError(
      fmt::format("\"{}\" is no cache policy; there are {}", name, known));
}

}  // namespace trimtab::runtime
