// SPDX-License-Identifier: Apache-2.0
// Histograms as they come from a host: adding buckets, merging and quantiles.
#include <cstring>

#include "daemon/model/latency_histogram.h"
#include "tests/fuzz/fuzz.h"

namespace {

// Reads numbers off the input; zeros after its end.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  template <typename Number>
  Number Take() {
    Number number{};
    const std::size_t count = size_ < sizeof(number) ? size_ : sizeof(number);
    std::memcpy(&number, data_, count);
    data_ += count;
    size_ -= count;
    return number;
  }
  bool empty() const { return size_ == 0; }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

trimtab::LatencyHistogram Read(Bytes& bytes) {
  trimtab::LatencyHistogram histogram(bytes.Take<std::uint8_t>() % 2 == 0 ? 5 : 6);
  for (int left = bytes.Take<std::uint8_t>() % 16; left > 0 && !bytes.empty(); --left) {
    const auto index = bytes.Take<std::uint32_t>();
    if (bytes.Take<std::uint8_t>() % 2 == 0) {
      (void)histogram.AddBucket(index, bytes.Take<std::uint64_t>());
    } else {
      (void)histogram.AddBucket(index % 1000, bytes.Take<std::uint16_t>());
    }
  }
  const auto sum = bytes.Take<std::uint64_t>();
  const auto low = bytes.Take<std::uint64_t>();
  histogram.SetSummary(sum, low, bytes.Take<std::uint64_t>());
  return histogram;
}

std::uint64_t Sum(const trimtab::LatencyHistogram& histogram) {
  std::uint64_t sum = 0;
  for (const auto& [index, count] : histogram.buckets()) sum += count;
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using trimtab::fuzz::Require;
  Bytes bytes(data, size);
  const trimtab::LatencyHistogram a = Read(bytes);
  const trimtab::LatencyHistogram b = Read(bytes);
  trimtab::LatencyHistogram ab = a;
  trimtab::LatencyHistogram ba = b;
  const bool merged = ab.Merge(b).ok();
  Require(ba.Merge(a).ok() == merged, "merging is symmetric");
  Require(merged || ab == a, "what can't be merged changes nothing");
  if (merged) {
    Require(ab.buckets() == ba.buckets(), "merging commutes");
    Require(ab.count() == a.count() + b.count(), "nothing is lost");
  }
  Require(Sum(ab) == ab.count(), "the count is the buckets'");
  double before = 0;
  for (const double q : {0.0, 0.5, 0.99, 0.999, 1.0}) {
    const auto quantile = ab.QuantileNs(q);
    Require(quantile.has_value() == (ab.count() > 0), "a quantile of something");
    if (!quantile) continue;
    Require(*quantile >= before, "quantiles ascend");
    before = *quantile;
  }
  return 0;
}
