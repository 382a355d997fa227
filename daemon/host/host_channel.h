// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>

namespace trimtab {

// Makes the connection to a host, shared by GrpcHostLink and MetricsCollector.
// `address` is host:port, [ipv6]:port or unix:path. Returns at once; the
// channel connects at the first call, and again by itself after a loss.
// `credentials`: null where the host is on the same machine or in the same pod.
// `server_name`: what its certificate must be for; empty: the address's host.
std::shared_ptr<grpc::Channel> CreateHostChannel(
    const std::string& address,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials = nullptr,
    const std::string& server_name = "");

}  // namespace trimtab
