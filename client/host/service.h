// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <trimtab/host.h>
#include <trimtab/v1/host.grpc.pb.h>

#include <memory>
#include <set>
#include <string>

#include "client/host/config_keeper.h"
#include "client/host/recorder.h"
#include "daemon/base/mutex.h"

namespace trimtab::host {

// HostService over a keeper and a recorder, with gRPC's callback API: no thread
// a stream. Thread-safe. Must outlive the server it is registered with.
class Service final : public v1::HostService::CallbackService {
 public:
  // All must outlive this.
  Service(const HostOptions& options, std::string boot_id, ConfigKeeper& keeper,
          Recorder& recorder);

  // Tells the streams that windows were closed.
  void Wake();
  // Ends the streams; later ones end at once.
  void EndStreams();

  grpc::ServerUnaryReactor* DescribeHost(grpc::CallbackServerContext* context,
                                         const v1::DescribeHostRequest* request,
                                         v1::DescribeHostResponse* response) override;
  grpc::ServerUnaryReactor* GetConfig(grpc::CallbackServerContext* context,
                                      const v1::GetConfigRequest* request,
                                      v1::GetConfigResponse* response) override;
  grpc::ServerUnaryReactor* ApplyConfig(grpc::CallbackServerContext* context,
                                        const v1::ApplyConfigRequest* request,
                                        v1::ApplyConfigResponse* response) override;
  grpc::ServerUnaryReactor* RenewLease(grpc::CallbackServerContext* context,
                                       const v1::RenewLeaseRequest* request,
                                       v1::RenewLeaseResponse* response) override;
  grpc::ServerUnaryReactor* CommitConfig(grpc::CallbackServerContext* context,
                                         const v1::CommitConfigRequest* request,
                                         v1::CommitConfigResponse* response) override;
  grpc::ServerUnaryReactor* GetMetrics(grpc::CallbackServerContext* context,
                                       const v1::GetMetricsRequest* request,
                                       v1::GetMetricsResponse* response) override;
  grpc::ServerWriteReactor<v1::StreamMetricsResponse>* StreamMetrics(
      grpc::CallbackServerContext* context, const v1::StreamMetricsRequest* request) override;

 private:
  class Stream;

  const HostOptions options_;
  const std::string boot_id_;
  ConfigKeeper& keeper_;
  Recorder& recorder_;
  Mutex mutex_;
  std::set<Stream*> streams_ TRIMTAB_GUARDED_BY(mutex_);
  bool ended_ TRIMTAB_GUARDED_BY(mutex_) = false;
};

}  // namespace trimtab::host
