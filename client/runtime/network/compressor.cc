// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/compressor.h"

#include <algorithm>
#include <utility>

#include "client/runtime/network/envelope.h"
#include "daemon/base/error.h"

namespace trimtab::runtime {
namespace {

constexpr int kUnpaidBeforePause = 8;
constexpr int kPause = 64;

absl::Status CheckThreshold(std::int64_t bytes) {
  if (bytes >= 0 && bytes <= CompressorOptions::kMaxThreshold) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument,
               "a compression threshold of {} bytes; allowed: 0 to {}", bytes,
               CompressorOptions::kMaxThreshold);
}

void Add(std::atomic<std::int64_t>& counter, std::size_t by = 1) {
  counter.fetch_add(static_cast<std::int64_t>(by), std::memory_order_relaxed);
}

}  // namespace

struct Compressor::Counters {
  std::atomic<std::int64_t> packed{0}, compressed{0}, skipped_short{0}, skipped_unpaid{0},
      skipped_peer{0}, payload_bytes{0}, sent_bytes{0}, unpacked{0}, refused{0};
};

// A context on loan for one payload.
class Compressor::Borrowed {
 public:
  explicit Borrowed(Compressor& owner) : owner_(owner) {
    const MutexLock lock(owner_.mutex_);
    dictionary_ = owner_.digested_;
    if (owner_.free_.empty()) return;
    context_ = std::move(owner_.free_.back());
    owner_.free_.pop_back();
  }
  ~Borrowed() {
    if (context_ == nullptr) return;
    const MutexLock lock(owner_.mutex_);
    if (owner_.free_.size() < owner_.options_.max_kept_contexts) {
      owner_.free_.push_back(std::move(context_));
    }
  }
  CodecContext& operator*() {
    if (context_ == nullptr) context_ = std::make_unique<CodecContext>();
    return *context_;
  }
  const DigestedDictionary* dictionary() const { return dictionary_.get(); }

 private:
  Compressor& owner_;
  std::shared_ptr<const DigestedDictionary> dictionary_;
  // Ends after the lock is given up if there is no place for it.
  std::unique_ptr<CodecContext> context_;
};

