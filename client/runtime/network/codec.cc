// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/codec.h"

#include <lz4.h>
#include <zstd.h>

#include <limits>
#include <new>
#include <vector>

#include "daemon/base/error.h"

namespace trimtab::runtime {
namespace {

struct FreeZstd {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CDict* dictionary) const { ZSTD_freeCDict(dictionary); }
  void operator()(ZSTD_DDict* dictionary) const { ZSTD_freeDDict(dictionary); }
};

// One byte of lz4 can't stand for more than this many.
constexpr std::size_t kMaxLz4Ratio = 255;
// A block of zstd stands for at most so many bytes and takes at least so many: a
// head of three and one that is repeated.
constexpr std::size_t kMaxZstdBlock = 128 << 10;
constexpr std::size_t kMinZstdBlock = 4;

// FNV-1a: Fowler, Noll, Vo.
std::uint32_t Hash(std::string_view bytes) {
  std::uint32_t hash = 2166136261U;
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619U;
  }
  return hash == 0 ? 1 : hash;
}

// Up to this size the fast level's table is kept to 32 KiB.
constexpr std::size_t kSmallPayload = 64 << 10;

// zstd's level 1 is made for payloads of any size. For small ones a table that
// stays in the L1 cache and matches from 6 bytes on are faster, and on text no
// longer: see tests/bench/runtime/network/README.md.
void SetCompression(ZSTD_CCtx* context, int level, bool small) {
  ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
  if (level != 1 || !small) return;
  ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, 13);
  ZSTD_CCtx_setParameter(context, ZSTD_c_minMatch, 6);
}

absl::Status Corrupt(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "a compressed payload is corrupt: {}", what);
}

}  // namespace

std::string_view Name(Encoding encoding) {
  switch (encoding) {
    case Encoding::kNone:
      return "none";
    case Encoding::kLz4:
      return "lz4";
    case Encoding::kZstd:
      return "zstd";
  }
  return "unknown";
}

absl::StatusOr<Encoding> ParseEncoding(std::string_view name) {
  for (const Encoding encoding : {Encoding::kNone, Encoding::kLz4, Encoding::kZstd}) {
    if (name == Name(encoding)) return encoding;
  }
  return Error(absl::StatusCode::kInvalidArgument,
               "there is no compression '{}'; allowed: none, lz4, zstd", name);
}

absl::Status CheckCompressionLevel(int level) {
  if (level >= kMinCompressionLevel && level <= kMaxCompressionLevel) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "compression level {}; allowed: {} to {}", level,
               kMinCompressionLevel, kMaxCompressionLevel);
}

struct DigestedDictionary::State {
  std::unique_ptr<ZSTD_CDict, FreeZstd> compress;
};

DigestedDictionary::DigestedDictionary(std::unique_ptr<State> state) : state_(std::move(state)) {}
DigestedDictionary::~DigestedDictionary() = default;

struct CompressionDictionary::Readable {
  std::unique_ptr<ZSTD_DDict, FreeZstd> decompress;
};

CompressionDictionary::CompressionDictionary(std::string bytes)
    : bytes_(std::move(bytes)), id_(Hash(bytes_)), readable_(std::make_unique<Readable>()) {
  readable_->decompress.reset(ZSTD_createDDict(bytes_.data(), bytes_.size()));
}

CompressionDictionary::~CompressionDictionary() = default;

absl::StatusOr<std::shared_ptr<const CompressionDictionary>> CompressionDictionary::Make(
    std::string bytes) {
  if (bytes.empty()) return absl::InvalidArgumentError("a compression dictionary is empty");
  std::shared_ptr<const CompressionDictionary> made(new CompressionDictionary(std::move(bytes)));
  if (made->readable_->decompress == nullptr || !made->At(1).ok()) {
    return absl::InvalidArgumentError("zstd doesn't take these bytes as a dictionary");
  }
  return made;
}

absl::StatusOr<std::shared_ptr<const DigestedDictionary>> CompressionDictionary::At(
    int level) const {
  if (absl::Status valid = CheckCompressionLevel(level); !valid.ok()) return valid;
  auto state = std::make_unique<DigestedDictionary::State>();
  state->compress.reset(ZSTD_createCDict(bytes_.data(), bytes_.size(), level));
  if (state->compress == nullptr) {
    return Error(absl::StatusCode::kResourceExhausted,
                 "no memory for a compression dictionary at level {}", level);
  }
  return std::shared_ptr<const DigestedDictionary>(new DigestedDictionary(std::move(state)));
}

