// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace trimtab::runtime::cache {

// Remembers the hashes of the last slots that were given up, without their
// entries. In lines of eight, a hash in one of them only: where more than eight
// of those remembered fall into one, its oldest is forgotten early, some three of
// a hundred. 12 bytes for each; nothing is allocated but by SetCapacity(). Not
// thread-safe.
class GhostList {
 public:
  explicit GhostList(std::size_t capacity) { SetCapacity(capacity); }

  // Forgets all if the capacity changes.
  void SetCapacity(std::size_t capacity);
  void Add(std::uint32_t hash);
  // Whether `hash` was remembered; it no longer is.
  bool Take(std::uint32_t hash);

 private:
  static constexpr std::size_t kWays = 8;
  // One cache line.
  struct alignas(64) Line {
    std::array<std::uint32_t, kWays> hashes{};
    // `added_` when each came.
    std::array<std::uint32_t, kWays> added{};
  };

  Line& LineOf(std::uint32_t hash) {
    const std::uint32_t mixed = hash * 0x9e3779b1U;
    return lines_[(std::uint64_t{mixed} * lines_.size()) >> 32];
  }
  // How many came after it.
  std::uint32_t Age(std::uint32_t added) const { return added_ - added; }

  std::uint32_t capacity_ = 0;
  std::uint32_t added_ = 0;
  std::vector<Line> lines_;
};

}  // namespace trimtab::runtime::cache
