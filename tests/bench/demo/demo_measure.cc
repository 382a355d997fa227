// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/demo/demo_measure.h"

#include "daemon/base/error.h"
#include "daemon/host/host_channel.h"
#include "daemon/host/window_codec.h"
#include "daemon/measure/merge.h"

namespace trimtab::bench {

DemoMeasure::DemoMeasure(const std::string& host_address)
    : channel_(CreateHostChannel(host_address)),
      link_(channel_, {"demo-sweep", std::chrono::seconds(10)}),
      stub_(v1::HostService::NewStub(channel_)) {}

absl::StatusOr<std::int64_t> DemoMeasure::Apply(const Configuration& config) {
  const absl::StatusOr<ConfigState> before = link_.GetConfig();
  if (!before.ok()) return before.status();
  ApplyRequest request;
  request.config = config;
  request.expected_generation = before->generation;
  request.reason = "sweep";
  const absl::StatusOr<ApplyResult> result = link_.Apply(request);
  if (!result.ok()) return result.status();
  for (const ParameterOutcome& outcome : result->outcomes) {
    if (outcome.kind == OutcomeKind::kApplied) continue;
    return Error(absl::StatusCode::kFailedPrecondition, "{}: {} {}", outcome.name,
                 Name(outcome.kind), outcome.message);
  }
  return result->state.generation;
}

absl::StatusOr<Measurement> DemoMeasure::Measure(const Configuration& config, Duration settle,
                                                 int windows) {
  const absl::StatusOr<std::int64_t> generation = Apply(config);
  if (!generation.ok()) return generation.status();
  const WallTime settled =
      SystemClock().WallNow() + std::chrono::duration_cast<WallTime::duration>(settle);
  grpc::ClientContext context;
  const auto stream = stub_->StreamMetrics(&context, v1::StreamMetricsRequest());
  WindowMerger merged;
  v1::StreamMetricsResponse response;
  while (merged.windows() < windows && stream->Read(&response)) {
    HostWindow window;
    if (const auto defect = host_codec::DecodeWindow(response.snapshot(), &window)) {
      return Error(absl::StatusCode::kInternal, "window: {}", defect->detail);
    }
    if (window.superseded || window.generation != *generation || window.start < settled) continue;
    if (absl::Status added = merged.Add(window); !added.ok()) return added;
  }
  const bool complete = merged.windows() == windows;
  context.TryCancel();
  const grpc::Status end = stream->Finish();
  if (!complete) return Error(absl::StatusCode::kUnavailable, "{}", end.error_message());
  return merged.Result();
}

}  // namespace trimtab::bench
