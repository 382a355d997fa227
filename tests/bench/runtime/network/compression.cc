// SPDX-License-Identifier: Apache-2.0
// What compressing a payload costs: with a context kept and with a new one, and
// against gRPC's own gzip.
#include <grpc/compression.h>
#include <grpc/grpc.h>
#include <grpc/slice.h>
#include <grpc/slice_buffer.h>
#include <lz4.h>
#include <zstd.h>

#include <cstdlib>
#include <optional>

#include "client/runtime/network/codec.h"
#include "client/runtime/network/compressor.h"
#include "tests/bench/runtime/network/arms.h"
#include "tests/bench/runtime/network/payloads.h"

// What gRPC compresses and decompresses its messages with. It is exported, but
// no public header declares it.
int grpc_msg_compress(grpc_compression_algorithm algorithm, grpc_slice_buffer* input,
                      grpc_slice_buffer* output);
int grpc_msg_decompress(grpc_compression_algorithm algorithm, grpc_slice_buffer* input,
                        grpc_slice_buffer* output);

namespace trimtab::runtime {
namespace {

using bench::Arm;
using bench::Compare;
using bench::Time;

constexpr int kRounds = 21;
constexpr PeerAbilities kReadsAll{true, true, 0};

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s failed\n", what);
  std::exit(1);
}

// A payload in gRPC's own form.
class Slices {
 public:
  Slices() { grpc_slice_buffer_init(&buffer_); }
  explicit Slices(const std::string& bytes) : Slices() {
    grpc_slice_buffer_add(&buffer_, grpc_slice_from_copied_buffer(bytes.data(), bytes.size()));
  }
  ~Slices() { grpc_slice_buffer_destroy(&buffer_); }
  grpc_slice_buffer* get() { return &buffer_; }

 private:
  grpc_slice_buffer buffer_;
};

std::string Ratio(std::size_t from, std::size_t to) {
  return fmt::format("{} bytes, ratio {:.2f}", to,
                     static_cast<double>(from) / static_cast<double>(to));
}

void ReusedContexts() {
  for (const Payload& payload : Payloads(1024)) {
    const std::string& bytes = payload.bytes;
    std::string out;
    CodecContext kept;
    const auto compress = [&](CodecContext& context, Encoding encoding) {
      out.clear();
      context.Compress(encoding, 1, nullptr, bytes, 2 * bytes.size(), &out);
    };
    for (const Encoding encoding : {Encoding::kZstd, Encoding::kLz4}) {
      Compare(fmt::format("\n1 KiB of {}, {}", payload.name, Name(encoding)),
              {{"new context for each",
                [&] {
                  // Only what this encoding needs.
                  out.resize(2 * bytes.size());
                  if (encoding == Encoding::kZstd) {
                    ZSTD_CCtx* context = ZSTD_createCCtx();
                    // As CodecContext does.
                    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 1);
                    ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, 13);
                    ZSTD_CCtx_setParameter(context, ZSTD_c_minMatch, 6);
                    ZSTD_compress2(context, out.data(), out.size(), bytes.data(), bytes.size());
                    ZSTD_freeCCtx(context);
                  } else {
                    LZ4_stream_t* stream = LZ4_createStream();
                    LZ4_compress_fast_continue(stream, bytes.data(), out.data(),
                                               static_cast<int>(bytes.size()),
                                               static_cast<int>(out.size()), 1);
                    LZ4_freeStream(stream);
                  }
                }},
               {"kept context", [&] { compress(kept, encoding); }}},
              kRounds, 2000, Time::kThread);
    }
    // Level -1 codes no literals, so that little but the context is left.
    Compare(fmt::format("\n1 KiB of {}, zstd at level -1", payload.name),
            {{"new context for each",
              [&] {
                out.resize(2 * bytes.size());
                ZSTD_CCtx* context = ZSTD_createCCtx();
                ZSTD_compressCCtx(context, out.data(), out.size(), bytes.data(), bytes.size(), -1);
                ZSTD_freeCCtx(context);
              }},
             {"kept context",
              [&] {
                out.clear();
                kept.Compress(Encoding::kZstd, -1, nullptr, bytes, 2 * bytes.size(), &out);
              }}},
            kRounds, 2000, Time::kThread);
    // A dictionary is part of the context: new each time, it is digested anew.
    const auto dictionary = *(*CompressionDictionary::Make(payload.sample))->At(1);
    Compare(fmt::format("\n1 KiB of {}, zstd with a dictionary of {} bytes", payload.name,
                        payload.sample.size()),
            {{"new context for each",
              [&] {
                out.resize(2 * bytes.size());
                ZSTD_CCtx* context = ZSTD_createCCtx();
                ZSTD_compress_usingDict(context, out.data(), out.size(), bytes.data(), bytes.size(),
                                        payload.sample.data(), payload.sample.size(), 1);
                ZSTD_freeCCtx(context);
              }},
             {"kept context",
              [&] {
                out.clear();
                kept.Compress(Encoding::kZstd, 1, dictionary.get(), bytes, 2 * bytes.size(), &out);
              }}},
            kRounds, 1000, Time::kThread);
  }
}

void AgainstGrpc() {
  for (const Payload& payload : Payloads(16 << 10)) {
    const std::string& bytes = payload.bytes;
    Slices input(bytes);
    std::optional<Slices> zipped;
    std::optional<Slices> unzipped;
    const auto zip = [&] {
      zipped.emplace();
      Require(grpc_msg_compress(GRPC_COMPRESS_GZIP, input.get(), zipped->get()) == 1, "gzip");
    };
    zip();
    std::vector<Arm> pack;
    std::vector<Arm> unpack;
    std::vector<std::unique_ptr<Compressor>> compressors;
    std::vector<std::string> packed;
    pack.push_back({"gRPC's gzip", zip, Ratio(bytes.size(), zipped->get()->length)});
    unpack.push_back(
        {"gRPC's gzip", [&] {
           unzipped.emplace();
           Require(grpc_msg_decompress(GRPC_COMPRESS_GZIP, zipped->get(), unzipped->get()) == 1,
                   "gunzip");
         }});
    const auto dictionary = *CompressionDictionary::Make(payload.sample);
    const auto add = [&](const std::string& name, CompressorOptions options) {
      options.threshold_bytes = 0;
      const PeerAbilities peer{true, true, options.dictionary ? options.dictionary->id() : 0};
      compressors.push_back(Compressor::Create(options).value());
      Compressor& compressor = *compressors.back();
      packed.push_back(compressor.Pack(bytes, peer));
      pack.push_back({name, [&compressor, &bytes, peer] { compressor.Pack(bytes, peer); },
                      Ratio(bytes.size(), packed.back().size())});
      unpack.push_back({name, [&compressor, &packed, i = packed.size() - 1] {
                          Require(compressor.Unpack(packed[i]).ok(), "unpacking");
                        }});
    };
    add("lz4", {.encoding = Encoding::kLz4});
    for (const int level : {-1, 2, 3}) add(fmt::format("zstd {}", level), {.level = level});
    add("zstd 1, dictionary", {.level = 1, .dictionary = dictionary});
    add("zstd 1", {.level = 1});
    Compare(fmt::format("\n16 KiB of {}: pack", payload.name), pack, kRounds, 100, Time::kThread);
    Compare(fmt::format("\n16 KiB of {}: unpack", payload.name), unpack, kRounds, 100,
            Time::kThread);
  }
}

}  // namespace
}  // namespace trimtab::runtime

int main() {
  grpc_init();
  trimtab::runtime::ReusedContexts();
  trimtab::runtime::AgainstGrpc();
  grpc_shutdown();
  return 0;
}
