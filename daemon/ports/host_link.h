// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "daemon/model/host.h"
#include "daemon/model/window.h"

namespace trimtab {

// The control side of one host: what host.proto promises, in the daemon's own
// types. Every call returns within the link's deadline, with DEADLINE_EXCEEDED
// or UNAVAILABLE when the host hangs or is gone, and after Cancel() at once
// with CANCELLED. Malformed answers are INTERNAL. Called by one thread, but for
// Cancel().
class HostLink {
 public:
  virtual ~HostLink() = default;

  virtual absl::StatusOr<HostDescription> Describe() = 0;
  virtual absl::StatusOr<ConfigState> GetConfig() = 0;
  // ABORTED: another generation is in force. FAILED_PRECONDITION: another tuner
  // holds the host. A refused value is not an error: see ApplyResult.
  virtual absl::StatusOr<ApplyResult> Apply(const ApplyRequest& request) = 0;
  virtual absl::StatusOr<ConfigState> RenewLease(std::int64_t generation, Duration lease) = 0;
  virtual absl::StatusOr<ConfigState> Commit(std::int64_t generation) = 0;
  // Ends the call in progress and all later ones. Thread-safe.
  virtual void Cancel() = 0;
};

// Where the collector puts what it receives. Thread-safe; returns at once.
class WindowSink {
 public:
  virtual ~WindowSink() = default;

  // A window as received; judged by the receiver.
  virtual void OnWindow(HostWindow window) = 0;
  // A window that could not be decoded; `reason` is one of a few fixed words,
  // such as "nan", "negative", "histogram".
  virtual void OnMalformedWindow(const std::string& reason) = 0;
  // The stream of windows began (OK) or broke (the error); `call` is how they are
  // got: "stream_metrics", "get_metrics" or "run_benchmark".
  virtual void OnStream(const char* call, const absl::Status& status) = 0;
  // Whether windows would be of use now. A collector that has to put load on the
  // host to get them lets it rest otherwise.
  virtual bool WantsWindows() const { return true; }
};

}  // namespace trimtab
