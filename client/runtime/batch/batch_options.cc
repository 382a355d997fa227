// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/batch/batch_options.h"

#include <fmt/format.h>

#include <string>

namespace trimtab::runtime {
namespace {

absl::Status CheckRange(const char* name, std::int64_t value, std::int64_t least,
                        std::int64_t most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("{} is {}, must be from {} to {}", name, value, least, most));
}

}  // namespace

absl::Status CheckBatchSize(std::int64_t size) {
  return CheckRange("the size of a batch", size, 1, kMaxBatchSize);
}

absl::Status CheckBatchLinger(Duration linger) {
  return CheckRange("the linger in ns", linger.count(), 0, kMaxBatchLinger.count());
}

absl::Status CheckBatchWeight(std::int64_t weight) {
  return CheckRange("the weight of an item", weight, 1, kMaxWaitingWeight);
}

absl::Status CheckBatchOptions(const BatchOptions& options) {
  std::string mistakes;
  for (const absl::Status& checked :
       {CheckBatchSize(options.size), CheckBatchLinger(options.linger),
        CheckRange("max_waiting", options.max_waiting, 1, kMaxWaitingWeight),
        CheckRange("threads", options.threads, 1, kMaxBatchThreads)}) {
    if (checked.ok()) continue;
    if (!mistakes.empty()) mistakes += "; ";
    mistakes += std::string(checked.message());
  }
  return mistakes.empty() ? absl::OkStatus() : absl::InvalidArgumentError(mistakes);
}

}  // namespace trimtab::runtime
