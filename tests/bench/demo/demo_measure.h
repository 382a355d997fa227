// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/host/grpc_host_link.h"
#include "daemon/model/configuration.h"
#include "daemon/model/window.h"
#include "trimtab/v1/host.grpc.pb.h"

namespace trimtab::bench {

// Measures configurations of a host that nobody else tunes.
class DemoMeasure {
 public:
  explicit DemoMeasure(const std::string& host_address);

  // Commits the configuration, throws away the windows that began within
  // `settle`, and merges the next `windows`. The link's errors; INTERNAL for a
  // window that breaks the contract; FAILED_PRECONDITION when the host changed
  // or refused a value.
  absl::StatusOr<Measurement> Measure(const Configuration& config, Duration settle, int windows);

 private:
  // The configuration's generation once it is in force.
  absl::StatusOr<std::int64_t> Apply(const Configuration& config);

  const std::shared_ptr<grpc::Channel> channel_;
  GrpcHostLink link_;
  const std::unique_ptr<v1::HostService::Stub> stub_;
};

}  // namespace trimtab::bench
