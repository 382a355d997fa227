// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

namespace trimtab {

// The bucket layout of the latency histograms, the same for the host that fills
// them and the daemon that reads them (proto/trimtab/v1/metrics.proto,
// LatencyHistogram).
//
// Values below 2^p have a bucket each; above, every power of two is cut into
// 2^p equal buckets, so that no bucket is wider than 2^-p of its lower bound:
// 1.6 % at the default p = 6. The idea is Gil Tene's HdrHistogram; there a
// bucket's half is shared between powers, here the layout is the plain
// floating-point one with p bits of mantissa.
struct LogLinearBuckets {
  static constexpr int kDefaultPrecisionBits = 6;
  static constexpr int kMinPrecisionBits = 1;
  static constexpr int kMaxPrecisionBits = 10;

  // Number of the bucket that holds `value`.
  static constexpr std::uint32_t Index(std::uint64_t value,
                                       int precision_bits = kDefaultPrecisionBits) {
    if (value < (std::uint64_t{1} << precision_bits)) return static_cast<std::uint32_t>(value);
    const int exponent = std::bit_width(value) - 1 - precision_bits;
    return static_cast<std::uint32_t>((static_cast<std::uint64_t>(exponent) << precision_bits) +
                                      (value >> exponent));
  }

  // Smallest value of a bucket. `index` must be below Count().
  static constexpr std::uint64_t LowerBound(std::uint32_t index,
                                            int precision_bits = kDefaultPrecisionBits) {
    const std::uint32_t per_power = std::uint32_t{1} << precision_bits;
    if (index < 2 * per_power) return index;
    const std::uint32_t exponent = (index >> precision_bits) - 1;
    const std::uint64_t mantissa = per_power + (index & (per_power - 1));
    return mantissa << exponent;
  }

  // Largest value of a bucket.
  static constexpr std::uint64_t UpperBound(std::uint32_t index,
                                            int precision_bits = kDefaultPrecisionBits) {
    const std::uint32_t per_power = std::uint32_t{1} << precision_bits;
    const std::uint32_t exponent = index < 2 * per_power ? 0 : (index >> precision_bits) - 1;
    return LowerBound(index, precision_bits) + ((std::uint64_t{1} << exponent) - 1);
  }

  // Number of buckets that cover every 64-bit value.
  static constexpr std::uint32_t Count(int precision_bits = kDefaultPrecisionBits) {
    return Index(~std::uint64_t{0}, precision_bits) + 1;
  }
};

}  // namespace trimtab
