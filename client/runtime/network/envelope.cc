// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/envelope.h"

namespace trimtab::runtime {
namespace {

// Beside the encoding: compressed with the sender's dictionary.
constexpr std::uint8_t kDictionaryBit = 0x80;
constexpr std::uint8_t kLz4Bit = 1;
constexpr std::uint8_t kZstdBit = 2;

void AppendNumber(std::uint32_t value, std::string* out) {
  for (int i = 0; i < 4; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

std::uint32_t ReadNumber(std::string_view bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    value |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return value;
}

}  // namespace

void AppendEnvelopeHead(const Envelope& head, std::string* out) {
  out->push_back(static_cast<char>(static_cast<std::uint8_t>(head.encoding) |
                                   (head.uses_dictionary ? kDictionaryBit : 0)));
  out->push_back(
      static_cast<char>((head.readable.lz4 ? kLz4Bit : 0) | (head.readable.zstd ? kZstdBit : 0)));
  AppendNumber(head.readable.dictionary, out);
  AppendNumber(static_cast<std::uint32_t>(head.size), out);
}

absl::StatusOr<Envelope> ParseEnvelopeHead(std::string_view bytes) {
  if (bytes.size() < kEnvelopeHeadBytes) {
    return absl::DataLossError("an envelope is cut short");
  }
  Envelope head;
  const auto packing = static_cast<std::uint8_t>(bytes[0]);
  const auto readable = static_cast<std::uint8_t>(bytes[1]);
  head.encoding = static_cast<Encoding>(packing & ~kDictionaryBit);
  head.uses_dictionary = (packing & kDictionaryBit) != 0;
  head.readable = {(readable & kLz4Bit) != 0, (readable & kZstdBit) != 0,
                   ReadNumber(bytes.substr(2))};
  head.size = ReadNumber(bytes.substr(6));
  if (head.encoding > Encoding::kZstd ||
      (head.uses_dictionary && head.encoding != Encoding::kZstd)) {
    return absl::DataLossError("an envelope has an encoding that isn't known");
  }
  if (head.encoding == Encoding::kNone && head.size != bytes.size() - kEnvelopeHeadBytes) {
    return absl::DataLossError("an envelope isn't as long as it says");
  }
  return head;
}

}  // namespace trimtab::runtime
