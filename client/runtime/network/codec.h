// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace trimtab::runtime {

// How a payload is compressed; the numbers go over the wire.
enum class Encoding : std::uint8_t { kNone = 0, kLz4 = 1, kZstd = 2 };

// "none", "lz4" or "zstd".
std::string_view Name(Encoding encoding);
// INVALID_ARGUMENT for any other name.
absl::StatusOr<Encoding> ParseEncoding(std::string_view name);

// Levels that are allowed: zstd's -7 to 19. lz4 has none, and is always at its
// fastest.
constexpr int kMinCompressionLevel = -7;
constexpr int kMaxCompressionLevel = 19;
absl::Status CheckCompressionLevel(int level);

// A dictionary made ready to compress with at one level. Immutable, thread-safe;
// doesn't need the dictionary that it was made of.
class DigestedDictionary {
 public:
  ~DigestedDictionary();

 private:
  friend class CodecContext;
  friend class CompressionDictionary;
  struct State;
  explicit DigestedDictionary(std::unique_ptr<State> state);
  const std::unique_ptr<State> state_;
};

// Bytes that both peers know, of what their payloads are like; short payloads
// then compress far better. A raw sample or one trained by `zstd --train`.
// Immutable, thread-safe.
class CompressionDictionary {
 public:
  // INVALID_ARGUMENT when it is empty or zstd doesn't take it.
  static absl::StatusOr<std::shared_ptr<const CompressionDictionary>> Make(std::string bytes);
  ~CompressionDictionary();

  // The same for the same bytes; never 0.
  std::uint32_t id() const { return id_; }
  // Costs some milliseconds for each MB; keep it. INVALID_ARGUMENT when `level`
  // isn't allowed, RESOURCE_EXHAUSTED when there is no memory for it.
  absl::StatusOr<std::shared_ptr<const DigestedDictionary>> At(int level) const;

 private:
  friend class CodecContext;
  struct Readable;
  explicit CompressionDictionary(std::string bytes);

  const std::string bytes_;
  const std::uint32_t id_;
  const std::unique_ptr<Readable> readable_;
};

// The working memory of both libraries. To make one costs more than to compress
// a small payload with it: keep it. One thread at a time.
class CodecContext {
 public:
  CodecContext();
  ~CodecContext();
  CodecContext(CodecContext&& other) noexcept;
  CodecContext& operator=(CodecContext&& other) noexcept;

  // Appends `payload`, compressed, to `out` unless that takes more than `limit`
  // bytes; false then, and `out` is as it was. `encoding` isn't kNone. Of zstd: a
  // dictionary has its level; null for none, and `level` counts.
  bool Compress(Encoding encoding, int level, const DigestedDictionary* dictionary,
                std::string_view payload, std::size_t limit, std::string* out);

  // What was compressed; exactly `size` bytes, which the caller has bounded.
  // DATA_LOSS for anything else. No more than `size` bytes are ever written,
  // and none where `compressed` can't hold so much.
  absl::StatusOr<std::string> Decompress(Encoding encoding, const CompressionDictionary* dictionary,
                                         std::string_view compressed, std::size_t size);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace trimtab::runtime
