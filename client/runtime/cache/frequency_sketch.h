// SPDX-License-Identifier: Apache-2.0
#pragma once

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
  void Add(std::uint64_t hash);
  std::uint32_t Estimate(std::uint64_t hash) const;

 private:
  // Where row `row` counts `hash`: a word, and the lowest bit of four in it.
  struct Place {
    std::size_t word;
    unsigned shift;
  };
  Place Locate(std::uint64_t hash, unsigned row) const;
  void Halve();

  std::size_t capacity_;
  std::size_t counted_ = 0;
  // Lines of eight words; a row has two of them.
  std::vector<std::uint64_t> words_;
};

}  // namespace trimtab::runtime::cache
