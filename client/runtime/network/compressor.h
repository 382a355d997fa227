// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/runtime/network/codec.h"
#include "client/runtime/statistic.h"
#include "daemon/base/mutex.h"

namespace trimtab::runtime {

struct CompressorOptions {
  static constexpr std::int64_t kMaxThreshold = 1 << 30;

  // What is preferred, if the peer can read it.
  Encoding encoding = Encoding::kZstd;
  // Of zstd.
  int level = 1;
  // Shorter payloads are sent as they are; 0 to kMaxThreshold.
  std::int64_t threshold_bytes = 512;
  // Compressed payloads longer than this share of the original are sent as they
  // are; above 0, up to 1.
  double max_ratio = 0.9;
  // No payload is unpacked to more than this; from 1.
  std::size_t max_unpacked_bytes = 64 << 20;
  // Of zstd; null for none.
  std::shared_ptr<const CompressionDictionary> dictionary = {};
  // Contexts kept for the next payloads, some 100 KB each and more at high
  // levels: as many threads compress at once without making one.
  std::size_t max_kept_contexts = 16;
};
absl::Status Validate(const CompressorOptions& options);

// What a peer can read.
struct PeerAbilities {
  bool lz4 = false;
  bool zstd = false;
  // The id of its dictionary; 0 for none.
  std::uint32_t dictionary = 0;
};

struct CompressorStats {
  std::int64_t packed = 0;
  std::int64_t compressed = 0;
  std::int64_t skipped_short = 0;
  std::int64_t skipped_unpaid = 0;
  std::int64_t skipped_peer = 0;
  std::int64_t payload_bytes = 0;
  std::int64_t sent_bytes = 0;
  std::int64_t unpacked = 0;
  std::int64_t refused = 0;
  std::int64_t kept_contexts = 0;
};
std::vector<Statistic> Export(const CompressorStats& stats);

// Packs payloads into envelopes, compressed where that pays, and unpacks them.
//
// Peers agree without a message of their own: every envelope says how it is
// packed and what its sender can read, so a server answers in what the request
// allowed, and a client, which begins with payloads as they are, compresses from
// the first answer on. CompressingTransport and MakeCompressingHandler() do that.
//
// It doesn't pay: after 8 payloads in a row that stayed longer than `max_ratio`
// the next 64 are sent untried, then one is tried again. Another encoding or
// level is tried at once.
//
// An envelope is 10 bytes and the packed payload, numbers little-endian:
//   u8 encoding, u8 readable encodings (bit 0 lz4, bit 1 zstd),
//   u32 id of the sender's dictionary or 0, u32 length of the payload
//
// Every option but the dictionary changes while it works, from the next payload
// on; what is under way is untouched. Thread-safe; each thread at work has a
// context of its own, and so many are kept for the next.
class Compressor {
 public:
  // INVALID_ARGUMENT as Validate(); RESOURCE_EXHAUSTED when there is no memory to
  // digest the dictionary.
  static absl::StatusOr<std::unique_ptr<Compressor>> Create(CompressorOptions options = {});
  ~Compressor();

  std::string Pack(std::string_view payload, const PeerAbilities& peer);

  struct Unpacked {
    std::string payload;
    PeerAbilities sender;
  };
  // DATA_LOSS for what is no envelope or is corrupt; RESOURCE_EXHAUSTED for a
  // payload over `max_unpacked_bytes`; FAILED_PRECONDITION for a dictionary that
  // isn't ours. What is said to be too large is never unpacked.
  absl::StatusOr<Unpacked> Unpack(std::string_view envelope);

  // Each INVALID_ARGUMENT outside its range; nothing changes then. SetLevel()
  // digests the dictionary anew, in this thread; RESOURCE_EXHAUSTED when there is
  // no memory for that.
  absl::Status SetEncoding(Encoding encoding);
  absl::Status SetLevel(std::int64_t level);
  absl::Status SetThreshold(std::int64_t bytes);
  const CompressorOptions& initial() const { return options_; }

  CompressorStats stats() const;

 private:
  class Borrowed;
  explicit Compressor(CompressorOptions options);
  Encoding Choose(std::size_t size, const PeerAbilities& peer);
  bool WorthTrying();
  void Learn(bool paid);
  // What was learnt of another encoding or level doesn't count.
  void Forget();

  const CompressorOptions options_;
  std::atomic<Encoding> encoding_;
  std::atomic<int> level_;
  std::atomic<std::size_t> threshold_;
  // Payloads in a row that didn't pay; payloads still to be sent untried.
  std::atomic<int> unpaid_{0};
  std::atomic<int> untried_{0};
  // One change of level at a time.
  Mutex change_;
  mutable Mutex mutex_;
  // Of the level in force.
  std::shared_ptr<const DigestedDictionary> digested_ TRIMTAB_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<CodecContext>> free_ TRIMTAB_GUARDED_BY(mutex_);
  struct Counters;
  const std::unique_ptr<Counters> counters_;
};

}  // namespace trimtab::runtime