struct CodecContext::State {
  void Set(int wanted_level, bool wanted_small) {
    if (level == wanted_level && small == wanted_small) return;
    level = wanted_level;
    small = wanted_small;
    SetCompression(compress.get(), level, small);
  }

  // What `compress` is set to; a level that isn't allowed at first.
  int level = kMaxCompressionLevel + 1;
  bool small = false;
  std::unique_ptr<ZSTD_CCtx, FreeZstd> compress{ZSTD_createCCtx()};
  std::unique_ptr<ZSTD_DCtx, FreeZstd> decompress{ZSTD_createDCtx()};
  std::unique_ptr<LZ4_stream_t, int (*)(LZ4_stream_t*)> lz4{LZ4_createStream(), LZ4_freeStream};
};

CodecContext::CodecContext() : state_(std::make_unique<State>()) {
  if (!state_->compress || !state_->decompress || !state_->lz4) throw std::bad_alloc();
}
CodecContext::~CodecContext() = default;
CodecContext::CodecContext(CodecContext&& other) noexcept = default;
CodecContext& CodecContext::operator=(CodecContext&& other) noexcept = default;

bool CodecContext::Compress(Encoding encoding, int level, const DigestedDictionary* dictionary,
                            std::string_view payload, std::size_t limit, std::string* out) {
  constexpr std::size_t kIntMax = std::numeric_limits<int>::max();
  const std::size_t begin = out->size();
  if (encoding == Encoding::kLz4) {
    if (payload.size() > LZ4_MAX_INPUT_SIZE || limit > kIntMax) return false;
    out->resize(begin + limit);
    // Wipes its table each time. The fast reset, which doesn't, was slower as
    // often as faster: what it leaves behind has to be looked at.
    const int size =
        LZ4_compress_fast_extState(state_->lz4.get(), payload.data(), out->data() + begin,
                                   static_cast<int>(payload.size()), static_cast<int>(limit), 1);
    out->resize(begin + (size > 0 ? static_cast<std::size_t>(size) : 0));
    return size > 0;
  }
  out->resize(begin + limit);
  if (dictionary == nullptr) state_->Set(level, payload.size() <= kSmallPayload);
  const std::size_t size =
      dictionary != nullptr ? ZSTD_compress_usingCDict(state_->compress.get(), out->data() + begin,
                                                       limit, payload.data(), payload.size(),
                                                       dictionary->state_->compress.get())
                            : ZSTD_compress2(state_->compress.get(), out->data() + begin, limit,
                                             payload.data(), payload.size());
  const bool fits = ZSTD_isError(size) == 0;
  out->resize(begin + (fits ? size : 0));
  return fits;
}

absl::StatusOr<std::string> CodecContext::Decompress(Encoding encoding,
                                                     const CompressionDictionary* dictionary,
                                                     std::string_view compressed,
                                                     std::size_t size) {
  if (encoding == Encoding::kLz4) {
    if (size > LZ4_MAX_INPUT_SIZE || compressed.size() > LZ4_MAX_INPUT_SIZE ||
        size / kMaxLz4Ratio > compressed.size()) {
      return Corrupt("it can't be as long as it says");
    }
    std::string payload(size, '\0');
    const int got =
        LZ4_decompress_safe(compressed.data(), payload.data(), static_cast<int>(compressed.size()),
                            static_cast<int>(size));
    if (got < 0 || static_cast<std::size_t>(got) != size) return Corrupt("lz4 can't read it");
    return payload;
  }
  // zstd's own head says how long it is; it is one frame, made by one call.
  if (ZSTD_getFrameContentSize(compressed.data(), compressed.size()) != size) {
    return Corrupt("it isn't as long as it says");
  }
  if (size / kMaxZstdBlock > compressed.size() / kMinZstdBlock) {
    return Corrupt("it can't be as long as it says");
  }
  std::string payload(size, '\0');
  const std::size_t got =
      dictionary != nullptr ? ZSTD_decompress_usingDDict(state_->decompress.get(), payload.data(),
                                                         size, compressed.data(), compressed.size(),
                                                         dictionary->readable_->decompress.get())
                            : ZSTD_decompressDCtx(state_->decompress.get(), payload.data(), size,
                                                  compressed.data(), compressed.size());
  if (ZSTD_isError(got) != 0 || got != size) return Corrupt("zstd can't read it");
  return payload;
}

}  // namespace trimtab::runtime
