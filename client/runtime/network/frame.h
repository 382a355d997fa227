// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

// The length-prefixed protocol: a stream of frames each way, answers in the
// order of the requests. A frame is a head of 9 bytes, numbers little-endian:
//   u32 length of what follows the head
//   u32 id: a request's number on its connection, from 0, wrapping; its answer
//       bears the same
//   u8  status: 0 in requests; in answers a canonical code, and what follows is
//       the answer at 0, the error's message otherwise
namespace trimtab::runtime {

constexpr std::size_t kFrameHeadBytes = 9;
// Of what follows a head; longer frames are refused on both sides.
constexpr std::size_t kDefaultMaxFrameBytes = 64 << 20;
// What may be set instead; from 1.
constexpr std::size_t kLargestMaxFrameBytes = std::size_t{1} << 30;

// INVALID_ARGUMENT outside that range.
absl::Status CheckMaxFrameBytes(std::size_t bytes);

struct FrameHead {
  std::uint32_t length = 0;
  std::uint32_t id = 0;
  std::uint8_t status = 0;
};

inline std::array<char, kFrameHeadBytes> EncodeFrameHead(const FrameHead& head) {
  std::array<char, kFrameHeadBytes> bytes;
  for (int i = 0; i < 4; ++i) {
    bytes[i] = static_cast<char>(head.length >> (8 * i));
    bytes[4 + i] = static_cast<char>(head.id >> (8 * i));
  }
  bytes[8] = static_cast<char>(head.status);
  return bytes;
}

// Of at least kFrameHeadBytes bytes.
inline FrameHead DecodeFrameHead(std::string_view bytes) {
  FrameHead head;
  for (int i = 0; i < 4; ++i) {
    head.length |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    head.id |= std::uint32_t{static_cast<unsigned char>(bytes[4 + i])} << (8 * i);
  }
  head.status = static_cast<std::uint8_t>(bytes[8]);
  return head;
}

}  // namespace trimtab::runtime
