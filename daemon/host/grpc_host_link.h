// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "daemon/base/mutex.h"
#include "daemon/ports/host_link.h"

namespace trimtab {

// HostLink over gRPC. A call to a host that isn't there fails at once with
// UNAVAILABLE, to a host that hangs with DEADLINE_EXCEEDED after `deadline`. An
// answer that breaks the contract is INTERNAL and names the call and the field.
// Every error begins with the name of the call.
class GrpcHostLink final : public HostLink {
 public:
  struct Options {
    // Identity of this tuner, stable over its restarts; not empty.
    std::string tuner_id;
    // For each call.
    Duration deadline = std::chrono::seconds(2);
    // Says why a call was UNAVAILABLE where the transport knows more than gRPC
    // tells; empty: it doesn't. May be null.
    std::function<std::string()> diagnose = {};
  };

  GrpcHostLink(std::shared_ptr<grpc::Channel> channel, Options options);
  ~GrpcHostLink() override;

  absl::StatusOr<HostDescription> Describe() override;
  absl::StatusOr<ConfigState> GetConfig() override;
  absl::StatusOr<ApplyResult> Apply(const ApplyRequest& request) override;
  absl::StatusOr<ConfigState> RenewLease(std::int64_t generation, Duration lease) override;
  absl::StatusOr<ConfigState> Commit(std::int64_t generation) override;
  void Cancel() override;

 private:
  class Impl;

  // Registers a call's context for Cancel() while it runs. False: cancelled.
  bool Enter(grpc::ClientContext* context) TRIMTAB_EXCLUDES(mutex_);
  void Leave() TRIMTAB_EXCLUDES(mutex_);
  // Makes one call: `method` of the stub, with the deadline and the name `name`
  // in its errors.
  template <typename Request, typename Response, typename Method>
  absl::StatusOr<Response> Call(const char* name, Method method, const Request& request);

  const Options options_;
  const std::unique_ptr<Impl> impl_;
  Mutex mutex_;
  grpc::ClientContext* current_ TRIMTAB_GUARDED_BY(mutex_) = nullptr;
  bool cancelled_ TRIMTAB_GUARDED_BY(mutex_) = false;
};

}  // namespace trimtab
