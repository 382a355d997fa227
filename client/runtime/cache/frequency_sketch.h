// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace trimtab::runtime::cache {

// About how often each hash was seen of late, from 0 to 15: never too low but
// for ageing, sometimes too high. A count-min sketch of four rows of 4-bit
// counters, all four of a hash in one cache line, halved once ten times the
// capacity was counted: Einziger, Friedman, Manes, "TinyLFU: a highly efficient
// cache admission policy", ACM ToS 2017, sections 3.2 and 3.4. 8 to 16 bytes for
// each of `capacity`. Not thread-safe.
class FrequencySketch {
 public:
  // For about `capacity` hashes that matter.
  explicit FrequencySketch(std::size_t capacity);

  std::size_t capacity() const { return capacity_; }
  // Counts `hash` `times` times, which are positive.
  void Add(std::uint32_t hash, std::uint32_t times) {
    const std::uint64_t mixed = Mix(hash);
    std::uint64_t added = 0;
    for (unsigned row = 0; row < kRows; ++row) {
      const Place place = Locate(mixed, row);
      const std::uint64_t count = (words_[place.word] >> place.shift) & kMaxCount;
      const std::uint64_t more = std::min<std::uint64_t>(times, kMaxCount - count);
      words_[place.word] += more << place.shift;
      added = std::max(added, more);
    }
    counted_ += added;
    if (counted_ >= 10 * capacity_) Halve();
  }
  std::uint32_t Estimate(std::uint32_t hash) const {
    const std::uint64_t mixed = Mix(hash);
    std::uint64_t least = kMaxCount;
    for (unsigned row = 0; row < kRows; ++row) {
      const Place place = Locate(mixed, row);
      least = std::min(least, (words_[place.word] >> place.shift) & kMaxCount);
    }
    return static_cast<std::uint32_t>(least);
  }

 private:
  static constexpr unsigned kRows = 4;
  static constexpr std::size_t kLine = 8;
  static constexpr std::uint64_t kMaxCount = 15;

  // Where the rows count `hash`: a word, and the lowest bit of four in it.
  struct Place {
    std::size_t word;
    unsigned shift;
  };
  static std::uint64_t Mix(std::uint32_t hash) { return hash * 0xc2b2ae3d27d4eb4fULL; }
  Place Locate(std::uint64_t mixed, unsigned row) const {
    const std::size_t line = (mixed >> 32) & (words_.size() / kLine - 1);
    const auto bits = static_cast<unsigned>(mixed >> (8 * row)) & 31U;
    return {line * kLine + std::size_t{2} * row + (bits & 1U), 4 * (bits >> 1)};
  }
  void Halve();

  std::size_t capacity_;
  std::size_t counted_ = 0;
  // Lines of eight words; a row has two of them.
  std::vector<std::uint64_t> words_;
};

}  // namespace trimtab::runtime::cache
