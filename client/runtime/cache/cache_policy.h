// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <array>
#include <string_view>

namespace trimtab::runtime {

// Which entry a full cache gives up. An entry that has expired is given up
// before any other, whatever the policy.
enum class CachePolicy {
  // The one used least recently.
  kLru,
  // The one used least often since it was put in; of equals, least recently.
  kLfu,
  // The one put in first.
  kFifo,
  // The one that expires first; those that never do last, in order of arrival.
  kTtl,
  // W-TinyLFU: a new one must have been asked for more often lately than the
  // one it would push out.
  kWTinyLfu,
  // S3-FIFO: one that isn't asked for again soon after it came goes soon.
  kS3Fifo,
  // Whichever of the others (but kTtl) does best on the traffic of late, found
  // by simulation on a sample of the keys.
  kAuto,
};

inline constexpr std::array kCachePolicies = {
    CachePolicy::kLru,      CachePolicy::kLfu,    CachePolicy::kFifo, CachePolicy::kTtl,
    CachePolicy::kWTinyLfu, CachePolicy::kS3Fifo, CachePolicy::kAuto};

// "lru", "lfu", "fifo", "ttl", "w_tiny_lfu", "s3_fifo" or "auto".
std::string_view CachePolicyName(CachePolicy policy);
// INVALID_ARGUMENT for another name, with those that there are.
absl::StatusOr<CachePolicy> ParseCachePolicy(std::string_view name);

}  // namespace trimtab::runtime
