// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/timeline.h"

#include <algorithm>

namespace trimtab::benchmark {

void Slice::Add(const Sample& sample) {
  switch (sample.how) {
    case Ended::kOk:
      ++ok;
      bytes += sample.bytes;
      break;
    case Ended::kError:
      ++errors;
      return;
    case Ended::kTimeout:
      ++timeouts;
      break;
    case Ended::kMissed:
      ++missed;
      break;
  }
  const std::int64_t ns = Duration(sample.ended - sample.intended).count();
  latency.Record(static_cast<std::uint64_t>(std::max<std::int64_t>(0, ns)));
}

void Slice::Append(const Slice& next) {
  length += next.length;
  ok += next.ok;
  errors += next.errors;
  timeouts += next.timeouts;
  missed += next.missed;
  bytes += next.bytes;
  latency.Merge(next.latency);
}

void Timeline::Add(const Sample& sample) {
  const Duration since = std::max(Duration::zero(), Duration(sample.ended - start_));
  while (since / width_ >= static_cast<std::int64_t>(kMaxSlices)) Halve();
  const auto place = static_cast<std::size_t>(since / width_);
  if (place >= slices_.size()) slices_.resize(place + 1);
  slices_[place].Add(sample);
}

void Timeline::Halve() {
  std::vector<Slice> merged((slices_.size() + 1) / 2);
  for (std::size_t i = 0; i < slices_.size(); ++i) merged[i / 2].Append(slices_[i]);
  slices_ = std::move(merged);
  width_ *= 2;
}

std::vector<Slice> Timeline::Take(Duration length, std::size_t limit) && {
  const auto needed = [&] {
    return static_cast<std::size_t>((length + width_ - Duration(1)) / width_);
  };
  while (std::max(slices_.size(), needed()) > limit) Halve();
  slices_.resize(std::max<std::size_t>({slices_.size(), needed(), 1}));
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    slices_[i].begin = width_ * static_cast<std::int64_t>(i);
    slices_[i].length = width_;
  }
  Slice& last = slices_.back();
  last.length = std::max(Duration(1), length - last.begin);
  if (slices_.size() > 1 && last.length < width_ / 2) {
    slices_[slices_.size() - 2].Append(last);
    slices_.pop_back();
  }
  return std::move(slices_);
}

}  // namespace trimtab::benchmark
