// SPDX-License-Identifier: Apache-2.0
#include "client/bench/grpc_target.h"
#include "client/runtime/benchmark/latency.h"
#include "daemon/base/error.h"

namespace trimtab::bench {
namespace {

// The highest field number that protobuf has, so that nobody uses it.
constexpr std::uint32_t kField = (1U << 29) - 1;
constexpr std::uint32_t kLengthDelimited = 2;
// Bytes of the field's tag, and of its length: written in five bytes whatever it
// is, so that every total can be met.
constexpr std::int64_t kTagBytes = 5;
constexpr std::int64_t kLengthBytes = 5;

// A number in exactly five bytes of seven bits each.
void AppendFiveBytes(std::uint64_t number, std::string* out) {
  for (int i = 0; i < 5; ++i) {
    const auto seven = static_cast<unsigned char>(number & 0x7f);
    out->push_back(static_cast<char>(i < 4 ? seven | 0x80 : seven));
    number >>= 7;
  }
}

}  // namespace

absl::StatusOr<std::string> PadMessage(const std::string& message, std::int64_t bytes) {
  const auto present = static_cast<std::int64_t>(message.size());
  if (bytes == present) return message;
  const std::int64_t least = present + kTagBytes + kLengthBytes;
  if (bytes < least) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "a request of {} bytes can't be made: by itself it has {}, and filled up at least "
                 "{}",
                 bytes, present, least);
  }
  std::string padded = message;
  AppendFiveBytes((kField << 3) | kLengthDelimited, &padded);
  AppendFiveBytes(static_cast<std::uint64_t>(bytes - least), &padded);
  return padded + benchmark::RandomPayload(bytes - least, 1);
}

}  // namespace trimtab::bench
