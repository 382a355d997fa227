// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <trimtab/v1/tuner.pb.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace trimtab {

struct TunerClientOptions {
  // Where trimtabd's API listens: "unix:PATH" or "HOST:PORT".
  std::string address = "unix:/run/trimtab/api.sock";
  // Of each call, retries included.
  std::chrono::milliseconds deadline = std::chrono::seconds(5);
  // Calls that only read are tried so often while the daemon is UNAVAILABLE,
  // with a doubling wait from 50 ms on. Commands are sent once: whether a lost
  // one was carried out can't be known.
  int attempts = 3;
  // For a port with TLS. The daemon's certificate must be signed by one of the
  // PEM file `tls_ca`; empty: no TLS. It must be for `tls_server_name`; empty: for
  // the address's host. Certificate and key are what this client shows; both or
  // none.
  std::string tls_ca = {};
  std::string tls_certificate = {};
  std::string tls_key = {};
  std::string tls_server_name = {};
  // Holds a bearer token in its first line, read at each call; empty: none. It is
  // sent over TLS, and without only on this machine.
  std::string token_file = {};
};

// Talks to trimtabd. Errors are the daemon's own (FAILED_PRECONDITION,
// INVALID_ARGUMENT, NOT_FOUND, with its message) or the transport's
// (UNAVAILABLE, DEADLINE_EXCEEDED); UNAUTHENTICATED and PERMISSION_DENIED name the
// role that a call needs. A file of the options that is wrong makes every call
// INVALID_ARGUMENT. Of a handshake that fails the message says why. Thread-safe. Connects lazily,
// and again by itself.
class TunerClient {
 public:
  explicit TunerClient(TunerClientOptions options = {});
  ~TunerClient();
  TunerClient(const TunerClient&) = delete;
  TunerClient& operator=(const TunerClient&) = delete;

  absl::StatusOr<v1::TunerStatus> GetStatus();
  // Calls `on_status` for each status until it returns false (then OK), the
  // stream breaks (then its error) or `limit` is over (DEADLINE_EXCEEDED), which
  // holds for a daemon that hangs, too; zero for no limit.
  absl::Status Watch(const std::function<bool(const v1::TunerStatus&)>& on_status,
                     std::chrono::milliseconds limit = std::chrono::milliseconds::zero());
  absl::StatusOr<v1::GetBestConfigurationResponse> GetBestConfiguration();
  absl::StatusOr<v1::GetSlaComplianceResponse> GetSlaCompliance();
  // Newest first; `limit` of them at most, over as many pages as it takes.
  absl::StatusOr<std::vector<v1::Trial>> ListTrials(int limit);
  absl::StatusOr<std::vector<v1::Decision>> ListDecisions(int limit);
  // Calls that changed something or were meant to; needs the role admin.
  absl::StatusOr<std::vector<v1::AuditRecord>> ListAudit(int limit);

  absl::StatusOr<v1::TunerStatus> Start();
  // Zero: until Resume.
  absl::StatusOr<v1::TunerStatus> Pause(std::chrono::milliseconds length,
                                        const std::string& reason);
  absl::StatusOr<v1::TunerStatus> Resume();
  absl::StatusOr<v1::TunerStatus> Stop(const std::string& reason);
  // 0: to the baseline.
  absl::StatusOr<v1::TunerStatus> Rollback(std::int64_t decision_id, const std::string& reason);
  absl::StatusOr<v1::TunerStatus> Pin(const v1::SystemConfig& config, const std::string& reason);
  absl::StatusOr<v1::TunerStatus> Approve(const std::string& reason);
  absl::StatusOr<v1::TunerStatus> Reject(const std::string& reason);

  // Calls `on_record` for each record of the study; ends early when it returns
  // false.
  absl::Status Export(const std::function<bool(const v1::StudyRecord&)>& on_record);
  absl::StatusOr<v1::ImportStudyResponse> Import(const std::vector<v1::StudyRecord>& records);

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
  TunerClientOptions options_;
};

}  // namespace trimtab
