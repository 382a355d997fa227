// SPDX-License-Identifier: Apache-2.0
#include "tests/support/host_messages.h"

#include "daemon/codec/configuration.h"
#include "daemon/codec/metrics.h"
#include "daemon/codec/time.h"

namespace trimtab {

v1::ConfigState Encode(const ConfigState& state) {
  v1::ConfigState message;
  *message.mutable_config() = codec::EncodeConfiguration(state.config);
  message.set_generation(state.generation);
  message.set_source(static_cast<v1::ConfigSource>(static_cast<int>(state.source) + 1));
  message.set_tuner_id(state.tuner_id);
  *message.mutable_committed_config() = codec::EncodeConfiguration(state.committed);
  if (state.lease_remaining) {
    *message.mutable_lease_remaining() = codec::EncodeDuration(*state.lease_remaining);
  }
  message.set_boot_id(state.boot_id);
  return message;
}

v1::MetricsSnapshot Encode(const HostWindow& window) {
  v1::MetricsSnapshot message;
  message.set_boot_id(window.boot_id);
  message.set_generation(window.generation);
  message.set_sequence(window.sequence);
  *message.mutable_window_start() = codec::EncodeTime(window.start);
  *message.mutable_window_end() = codec::EncodeTime(window.end);
  *message.mutable_window_length() = codec::EncodeDuration(window.length);
  message.set_request_count(window.requests);
  message.set_error_count(window.errors);
  *message.mutable_metrics() = codec::EncodeMetrics(window.metrics);
  v1::LatencyHistogram& latency = *message.mutable_latency();
  latency.set_precision_bits(window.latency.precision_bits());
  for (const auto& [index, count] : window.latency.buckets()) {
    latency.add_bucket_indices(index);
    latency.add_bucket_counts(count);
  }
  latency.set_sum_nanos(window.latency.sum_ns());
  latency.set_min_nanos(window.latency.min_ns());
  latency.set_max_nanos(window.latency.max_ns());
  return message;
}

v1::ParameterOutcome MakeOutcome(const std::string& name, v1::ParameterOutcomeKind kind,
                                 const ParameterValue& requested, const ParameterValue& in_force) {
  v1::ParameterOutcome outcome;
  outcome.set_name(name);
  outcome.set_kind(kind);
  *outcome.mutable_requested() = codec::EncodeValue(requested);
  *outcome.mutable_in_force() = codec::EncodeValue(in_force);
  return outcome;
}

}  // namespace trimtab
