// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/network/compressor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/runtime/network/compressing.h"
#include "client/runtime/network/envelope.h"
#include "daemon/base/random.h"
#include "tests/support/threads.h"

namespace trimtab::runtime {
namespace {

using ::testing::HasSubstr;

constexpr PeerAbilities kReadsAll{true, true, 0};

std::string Text(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += "{\"key\":" + std::to_string(i) + "},";
  text.resize(size);
  return text;
}

std::string Noise(std::size_t size) {
  Random random(7);
  std::string bytes;
  while (bytes.size() < size) bytes.push_back(static_cast<char>(random.Next()));
  return bytes;
}

Envelope HeadOf(const std::string& envelope) { return *ParseEnvelopeHead(envelope); }

class CompressorEncodingTest : public ::testing::TestWithParam<Encoding> {};
INSTANTIATE_TEST_SUITE_P(All, CompressorEncodingTest,
                         ::testing::Values(Encoding::kLz4, Encoding::kZstd),
                         [](const auto& each) { return std::string(Name(each.param)); });

TEST_P(CompressorEncodingTest, GivesBackWhatWasPacked) {
  const auto compressor =
      Compressor::Create({.encoding = GetParam(), .threshold_bytes = 0}).value();
  for (const std::size_t size : {0, 1, 100, 1024, 16384, 1000000}) {
    for (const std::string& payload : {Text(size), Noise(size)}) {
      const auto unpacked = compressor->Unpack(compressor->Pack(payload, kReadsAll));
      ASSERT_TRUE(unpacked.ok()) << unpacked.status();
      EXPECT_EQ(unpacked->payload, payload);
    }
  }
}

TEST_P(CompressorEncodingTest, CompressesWhatIsLongEnoughAndPays) {
  const auto compressor =
      Compressor::Create({.encoding = GetParam(), .threshold_bytes = 1000}).value();
  EXPECT_EQ(HeadOf(compressor->Pack(Text(999), kReadsAll)).encoding, Encoding::kNone);
  const std::string packed = compressor->Pack(Text(1000), kReadsAll);
  EXPECT_EQ(HeadOf(packed).encoding, GetParam());
  EXPECT_LT(packed.size(), 900U);
  EXPECT_EQ(HeadOf(compressor->Pack(Noise(1000), kReadsAll)).encoding, Encoding::kNone);
  EXPECT_EQ(compressor->stats().skipped_short, 1);
  EXPECT_EQ(compressor->stats().skipped_unpaid, 1);
  EXPECT_EQ(compressor->stats().compressed, 1);
}

TEST_P(CompressorEncodingTest, RefusesWhatIsCorrupt) {
  const auto compressor =
      Compressor::Create({.encoding = GetParam(), .threshold_bytes = 0}).value();
  const std::string packed = compressor->Pack(Text(5000), kReadsAll);
  for (std::size_t cut = 0; cut < packed.size(); cut += 7) {
    EXPECT_EQ(compressor->Unpack(packed.substr(0, cut)).status().code(),
              absl::StatusCode::kDataLoss);
  }
  // A changed byte may go unseen, but never makes another length or a crash.
  for (std::size_t i = 0; i < packed.size(); ++i) {
    std::string changed = packed;
    changed[i] = static_cast<char>(changed[i] ^ 0x55);
    const auto unpacked = compressor->Unpack(changed);
    if (unpacked.ok()) {
      EXPECT_EQ(unpacked->payload.size(), HeadOf(changed).size);
    }
  }
}

TEST_P(CompressorEncodingTest, ABombIsNeverUnpacked) {
  const auto sender = Compressor::Create({.encoding = GetParam()}).value();
  const auto receiver = Compressor::Create({.max_unpacked_bytes = 1 << 20}).value();
  const std::string bomb = sender->Pack(std::string(32 << 20, 'a'), kReadsAll);
  EXPECT_LT(bomb.size(), 200000U);
  const absl::Status status = receiver->Unpack(bomb).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("allowed: up to 1048576"));
  // Nor one that says it is small, or a small one that says it is large.
  for (const std::uint32_t lie : {1000U, 1U << 20}) {
    Envelope head = HeadOf(bomb);
    head.size = lie;
    std::string liar;
    AppendEnvelopeHead(head, &liar);
    liar += bomb.substr(kEnvelopeHeadBytes, lie == 1000U ? std::string::npos : 100);
    EXPECT_EQ(receiver->Unpack(liar).status().code(), absl::StatusCode::kDataLoss);
  }
  EXPECT_EQ(receiver->stats().refused, 3);
}

TEST(CompressorTest, AnswersInWhatThePeerCanRead) {
  const auto compressor = Compressor::Create({.encoding = Encoding::kZstd}).value();
  EXPECT_EQ(HeadOf(compressor->Pack(Text(5000), {})).encoding, Encoding::kNone);
  EXPECT_EQ(HeadOf(compressor->Pack(Text(5000), {.lz4 = true})).encoding, Encoding::kLz4);
  EXPECT_EQ(HeadOf(compressor->Pack(Text(5000), {.zstd = true})).encoding, Encoding::kZstd);
}

TEST(CompressorTest, StopsTryingWhereItDoesNotPayAndTriesAgain) {
  const auto compressor = Compressor::Create().value();
  const std::string noise = Noise(4000);
  for (int i = 0; i < 8 + 64; ++i) compressor->Pack(noise, kReadsAll);
  // The pause is over: one is tried, and pays.
  EXPECT_EQ(HeadOf(compressor->Pack(Text(4000), kReadsAll)).encoding, Encoding::kZstd);
  for (int i = 0; i < 8; ++i) compressor->Pack(noise, kReadsAll);
  EXPECT_EQ(HeadOf(compressor->Pack(Text(4000), kReadsAll)).encoding, Encoding::kNone);
}

TEST(CompressorTest, TriesAnotherEncodingOrLevelAtOnce) {
  const auto compressor = Compressor::Create().value();
  const auto stop = [&] {
    for (int i = 0; i < 8; ++i) compressor->Pack(Noise(4000), kReadsAll);
  };
  stop();
  ASSERT_TRUE(compressor->SetEncoding(Encoding::kLz4).ok());
  EXPECT_EQ(HeadOf(compressor->Pack(Text(4000), kReadsAll)).encoding, Encoding::kLz4);
  ASSERT_TRUE(compressor->SetEncoding(Encoding::kZstd).ok());
  stop();
  ASSERT_TRUE(compressor->SetLevel(5).ok());
  EXPECT_EQ(HeadOf(compressor->Pack(Text(4000), kReadsAll)).encoding, Encoding::kZstd);
}

TEST(CompressorTest, AFrameThatOnlySaysItIsLargeCostsNoMemory) {
  const auto compressor = Compressor::Create({.max_unpacked_bytes = 64 << 20}).value();
  const std::string whole = compressor->Pack(std::string(64 << 20, 'a'), kReadsAll);
  EXPECT_EQ(compressor->Unpack(whole)->payload.size(), std::size_t{64} << 20);
  // The heads say the same, and nothing is behind them.
  const absl::Status status = compressor->Unpack(whole.substr(0, kEnvelopeHeadBytes + 20)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("can't be as long as it says"));
}

TEST(CompressorTest, ADictionaryMakesShortPayloadsShorterWhereBothHaveIt) {
  const auto dictionary = CompressionDictionary::Make(Text(8000));
  ASSERT_TRUE(dictionary.ok());
  const auto with = Compressor::Create({.threshold_bytes = 0, .dictionary = *dictionary}).value();
  const auto without = Compressor::Create({.threshold_bytes = 0}).value();
  const std::string payload = Text(300);
  const PeerAbilities knows{true, true, (*dictionary)->id()};
  const std::string packed = with->Pack(payload, knows);
  EXPECT_LT(packed.size(), without->Pack(payload, knows).size());
  EXPECT_EQ(with->Unpack(packed)->payload, payload);
  EXPECT_EQ(without->Unpack(packed).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(without->Unpack(with->Pack(payload, kReadsAll))->payload, payload);
}

TEST(CompressorTest, TheLevelCountsWithADictionaryToo) {
  const auto dictionary = CompressionDictionary::Make(Text(8000)).value();
  const PeerAbilities knows{true, true, dictionary->id()};
  const auto packed_at = [&](int level) {
    return Compressor::Create({.level = level, .dictionary = dictionary})
        .value()
        ->Pack(Text(30000), knows);
  };
  ASSERT_LT(packed_at(19).size(), packed_at(-7).size());
  const auto compressor = Compressor::Create({.level = -7, .dictionary = dictionary}).value();
  EXPECT_EQ(compressor->Pack(Text(30000), knows), packed_at(-7));
  ASSERT_TRUE(compressor->SetLevel(19).ok());
  EXPECT_EQ(compressor->Pack(Text(30000), knows), packed_at(19));
  EXPECT_FALSE(compressor->SetLevel(20).ok());
  EXPECT_EQ(compressor->Pack(Text(30000), knows), packed_at(19));
  EXPECT_EQ(compressor->Unpack(packed_at(19))->payload, Text(30000));
}

TEST(CompressorTest, KeepsNoMoreContextsThanItMay) {
  const auto compressor = Compressor::Create({.max_kept_contexts = 2}).value();
  EXPECT_EQ(compressor->stats().kept_contexts, 0);
  // However many are used at once.
  InParallel(8, [&](int) {
    for (int i = 0; i < 50; ++i) {
      compressor->Pack(Text(20000), kReadsAll);
      EXPECT_LE(compressor->stats().kept_contexts, 2);
    }
  });
  EXPECT_GE(compressor->stats().kept_contexts, 1);
}

TEST(CompressorTest, RefusesWhatIsOutOfRange) {
  const auto compressor = Compressor::Create().value();
  EXPECT_EQ(compressor->SetLevel(20).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(compressor->SetLevel(std::int64_t{1} << 40).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(compressor->SetThreshold(-1).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ParseEncoding("gzip").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(CompressionDictionary::Make("").ok());
  EXPECT_EQ(Compressor::Create({.threshold_bytes = -1}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Compressor::Create({.encoding = static_cast<Encoding>(3)}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(Validate(CompressorOptions{.max_ratio = 0}).ok());
  EXPECT_FALSE(Validate(CompressorOptions{.level = 99}).ok());
  EXPECT_FALSE(Validate(CompressorOptions{.max_unpacked_bytes = 0}).ok());
  EXPECT_TRUE(Validate(CompressorOptions()).ok());
}

TEST(CompressorTest, ChangesWhileItWorks) {
  const auto compressor = Compressor::Create().value();
  InParallel(4, [&](int thread) {
    const std::string payload = Text(2000 + static_cast<std::size_t>(thread));
    for (int i = 0; i < 500; ++i) {
      if (thread == 0) {
        EXPECT_TRUE(compressor->SetEncoding(static_cast<Encoding>(i % 3)).ok());
        EXPECT_TRUE(compressor->SetLevel(i % 5).ok());
        EXPECT_TRUE(compressor->SetThreshold(i % 2 == 0 ? 0 : 4000).ok());
      }
      const auto unpacked = compressor->Unpack(compressor->Pack(payload, kReadsAll));
      ASSERT_TRUE(unpacked.ok());
      EXPECT_EQ(unpacked->payload, payload);
    }
  });
  EXPECT_EQ(compressor->stats().packed, 2000);
  EXPECT_EQ(Export(compressor->stats()).front().value, 2000);
}

TEST(CompressingHandlerTest, AnswersInKindAndRefusesWhatItCannotRead) {
  const auto server = Compressor::Create().value();
  const auto client = Compressor::Create().value();
  const Handler handler = MakeCompressingHandler(
      *server, [](std::string request, const Reply& reply) { reply(request + request); });
  absl::StatusOr<std::string> answer;
  const Reply reply([&](absl::StatusOr<std::string> got) { answer = std::move(got); });
  handler(client->Pack(Text(3000), {}), reply);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(HeadOf(*answer).encoding, Encoding::kZstd);
  EXPECT_EQ(client->Unpack(*answer)->payload, Text(3000) + Text(3000));
  handler("not an envelope", Reply([&](absl::StatusOr<std::string> got) { answer = got; }));
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace trimtab::runtime
