// SPDX-License-Identifier: Apache-2.0
#include "client/demo/workload.h"

#include <algorithm>
#include <cmath>

namespace trimtab::demo {
namespace {

constexpr std::size_t kKeysPerLookup = 8;
constexpr std::uint32_t kItemsPerWrite = 100;
constexpr double kZipfExponent = 0.99;

}  // namespace

Workload::Workload(double write_percent) : write_percent_(write_percent), cumulated_(kKeys) {
  double sum = 0;
  for (std::size_t i = 0; i < kKeys; ++i) {
    sum += 1 / std::pow(static_cast<double>(i + 1), kZipfExponent);
    cumulated_[i] = sum;
  }
}

Workload::Request Workload::Draw(Random& random) const {
  Request request;
  if (random.Uniform() * 100 < write_percent_) {
    request.op = Op::kPut;
    request.items = kItemsPerWrite;
    return request;
  }
  request.keys.resize(kKeysPerLookup);
  for (std::uint32_t& key : request.keys) {
    const double place = random.Uniform() * cumulated_.back();
    const auto found = std::lower_bound(cumulated_.begin(), cumulated_.end(), place);
    key = static_cast<std::uint32_t>(found - cumulated_.begin());
  }
  return request;
}

}  // namespace trimtab::demo