absl::Status Validate(const CompressorOptions& options) {
  if (absl::Status level = CheckCompressionLevel(options.level); !level.ok()) return level;
  if (absl::Status size = CheckThreshold(options.threshold_bytes); !size.ok()) return size;
  if (!(options.max_ratio > 0 && options.max_ratio <= 1)) {
    return Error(absl::StatusCode::kInvalidArgument, "max_ratio is {}; allowed: above 0, up to 1",
                 options.max_ratio);
  }
  if (options.encoding > Encoding::kZstd) {
    return absl::InvalidArgumentError("there is no such encoding");
  }
  if (options.max_unpacked_bytes < 1) {
    return absl::InvalidArgumentError("max_unpacked_bytes is 0");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Compressor>> Compressor::Create(CompressorOptions options) {
  if (absl::Status valid = Validate(options); !valid.ok()) return valid;
  const std::int64_t level = options.level;
  std::unique_ptr<Compressor> compressor(new Compressor(std::move(options)));
  // Digests the dictionary.
  if (absl::Status set = compressor->SetLevel(level); !set.ok()) return set;
  return compressor;
}

Compressor::Compressor(CompressorOptions options)
    : options_(std::move(options)),
      encoding_(options_.encoding),
      level_(options_.level),
      threshold_(static_cast<std::size_t>(options_.threshold_bytes)),
      counters_(std::make_unique<Counters>()) {}

Compressor::~Compressor() = default;

Encoding Compressor::Choose(std::size_t size, const PeerAbilities& peer) {
  const Encoding preferred = encoding_;
  if (preferred == Encoding::kNone) return Encoding::kNone;
  if (size < threshold_ || size > kMaxEnvelopePayload) {
    Add(counters_->skipped_short);
    return Encoding::kNone;
  }
  if (preferred == Encoding::kLz4 ? peer.lz4 : peer.zstd) return preferred;
  // The other one is better than none.
  if (peer.lz4) return Encoding::kLz4;
  if (peer.zstd) return Encoding::kZstd;
  Add(counters_->skipped_peer);
  return Encoding::kNone;
}

bool Compressor::WorthTrying() {
  int untried = untried_.load(std::memory_order_relaxed);
  while (untried > 0) {
    if (untried_.compare_exchange_weak(untried, untried - 1, std::memory_order_relaxed)) {
      Add(counters_->skipped_unpaid);
      return false;
    }
  }
  return true;
}

void Compressor::Learn(bool paid) {
  if (paid) {
    unpaid_.store(0, std::memory_order_relaxed);
    return;
  }
  Add(counters_->skipped_unpaid);
  // Once it stopped paying, one that doesn't is enough for the next pause.
  if (unpaid_.fetch_add(1, std::memory_order_relaxed) + 1 < kUnpaidBeforePause) return;
  unpaid_.store(kUnpaidBeforePause - 1, std::memory_order_relaxed);
  untried_.store(kPause, std::memory_order_relaxed);
}

void Compressor::Forget() {
  unpaid_.store(0, std::memory_order_relaxed);
  untried_.store(0, std::memory_order_relaxed);
}

std::string Compressor::Pack(std::string_view payload, const PeerAbilities& peer) {
  Envelope head;
  head.readable = {true, true, options_.dictionary ? options_.dictionary->id() : 0};
  head.encoding = Choose(payload.size(), peer);
  head.size = payload.size();
  std::string out;
  Add(counters_->packed);
  Add(counters_->payload_bytes, payload.size());
  if (head.encoding != Encoding::kNone && WorthTrying()) {
    const auto limit =
        static_cast<std::size_t>(static_cast<double>(payload.size()) * options_.max_ratio);
    Borrowed context(*this);
    const DigestedDictionary* dictionary = nullptr;
    if (head.encoding == Encoding::kZstd && peer.dictionary == head.readable.dictionary) {
      dictionary = context.dictionary();
    }
    head.uses_dictionary = dictionary != nullptr;
    AppendEnvelopeHead(head, &out);
    const bool paid = (*context).Compress(head.encoding, level_, dictionary, payload, limit, &out);
    Learn(paid);
    if (paid) {
      Add(counters_->compressed);
      Add(counters_->sent_bytes, out.size());
      return out;
    }
    out.clear();
  }
  head.encoding = Encoding::kNone;
  head.uses_dictionary = false;
  out.reserve(kEnvelopeHeadBytes + payload.size());
  AppendEnvelopeHead(head, &out);
  out.append(payload);
  Add(counters_->sent_bytes, out.size());
  return out;
}

absl::StatusOr<Compressor::Unpacked> Compressor::Unpack(std::string_view envelope) {
  const auto refuse = [this](absl::Status why) {
    Add(counters_->refused);
    return why;
  };
  const absl::StatusOr<Envelope> head = ParseEnvelopeHead(envelope);
  if (!head.ok()) return refuse(head.status());
  if (head->size > options_.max_unpacked_bytes) {
    return refuse(Error(absl::StatusCode::kResourceExhausted,
                        "a payload of {} bytes; allowed: up to {}", head->size,
                        options_.max_unpacked_bytes));
  }
  const std::string_view body = envelope.substr(kEnvelopeHeadBytes);
  Add(counters_->unpacked);
  if (head->encoding == Encoding::kNone) return Unpacked{std::string(body), head->readable};
  const CompressionDictionary* dictionary = nullptr;
  if (head->uses_dictionary) {
    dictionary = options_.dictionary.get();
    if (dictionary == nullptr || dictionary->id() != head->readable.dictionary) {
      return refuse(absl::FailedPreconditionError(
          "a payload is compressed with a dictionary that isn't ours"));
    }
  }
  Borrowed context(*this);
  absl::StatusOr<std::string> payload =
      (*context).Decompress(head->encoding, dictionary, body, head->size);
  if (!payload.ok()) return refuse(payload.status());
  return Unpacked{*std::move(payload), head->readable};
}

absl::Status Compressor::SetEncoding(Encoding encoding) {
  if (encoding > Encoding::kZstd) return absl::InvalidArgumentError("there is no such encoding");
  encoding_ = encoding;
  Forget();
  return absl::OkStatus();
}

absl::Status Compressor::SetLevel(std::int64_t level) {
  const int narrow = static_cast<int>(
      std::clamp<std::int64_t>(level, kMinCompressionLevel - 1, kMaxCompressionLevel + 1));
  if (absl::Status valid = CheckCompressionLevel(narrow); !valid.ok()) return valid;
  const MutexLock change(change_);
  std::shared_ptr<const DigestedDictionary> digested;
  if (options_.dictionary != nullptr) {
    auto made = options_.dictionary->At(narrow);
    if (!made.ok()) return made.status();
    digested = *std::move(made);
  }
  const MutexLock lock(mutex_);
  digested_.swap(digested);
  level_ = narrow;
  Forget();
  return absl::OkStatus();
}

absl::Status Compressor::SetThreshold(std::int64_t bytes) {
  if (absl::Status valid = CheckThreshold(bytes); !valid.ok()) return valid;
  threshold_ = static_cast<std::size_t>(bytes);
  return absl::OkStatus();
}

CompressorStats Compressor::stats() const {
  const Counters& c = *counters_;
  const MutexLock lock(mutex_);
  return {c.packed,        c.compressed,
          c.skipped_short, c.skipped_unpaid,
          c.skipped_peer,  c.payload_bytes,
          c.sent_bytes,    c.unpacked,
          c.refused,       static_cast<std::int64_t>(free_.size())};
}

std::vector<Statistic> Export(const CompressorStats& stats) {
  const auto counter = [](std::string_view name, std::string_view help, std::int64_t value) {
    return Statistic{name, help, Statistic::Kind::kCounter, static_cast<double>(value)};
  };
  return {
      counter("compression_packed_total", "Payloads packed.", stats.packed),
      counter("compression_compressed_total", "Payloads sent compressed.", stats.compressed),
      counter("compression_skipped_short_total", "Payloads outside the sizes to compress.",
              stats.skipped_short),
      counter("compression_skipped_unpaid_total", "Payloads that compressing didn't pay for.",
              stats.skipped_unpaid),
      counter("compression_skipped_peer_total", "Payloads whose reader can't decompress.",
              stats.skipped_peer),
      counter("compression_payload_bytes_total", "Bytes before packing.", stats.payload_bytes),
      counter("compression_sent_bytes_total", "Bytes after packing.", stats.sent_bytes),
      counter("compression_unpacked_total", "Envelopes read.", stats.unpacked),
      counter("compression_refused_total", "Envelopes refused: corrupt or too large.",
              stats.refused),
      {"compression_kept_contexts", "Contexts kept for the next payloads.", Statistic::Kind::kGauge,
       static_cast<double>(stats.kept_contexts)},
  };
}

}  // namespace trimtab::runtime
