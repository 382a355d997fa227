// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/call_gate.h"

#include <charconv>
#include <utility>
#include <vector>

#include "daemon/access/method_roles.h"
#include "daemon/base/error.h"
#include "daemon/codec/status.h"

namespace trimtab {
namespace {

constexpr std::string_view kService = "/trimtab.v1.TunerService/";
// Properties of a connection, ours and gRPC's.
constexpr const char* kUid = "trimtab_uid";
constexpr const char* kSecurityType = "transport_security_type";
constexpr const char* kCommonName = "x509_common_name";
constexpr const char* kAlternativeName = "x509_subject_alternative_name";

std::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

std::optional<std::string_view> Authorization(
    const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
  const auto found = metadata.find("authorization");
  if (found == metadata.end()) return std::nullopt;
  return View(found->second);
}

// By what a caller came: "unix", "tls" or "tcp".
std::string TransportOf(const grpc::AuthContext& connection) {
  if (!connection.FindPropertyValues(kUid).empty()) return "unix";
  for (const grpc::string_ref& type : connection.FindPropertyValues(kSecurityType)) {
    if (View(type) == "ssl" || View(type) == "tls") return "tls";
  }
  return "tcp";
}

// Of two that a caller shows; the first where they are as high.
Caller Higher(Caller one, Caller other) {
  return one.name == "nobody" || other.role > one.role ? std::move(other) : std::move(one);
}

// Why the caller may not make a call; OK: it may.
absl::Status WhyNot(const absl::StatusOr<Caller>& caller, std::string_view path) {
  if (!caller.ok()) return caller.status();
  const std::optional<Role> required = RequiredRole(path);
  if (!required) return absl::PermissionDeniedError("there is no such call");
  if (caller->role >= *required) return absl::OkStatus();
  if (caller->name == "nobody") {
    return Error(absl::StatusCode::kUnauthenticated,
                 "this call needs the role {}; show a token or a certificate, or come by the "
                 "daemon's Unix socket",
                 Name(*required));
  }
  return Error(absl::StatusCode::kPermissionDenied,
               "this call needs the role {}, but {} has the role {}", Name(*required), caller->name,
               Name(caller->role));
}

bool StartsWithBearer(std::string_view text) {
  constexpr std::string_view kBearer = "bearer ";
  if (text.size() < kBearer.size()) return false;
  for (std::size_t i = 0; i < kBearer.size(); ++i) {
    if (static_cast<char>(text[i] | 0x20) != kBearer[i]) return false;
  }
  return true;
}

}  // namespace

// What is known of a connection is written to it once, by its first call; gRPC
// keeps it for all of them, and no call reads it before it has come by here.
class CallGate::Door final : public grpc::AuthMetadataProcessor {
 public:
  Door(CallGate& gate, DoorUid uid) : gate_(gate), uid_(std::move(uid)) {}
  // It waits for nothing: no other thread needs to do it.
  bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* connection,
                       OutputMetadata*, OutputMetadata*) override {
    if (uid_) {
      const MutexLock lock(mutex_);
      if (connection->FindPropertyValues(kUid).empty()) {
        connection->AddProperty(kUid, std::to_string(uid_->load()));
      }
    }
    const auto path = metadata.find(":path");
    return codec::ToGrpc(
        gate_.Decide(*connection, path == metadata.end() ? std::string_view() : View(path->second),
                     Authorization(metadata)));
  }

 private:
  CallGate& gate_;
  const DoorUid uid_;
  Mutex mutex_;
};

CallGate::CallGate(const AccessSettings& access, const ApiLimits& limits, std::uint32_t own_uid,
                   Clock& clock, const CallAudit& audit)
    : policy_(access, own_uid),
      tokens_(access.token_files),
      rate_(limits.requests_per_second, clock),
      streams_(limits.max_streams),
      audit_(audit) {}

std::shared_ptr<grpc::AuthMetadataProcessor> CallGate::MakeDoor(DoorUid uid) {
  return std::make_shared<Door>(*this, std::move(uid));
}

Caller CallGate::CallerOf(const grpc::CallbackServerContext& context) const {
  const auto caller = Identify(*context.auth_context(), Authorization(context.client_metadata()));
  // A token may have been taken back since.
  return caller.ok() ? *caller : policy_.Nobody();
}

std::string CallGate::PeerOf(const grpc::CallbackServerContext& context) {
  std::string peer = TransportOf(*context.auth_context());
  if (peer == "unix") return peer;
  // "ipv4:192.0.2.1:41234", "ipv6:%5B::1%5D:41234"
  std::string address = context.peer();
  address.erase(0, address.find(':') + 1);
  for (const auto& [code, letter] : {std::pair("%5B", "["), std::pair("%5D", "]")}) {
    const std::size_t at = address.find(code);
    if (at != std::string::npos) address.replace(at, 3, letter);
  }
  return peer + " " + address;
}

Caller CallGate::OfConnection(const grpc::AuthContext& connection) const {
  Caller best = policy_.Nobody();
  for (const grpc::string_ref& text : connection.FindPropertyValues(kUid)) {
    // None is a number for kAnyUid.
    std::uint32_t uid = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), uid);
    if (error == std::errc() && end == text.data() + text.size()) {
      best = Higher(std::move(best), policy_.OfUid(uid));
    }
  }
  std::vector<std::string> names;
  for (const char* property : {kCommonName, kAlternativeName}) {
    for (const grpc::string_ref& name : connection.FindPropertyValues(property)) {
      names.emplace_back(name.data(), name.size());
    }
  }
  if (!names.empty()) best = Higher(std::move(best), policy_.OfCertificate(names));
  return best;
}

absl::StatusOr<Caller> CallGate::Identify(const grpc::AuthContext& connection,
                                          std::optional<std::string_view> authorization) const {
  Caller caller = OfConnection(connection);
  if (!authorization) return caller;
  std::optional<std::string> name;
  if (StartsWithBearer(*authorization)) name = tokens_.Find(authorization->substr(7));
  if (!name) return absl::UnauthenticatedError("the token is not one that this daemon knows");
  return Higher(std::move(caller), policy_.OfToken(*name));
}

absl::StatusOr<Caller> CallGate::Admit(const grpc::CallbackServerContext& context,
                                       std::string_view call) const {
  const grpc::AuthContext& connection = *context.auth_context();
  const std::string path = std::string(kService).append(call);
  absl::StatusOr<Caller> caller = Identify(connection, Authorization(context.client_metadata()));
  absl::Status refused = WhyNot(caller, path);
  if (refused.ok()) return caller;
  // Whoever shows a wrong token is still known by the connection.
  audit_.Refused(caller.ok() ? *caller : OfConnection(connection), PeerOf(context), path, refused);
  return refused;
}

absl::Status CallGate::Decide(const grpc::AuthContext& connection, std::string_view path,
                              std::optional<std::string_view> authorization) {
  const absl::StatusOr<Caller> caller = Identify(connection, authorization);
  // Wrong tokens are counted, too: guessing is slow.
  const Caller counted = caller.ok() ? *caller : Caller();
  if (!rate_.Take(counted.name)) {
    const absl::Status status =
        Error(absl::StatusCode::kResourceExhausted,
              "{} has sent more requests than api.limits.requests_per_second allows", counted.name);
    if (Mutates(path)) audit_.Refused(counted, TransportOf(connection), path, status);
    return status;
  }
  return Mutates(path) ? absl::OkStatus() : WhyNot(caller, path);
}

}  // namespace trimtab
