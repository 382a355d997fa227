// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/model/latency_histogram.h"
#include "daemon/model/metric.h"

namespace trimtab {

// One closed window of measurement as the host reported it, decoded but not
// judged: see measure/ for what is accepted.
struct HostWindow {
  std::string boot_id;
  std::int64_t generation = 0;
  std::int64_t sequence = 0;
  WallTime start;
  WallTime end;
  Duration length{};
  std::int64_t requests = 0;
  std::int64_t errors = 0;
  std::int64_t timeouts = 0;
  std::int64_t payload_bytes = 0;
  // The window holds stragglers of a generation that is gone.
  bool superseded = false;
  MetricValues metrics;
  LatencyHistogram latency;
};

// Several windows of one configuration taken together.
struct Measurement {
  MetricValues metrics;
  std::int64_t requests = 0;
  int windows = 0;
  Duration length{};
  LatencyHistogram latency;
};

}  // namespace trimtab
