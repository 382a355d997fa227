// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/compressing.h"

#include <utility>

#include "daemon/base/mutex.h"

namespace trimtab::runtime {
namespace {

class CompressingConnection final : public Connection {
 public:
  CompressingConnection(std::unique_ptr<Connection> connection, Compressor& compressor)
      : connection_(std::move(connection)), compressor_(compressor) {}

  absl::Status Send(std::string_view request, MonotonicTime deadline) override {
    PeerAbilities peer;
    {
      const MutexLock lock(mutex_);
      peer = peer_;
    }
    return connection_->Send(compressor_.Pack(request, peer), deadline);
  }

  absl::StatusOr<std::string> Receive(MonotonicTime deadline) override {
    const absl::StatusOr<std::string> envelope = connection_->Receive(deadline);
    if (!envelope.ok()) return envelope.status();
    absl::StatusOr<Compressor::Unpacked> unpacked = compressor_.Unpack(*envelope);
    if (!unpacked.ok()) return unpacked.status();
    const MutexLock lock(mutex_);
    peer_ = unpacked->sender;
    return std::move(unpacked->payload);
  }

  bool Usable() const override { return connection_->Usable(); }
  void Break() override { connection_->Break(); }
  bool Healthy() const override { return connection_->Healthy(); }

 private:
  const std::unique_ptr<Connection> connection_;
  Compressor& compressor_;
  Mutex mutex_;
  // Nothing but plain payloads until it has said more.
  PeerAbilities peer_ TRIMTAB_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> CompressingTransport::Open(MonotonicTime deadline) {
  absl::StatusOr<std::unique_ptr<Connection>> opened = transport_.Open(deadline);
  if (!opened.ok()) return opened.status();
  return std::make_unique<CompressingConnection>(*std::move(opened), compressor_);
}

Handler MakeCompressingHandler(Compressor& compressor, Handler handler) {
  return [&compressor, handler = std::move(handler)](std::string request, Reply reply) {
    absl::StatusOr<Compressor::Unpacked> unpacked = compressor.Unpack(request);
    if (!unpacked.ok()) return reply(unpacked.status());
    const PeerAbilities peer = unpacked->sender;
    handler(std::move(unpacked->payload),
            Reply([&compressor, peer, reply](absl::StatusOr<std::string> answer) {
              if (answer.ok()) answer = compressor.Pack(*answer, peer);
              reply(std::move(answer));
            }));
  };
}

}  // namespace trimtab::runtime
