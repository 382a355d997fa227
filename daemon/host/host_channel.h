// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>

namespace trimtab {

// Makes the connection to a host, shared by GrpcHostLink and MetricsCollector.
// `address` is host:port, [ipv6]:port or unix:path. Returns at once; the
// channel connects at the first call, and again by itself after a loss. No
// transport security: the host is on the same machine or in the same pod.
std::shared_ptr<grpc::Channel> CreateHostChannel(const std::string& address);

}  // namespace trimtab
