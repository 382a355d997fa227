// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/auth_metadata_processor.h>
#include <grpcpp/server_context.h>

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

// Decides for every call on every port, before anything of the service sees it,
// whether it goes on: who calls, whether the call's role is theirs, whether they
// have asked too often. Thread-safe.
class CallGate {
 public:
  // Needs read tokens: ReloadTokens(). `audit` must outlive this.
  CallGate(const AccessSettings& access, const ApiLimits& limits, std::uint32_t own_uid,
           Clock& clock, const CallAudit& audit);

  absl::Status ReloadTokens() { return tokens_.Load(); }
  const AccessPolicy& policy() const { return policy_; }

  // Of a call that has passed.
  Caller CallerOf(const grpc::CallbackServerContext& context) const;
  // Where it came from, as in AuditEntry::peer.
  static std::string PeerOf(const grpc::CallbackServerContext& context);
  // One more stream of the caller; null: it has too many.
  std::shared_ptr<void> OpenStream(const Caller& caller) { return streams_.Take(caller.name); }

  // Stands at one kind of port; every call of it comes by. `uid`: of all who
  // come there, as the kernel told it; nothing where it tells nothing.
  std::shared_ptr<grpc::AuthMetadataProcessor> MakeDoor(std::optional<std::string> uid);

 private:
  class Door;
  // UNAUTHENTICATED for a token that isn't one. `authorization`: the header.
  absl::StatusOr<Caller> Identify(const grpc::AuthContext& connection,
                                  std::optional<std::string_view> authorization) const;
  absl::Status Decide(const grpc::AuthContext& connection, std::string_view path,
                      std::optional<std::string_view> authorization);
  // Why the caller may not make a call; OK: it may.
  absl::Status Check(const absl::StatusOr<Caller>& caller, std::string_view path);

  const AccessPolicy policy_;
  TokenFiles tokens_;
  RateLimiter rate_;
  StreamQuota streams_;
  const CallAudit& audit_;
};

}  // namespace trimtab
