// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include "daemon/model/window.h"

namespace trimtab {

// Takes windows of one configuration together. Counts add up; latencies come
// from the merged histogram; rates are over the summed length; CPU, memory,
// network and availability are means weighted by time; uptime is the newest. A
// metric that one window lacks is missing in the whole, but for latencies,
// which a window without requests can't have. A value type.
class WindowMerger {
 public:
  // INVALID_ARGUMENT when the histograms don't fit together; the window is left
  // out then.
  absl::Status Add(const HostWindow& window);
  // Adds all that another one has merged; same errors.
  absl::Status Add(const WindowMerger& other);
  Measurement Result() const;

  int windows() const { return measurement_.windows; }
  std::int64_t requests() const { return measurement_.requests; }

 private:
  // Adds `value_seconds`, a metric times the length that it held for.
  void AddTimeWeighted(Metric metric, std::optional<double> value_seconds);

  // Of the time-weighted metrics, value times seconds.
  Measurement measurement_;
  std::int64_t errors_ = 0;
  std::int64_t timeouts_ = 0;
  std::int64_t payload_bytes_ = 0;
};

// The metrics of one window. What its counts and its histogram tell (latencies,
// throughput, rates of errors and timeouts) comes from them alone, whatever the
// host says of it: its own figures may be missing, or cumulative, or of another
// stretch. The rest is the host's. What no request tells, such as a latency
// where there was none, is missing.
MetricValues MetricsOf(const HostWindow& window);

}  // namespace trimtab
