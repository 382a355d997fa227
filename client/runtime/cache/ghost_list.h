// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace trimtab::runtime::cache {

// Remembers the hashes of the last slots that were given up, without their
// entries. 40 bytes for each at most. Not thread-safe.
class GhostList {
 public:
  explicit GhostList(std::size_t capacity) { SetCapacity(capacity); }

  // Forgets all if the capacity changes.
  void SetCapacity(std::size_t capacity);
  void Add(std::uint64_t hash);
  // Whether `hash` was remembered; it no longer is.
  bool Take(std::uint64_t hash);

 private:
  // In order of arrival, the oldest overwritten first.
  std::vector<std::uint64_t> ring_;
  std::uint64_t added_ = 0;
  // When each was added last; what isn't here was taken.
  absl::flat_hash_map<std::uint64_t, std::uint64_t> when_;
};

}  // namespace trimtab::runtime::cache
