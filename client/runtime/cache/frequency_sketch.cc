// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/cache/frequency_sketch.h"

#include <bit>

namespace trimtab::runtime::cache {

FrequencySketch::FrequencySketch(std::size_t capacity)
    : capacity_(capacity), words_(std::bit_ceil(std::max(capacity, kLine))) {}

void FrequencySketch::Halve() {
  for (std::uint64_t& word : words_) word = (word >> 1) & 0x7777777777777777ULL;
  counted_ /= 2;
}

}  // namespace trimtab::runtime::cache
