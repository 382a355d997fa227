// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "client/runtime/network/compressor.h"
#include "client/runtime/network/connection.h"
#include "client/runtime/network/handler.h"

namespace trimtab::runtime {

// A transport whose requests and answers are packed by a Compressor; the
// server's handler must be wrapped in MakeCompressingHandler(). What a
// connection's peer can read is learnt from its first answer. An answer that
// can't be unpacked is the error of that request alone. Thread-safe as the
// transport is.
class CompressingTransport final : public Transport {
 public:
  // Both must outlive it and its connections.
  CompressingTransport(Transport& transport, Compressor& compressor)
      : transport_(transport), compressor_(compressor) {}

  absl::StatusOr<std::unique_ptr<Connection>> Open(MonotonicTime deadline) override;

 private:
  Transport& transport_;
  Compressor& compressor_;
};

// Unpacks requests for `handler` and packs its answers in what the request's
// sender can read. `compressor` must outlive every reply.
Handler MakeCompressingHandler(Compressor& compressor, Handler handler);

}  // namespace trimtab::runtime
