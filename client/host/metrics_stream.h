// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/support/server_callback.h>

#include <set>
#include <string>

#include "client/host/window_log.h"
#include "daemon/base/mutex.h"
#include "trimtab/v1/host.grpc.pb.h"

namespace trimtab::host {

// The open StreamMetrics calls. None has a queue: each reads on in the log from
// where it is, so a slow reader costs no memory and sees what it missed by the
// gap in the sequence. Thread-safe.
class MetricsStreams {
 public:
  // More calls than this are refused with RESOURCE_EXHAUSTED.
  static constexpr std::size_t kMaxStreams = 64;

  // `log` must outlive this; all calls must have ended before the destruction.
  MetricsStreams(const WindowLog& log, std::string boot_id)
      : log_(log), boot_id_(std::move(boot_id)) {}

  // Begins a call; owned by gRPC.
  grpc::ServerWriteReactor<v1::StreamMetricsResponse>* Open(
      const v1::StreamMetricsRequest& request);
  // The log has new windows.
  void OnWindow();
  // Ends all calls with UNAVAILABLE, and later ones at once.
  void Close();

 private:
  class Stream;

  void Remove(Stream* stream);

  const WindowLog& log_;
  const std::string boot_id_;
  Mutex mutex_;
  std::set<Stream*> streams_ TRIMTAB_GUARDED_BY(mutex_);
  bool closed_ TRIMTAB_GUARDED_BY(mutex_) = false;
};

}  // namespace trimtab::host
