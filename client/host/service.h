// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "client/host/benchmark_runner.h"
#include "client/host/config_controller.h"
#include "client/host/metrics_stream.h"
#include "client/host/registry.h"
#include "client/host/window_log.h"
#include "trimtab/v1/host.grpc.pb.h"

namespace trimtab::host {

// trimtab.v1.HostService over the SDK's parts: nothing but translation. Calls
// that may wait for the host's own code (apply, benchmark) run on the server's
// own threads; the streams, of which there may be many, on callbacks.
class HostServiceImpl final
    : public v1::HostService::WithCallbackMethod_StreamMetrics<v1::HostService::Service> {
 public:
  struct Parts {
    std::string service;
    std::string instance;
    std::string boot_id;
    Duration window_length;
    Duration max_lease;
    const Registry& registry;
    ConfigController& controller;
    const WindowLog& log;
    MetricsStreams& streams;
    BenchmarkRunner& benchmark;
  };

  // What `parts` refers to must outlive this.
  explicit HostServiceImpl(Parts parts) : parts_(std::move(parts)) {}

  grpc::Status DescribeHost(grpc::ServerContext* context, const v1::DescribeHostRequest* request,
                            v1::DescribeHostResponse* response) override;
  grpc::Status GetConfig(grpc::ServerContext* context, const v1::GetConfigRequest* request,
                         v1::GetConfigResponse* response) override;
  grpc::Status ApplyConfig(grpc::ServerContext* context, const v1::ApplyConfigRequest* request,
                           v1::ApplyConfigResponse* response) override;
  grpc::Status RenewLease(grpc::ServerContext* context, const v1::RenewLeaseRequest* request,
                          v1::RenewLeaseResponse* response) override;
  grpc::Status CommitConfig(grpc::ServerContext* context, const v1::CommitConfigRequest* request,
                            v1::CommitConfigResponse* response) override;
  grpc::Status GetMetrics(grpc::ServerContext* context, const v1::GetMetricsRequest* request,
                          v1::GetMetricsResponse* response) override;
  grpc::Status RunBenchmark(grpc::ServerContext* context, const v1::RunBenchmarkRequest* request,
                            v1::RunBenchmarkResponse* response) override;
  grpc::ServerWriteReactor<v1::StreamMetricsResponse>* StreamMetrics(
      grpc::CallbackServerContext* context, const v1::StreamMetricsRequest* request) override;

 private:
  const Parts parts_;
};

}  // namespace trimtab::host
