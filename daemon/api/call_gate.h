// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/auth_metadata_processor.h>
#include <grpcpp/server_context.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/access/access_policy.h"
#include "daemon/access/rate_limiter.h"
#include "daemon/access/stream_quota.h"
#include "daemon/access/token_files.h"
#include "daemon/api/call_audit.h"
#include "daemon/base/mutex.h"

namespace trimtab {

// Decides for every call on every port whether it goes on: who calls, whether the
// call's role is theirs, whether they have asked too often. It does so at the door,
// before anything of the service sees the call; but gRPC doesn't tell there from
// where a call comes, and who is refused a change is to be told with their address.
// So a call that changes something is refused by Admit(), which each of them asks
// first; at the door it is only counted. Thread-safe.
class CallGate {
 public:
  // Needs read tokens: ReloadTokens(). `audit` must outlive this.
  CallGate(const AccessSettings& access, const ApiLimits& limits, std::uint32_t own_uid,
           Clock& clock, const CallAudit& audit);

  absl::Status ReloadTokens() { return tokens_.Load(); }
  const AccessPolicy& policy() const { return policy_; }

  // Of a call that has passed.
  Caller CallerOf(const grpc::CallbackServerContext& context) const;
  // Who makes the call "PauseTuning" of TunerService, if it is theirs to make; else
  // why not, which the audit log has then.
  absl::StatusOr<Caller> Admit(const grpc::CallbackServerContext& context,
                               std::string_view call) const;
  // Where it came from, as in AuditEntry::peer.
  static std::string PeerOf(const grpc::CallbackServerContext& context);
  // One more stream of the caller; null: it has too many.
  std::shared_ptr<void> OpenStream(const Caller& caller) { return streams_.Take(caller.name); }

  // Who comes by one door of a Unix socket: a uid as the kernel told it, set before
  // the first comes, or kAnyUid for a door that is for more than one.
  using DoorUid = std::shared_ptr<const std::atomic<std::int64_t>>;
  static constexpr std::int64_t kAnyUid = -1;

  // Stands at one kind of port; every call of it comes by. `uid`: null where it is
  // no Unix socket's.
  std::shared_ptr<grpc::AuthMetadataProcessor> MakeDoor(DoorUid uid);

 private:
  class Door;
  // By what the connection shows, whatever token a call brings.
  Caller OfConnection(const grpc::AuthContext& connection) const;
  // UNAUTHENTICATED for a token that isn't one. `authorization`: the header.
  absl::StatusOr<Caller> Identify(const grpc::AuthContext& connection,
                                  std::optional<std::string_view> authorization) const;
  absl::Status Decide(const grpc::AuthContext& connection, std::string_view path,
                      std::optional<std::string_view> authorization);

  const AccessPolicy policy_;
  TokenFiles tokens_;
  RateLimiter rate_;
  StreamQuota streams_;
  const CallAudit& audit_;
};

}  // namespace trimtab
