// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/window_codec.h"

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/codec/metrics.h"
#include "daemon/codec/time.h"

namespace trimtab::host_codec {
namespace {

using Result = std::optional<WindowDefect>;

Result DecodeIdentity(const v1::MetricsSnapshot& snapshot, HostWindow* window) {
  if (snapshot.boot_id().empty()) return WindowDefect{"boot", "boot_id is empty"};
  if (snapshot.sequence() <= 0) {
    return WindowDefect{"sequence",
                        fmt::format("sequence {} is not positive", snapshot.sequence())};
  }
  if (snapshot.generation() < 0) {
    return WindowDefect{"negative", fmt::format("generation is {}", snapshot.generation())};
  }
  window->boot_id = snapshot.boot_id();
  window->sequence = snapshot.sequence();
  window->generation = snapshot.generation();
  window->superseded = snapshot.superseded();
  return std::nullopt;
}

Result DecodeTimes(const v1::MetricsSnapshot& snapshot, HostWindow* window) {
  const auto start = codec::DecodeTime(snapshot.window_start());
  if (!start.ok()) return WindowDefect{"time", "window_start: " + Message(start.status())};
  const auto end = codec::DecodeTime(snapshot.window_end());
  if (!end.ok()) return WindowDefect{"time", "window_end: " + Message(end.status())};
  const auto length = codec::DecodeDuration(snapshot.window_length());
  if (!length.ok()) return WindowDefect{"length", "window_length: " + Message(length.status())};
  if (*length <= Duration::zero()) {
    return WindowDefect{"length", fmt::format("window_length is {} ns", length->count())};
  }
  window->start = *start;
  window->end = *end;
  window->length = *length;
  return std::nullopt;
}

Result DecodeCounts(const v1::MetricsSnapshot& snapshot, HostWindow* window) {
  for (const std::int64_t count : {snapshot.request_count(), snapshot.error_count(),
                                   snapshot.timeout_count(), snapshot.payload_bytes()}) {
    if (count < 0) return WindowDefect{"negative", fmt::format("a count is negative: {}", count)};
  }
  // Written as a difference: the sum could overflow.
  if (snapshot.error_count() > snapshot.request_count() ||
      snapshot.timeout_count() > snapshot.request_count() - snapshot.error_count()) {
    return WindowDefect{"counts", fmt::format("{} errors and {} timeouts are more than {} requests",
                                              snapshot.error_count(), snapshot.timeout_count(),
                                              snapshot.request_count())};
  }
  window->requests = snapshot.request_count();
  window->errors = snapshot.error_count();
  window->timeouts = snapshot.timeout_count();
  window->payload_bytes = snapshot.payload_bytes();
  return std::nullopt;
}

Result Bad(std::string detail) { return WindowDefect{"histogram", "latency: " + detail}; }

// The ends sharpen every percentile computed from the buckets; a host that
// leaves them out would look infinitely fast.
Result CheckEnds(const LatencyHistogram& histogram) {
  if (histogram.count() == 0) return std::nullopt;
  const int bits = histogram.precision_bits();
  if (LogLinearBuckets::Index(histogram.min_ns(), bits) != histogram.buckets().begin()->first ||
      LogLinearBuckets::Index(histogram.max_ns(), bits) != histogram.buckets().rbegin()->first) {
    return Bad(fmt::format("min_nanos {} and max_nanos {} aren't in the first and last bucket",
                           histogram.min_ns(), histogram.max_ns()));
  }
  return std::nullopt;
}

Result DecodeHistogram(const v1::MetricsSnapshot& snapshot, HostWindow* window) {
  const v1::LatencyHistogram& message = snapshot.latency();
  if (!snapshot.has_latency()) {
    window->latency = LatencyHistogram();
    if (window->requests == 0) return std::nullopt;
    return Bad(fmt::format("missing for {} requests", window->requests));
  }
  const auto bits = message.precision_bits();
  if (bits < LogLinearBuckets::kMinPrecisionBits || bits > LogLinearBuckets::kMaxPrecisionBits) {
    return Bad(fmt::format("precision_bits is {}; allowed are {} to {}", bits,
                           LogLinearBuckets::kMinPrecisionBits,
                           LogLinearBuckets::kMaxPrecisionBits));
  }
  if (message.bucket_indices_size() != message.bucket_counts_size()) {
    return Bad(fmt::format("{} indices and {} counts", message.bucket_indices_size(),
                           message.bucket_counts_size()));
  }
  LatencyHistogram histogram(static_cast<int>(bits));
  for (int i = 0; i < message.bucket_indices_size(); ++i) {
    if (i > 0 && message.bucket_indices(i) <= message.bucket_indices(i - 1)) {
      return Bad(fmt::format("bucket_indices don't ascend at {}", message.bucket_indices(i)));
    }
    const auto status = histogram.AddBucket(message.bucket_indices(i), message.bucket_counts(i));
    if (!status.ok()) return Bad(Message(status));
  }
  if (histogram.count() != static_cast<std::uint64_t>(window->requests)) {
    return Bad(
        fmt::format("holds {} requests, {} were counted", histogram.count(), window->requests));
  }
  histogram.SetSummary(message.sum_nanos(), message.min_nanos(), message.max_nanos());
  if (auto defect = CheckEnds(histogram)) return defect;
  window->latency = std::move(histogram);
  return std::nullopt;
}

}  // namespace

std::optional<WindowDefect> DecodeWindow(const v1::MetricsSnapshot& snapshot, HostWindow* window) {
  if (auto defect = DecodeIdentity(snapshot, window)) return defect;
  if (auto defect = DecodeTimes(snapshot, window)) return defect;
  if (auto defect = DecodeCounts(snapshot, window)) return defect;
  if (auto defect = codec::DecodeMetrics(snapshot.metrics(), &window->metrics)) {
    return WindowDefect{defect->word, "metrics." + defect->detail};
  }
  return DecodeHistogram(snapshot, window);
}

}  // namespace trimtab::host_codec
