// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "client/runtime/network/compressor.h"

namespace trimtab::runtime {

// The head of what a Compressor packs; see there for its bytes.
struct Envelope {
  Encoding encoding = Encoding::kNone;
  bool uses_dictionary = false;
  PeerAbilities readable;
  std::size_t size = 0;
};

constexpr std::size_t kEnvelopeHeadBytes = 10;
// Its length is told in 32 bits.
constexpr std::size_t kMaxEnvelopePayload = std::numeric_limits<std::uint32_t>::max();

void AppendEnvelopeHead(const Envelope& head, std::string* out);
// DATA_LOSS for what can't be one.
absl::StatusOr<Envelope> ParseEnvelopeHead(std::string_view bytes);

}  // namespace trimtab::runtime
