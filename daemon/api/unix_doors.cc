// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/unix_doors.h"

#include <grpcpp/security/server_credentials.h>

#include <utility>

namespace trimtab {

UnixDoors::UnixDoors(grpc::ServerBuilder& builder, CallGate& gate)
    : rest_(Make(builder, gate, CallGate::kAnyUid)) {
  for (const std::uint32_t uid : gate.policy().KnownUids()) {
    known_.emplace(uid, Make(builder, gate, uid));
  }
  for (int i = 0; i < kSpare; ++i) spare_.push_back(Make(builder, gate, CallGate::kAnyUid));
}

UnixDoors::Door UnixDoors::Make(grpc::ServerBuilder& builder, CallGate& gate, std::int64_t uid) {
  Door door;
  door.uid = std::make_shared<std::atomic<std::int64_t>>(uid);
  auto credentials = grpc::experimental::LocalServerCredentials(UDS);
  credentials->SetAuthMetadataProcessor(gate.MakeDoor(door.uid));
  door.acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, credentials);
  return door;
}

UnixDoors::Door& UnixDoors::Of(uid_t uid) {
  const auto known = known_.find(uid);
  if (known != known_.end()) return known->second;
  if (spare_.empty()) return rest_;
  // Nobody has come by it yet.
  spare_.back().uid->store(uid);
  Door& door = known_.emplace(uid, std::move(spare_.back())).first->second;
  spare_.pop_back();
  return door;
}

void UnixDoors::Accept(int listener, int connection, uid_t uid) {
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
  parameters.listener_fd = listener;
  parameters.fd = connection;
  Of(uid).acceptor->HandleNewConnection(&parameters);
}

}  // namespace trimtab
