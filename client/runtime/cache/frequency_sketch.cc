// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/frequency_sketch.h"

#include <algorithm>
#include <bit>

namespace trimtab::runtime::cache {
namespace {

constexpr unsigned kRows = 4;
constexpr std::size_t kLine = 8;
constexpr std::uint64_t kMaxCount = 15;

}  // namespace

FrequencySketch::FrequencySketch(std::size_t capacity)
    : capacity_(capacity), words_(std::bit_ceil(std::max(capacity, kLine))) {}

FrequencySketch::Place FrequencySketch::Locate(std::uint64_t hash, unsigned row) const {
  const std::uint64_t mixed = hash * 0xc2b2ae3d27d4eb4fULL;
  const std::size_t line = (mixed >> 32) & (words_.size() / kLine - 1);
  const auto bits = static_cast<unsigned>(mixed >> (8 * row)) & 31U;
  return {line * kLine + std::size_t{2} * row + (bits & 1U), 4 * (bits >> 1)};
}

void FrequencySketch::Add(std::uint64_t hash) {
  bool added = false;
  for (unsigned row = 0; row < kRows; ++row) {
    const Place place = Locate(hash, row);
    if (((words_[place.word] >> place.shift) & kMaxCount) == kMaxCount) continue;
    words_[place.word] += std::uint64_t{1} << place.shift;
    added = true;
  }
  if (added && ++counted_ >= 10 * capacity_) Halve();
}

std::uint32_t FrequencySketch::Estimate(std::uint64_t hash) const {
  std::uint64_t least = kMaxCount;
  for (unsigned row = 0; row < kRows; ++row) {
    const Place place = Locate(hash, row);
    least = std::min(least, (words_[place.word] >> place.shift) & kMaxCount);
  }
  return static_cast<std::uint32_t>(least);
}

void FrequencySketch::Halve() {
  for (std::uint64_t& word : words_) word = (word >> 1) & 0x7777777777777777ULL;
  counted_ /= 2;
}

}  // namespace trimtab::runtime::cache
