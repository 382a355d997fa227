// SPDX-License-Identifier: Apache-2.0
#include "client/host/service.h"

#include "client/host/codec.h"

namespace trimtab::host {

grpc::Status HostServiceImpl::DescribeHost(grpc::ServerContext* /*context*/,
                                           const v1::DescribeHostRequest* /*request*/,
                                           v1::DescribeHostResponse* response) {
  response->set_service_name(parts_.service);
  response->set_instance_name(parts_.instance);
  response->set_boot_id(parts_.boot_id);
  for (const Parameter& parameter : parts_.registry.parameters()) {
    *response->add_parameters() = EncodeParameter(parameter);
  }
  *response->mutable_window_length() = EncodeDuration(parts_.window_length);
  *response->mutable_max_lease() = EncodeDuration(parts_.max_lease);
  response->set_has_benchmark(parts_.benchmark.available());
  return grpc::Status::OK;
}

grpc::Status HostServiceImpl::GetConfig(grpc::ServerContext* /*context*/,
                                        const v1::GetConfigRequest* /*request*/,
                                        v1::GetConfigResponse* response) {
  *response->mutable_state() = EncodeState(parts_.controller.View(), parts_.boot_id);
  return grpc::Status::OK;
}

grpc::Status HostServiceImpl::ApplyConfig(grpc::ServerContext* /*context*/,
                                          const v1::ApplyConfigRequest* request,
                                          v1::ApplyConfigResponse* response) {
  auto values = DecodeConfig(request->config());
  if (!values.ok()) return ToGrpc(values.status());
  const auto lease = DecodeDuration("lease", request->lease());
  if (!lease.ok()) return ToGrpc(lease.status());
  const auto result = parts_.controller.Apply({
      .values = *std::move(values),
      .expected_generation = request->expected_generation(),
      .lease = *lease,
      .dry_run = request->dry_run(),
      .reason = request->reason(),
      .tuner_id = request->tuner_id(),
  });
  if (!result.ok()) return ToGrpc(result.status());
  response->set_applied(result->applied);
  *response->mutable_state() = EncodeState(result->view, parts_.boot_id);
  for (const ParameterOutcome& outcome : result->outcomes) {
    *response->add_outcomes() = EncodeOutcome(outcome);
  }
  return grpc::Status::OK;
}

grpc::Status HostServiceImpl::RenewLease(grpc::ServerContext* /*context*/,
                                         const v1::RenewLeaseRequest* request,
                                         v1::RenewLeaseResponse* response) {
  const auto lease = DecodeDuration("lease", request->lease());
  if (!lease.ok()) return ToGrpc(lease.status());
  const auto view = parts_.controller.Renew(request->tuner_id(), request->generation(), *lease);
  if (!view.ok()) return ToGrpc(view.status());
  *response->mutable_state() = EncodeState(*view, parts_.boot_id);
  return grpc::Status::OK;
}

grpc::Status HostServiceImpl::CommitConfig(grpc::ServerContext* /*context*/,
                                           const v1::CommitConfigRequest* request,
                                           v1::CommitConfigResponse* response) {
  const auto view = parts_.controller.Commit(request->tuner_id(), request->generation());
  if (!view.ok()) return ToGrpc(view.status());
  *response->mutable_state() = EncodeState(*view, parts_.boot_id);
  return grpc::Status::OK;
}

grpc::Status HostServiceImpl::GetMetrics(grpc::ServerContext* /*context*/,
                                         const v1::GetMetricsRequest* request,
                                         v1::GetMetricsResponse* response) {
  if (request->max_snapshots() < 0) {
    return {grpc::StatusCode::INVALID_ARGUMENT, "max_snapshots must not be negative"};
  }
  const auto limit = static_cast<std::size_t>(request->max_snapshots());
  for (const WindowLog::Entry& window : parts_.log.After(request->after_sequence(), limit)) {
    *response->add_snapshots() = EncodeWindow(*window, parts_.boot_id);
  }
  return grpc::Status::OK;
}

grpc::Status HostServiceImpl::RunBenchmark(grpc::ServerContext* /*context*/,
                                           const v1::RunBenchmarkRequest* request,
                                           v1::RunBenchmarkResponse* response) {
  const auto duration = DecodeDuration("duration", request->duration());
  if (!duration.ok()) return ToGrpc(duration.status());
  const auto warm_up = DecodeDuration("warm_up", request->warm_up());
  if (!warm_up.ok()) return ToGrpc(warm_up.status());
  const auto window = parts_.benchmark.Run(request->generation(), *warm_up, *duration);
  if (!window.ok()) return ToGrpc(window.status());
  *response->mutable_snapshot() = EncodeWindow(*window, parts_.boot_id);
  return grpc::Status::OK;
}

grpc::ServerWriteReactor<v1::StreamMetricsResponse>* HostServiceImpl::StreamMetrics(
    grpc::CallbackServerContext* /*context*/, const v1::StreamMetricsRequest* request) {
  return parts_.streams.Open(*request);
}

}  // namespace trimtab::host
