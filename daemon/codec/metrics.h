// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/model/metric.h"
#include "daemon/model/sla.h"
#include "trimtab/v1/metrics.pb.h"

namespace trimtab::codec {

// What is wrong with something received.
struct Defect {
  // One of a few fixed words, fit for a label: "nan", "negative", "percent",
  // "quantiles", "time", and those of host/window_codec.h.
  std::string_view word;
  // The whole story, for a message.
  std::string detail;
};

// Uptime is rounded to nanoseconds; it must be less than 292 years.
v1::PerformanceMetrics EncodeMetrics(const MetricValues& metrics);
// Fills `metrics`, or says what is wrong: a value that isn't finite, is
// negative, is a share above 100 % (CPU excepted), or percentiles that descend.
// `metrics` holds rubbish after a defect.
std::optional<Defect> DecodeMetrics(const v1::PerformanceMetrics& message, MetricValues* metrics);

v1::SlaRequirements EncodeRequirements(const SlaRequirements& requirements);
v1::SlaCompliance EncodeCompliance(const SlaCompliance& compliance);
SlaCompliance DecodeCompliance(const v1::SlaCompliance& message);

}  // namespace trimtab::codec
