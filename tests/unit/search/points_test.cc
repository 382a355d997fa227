// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "daemon/search/design/space_filling.h"
#include "daemon/search/history/digest.h"
#include "daemon/search/points/candidates.h"
#include "daemon/search/points/encoder.h"

namespace trimtab::search {
namespace {

SearchSpace MixedSpace() {
  return SearchSpace::Create(
             {{.name = "threads", .values = {std::int64_t{4}, std::int64_t{8}, std::int64_t{16}}},
              {.name = "codec",
               .type = ParameterType::kCategorical,
               .values = {std::string("lz4"), std::string("none"), std::string("zstd")}},
              {.name = "sync", .type = ParameterType::kBool},
              {.name = "pages", .min = 1, .max = 5000, .scale = Scale::kLog},
              {.name = "ratio", .type = ParameterType::kDouble, .min = 0.1, .max = 10},
              {.name = "depth", .min = 2, .max = 9}})
      .value();
}

TEST(EncoderTest, WhatIsDecodedEncodesToTheSameRow) {
  const Encoder encoder(MixedSpace());
  Random random(1);
  for (int i = 0; i < 500; ++i) {
    Eigen::RowVectorXd unit(6);
    for (double& each : unit) each = random.Uniform();
    const Eigen::RowVectorXd row = encoder.Snap(unit);
    const Configuration configuration = encoder.Decode(row);
    ASSERT_TRUE(encoder.space().Check(configuration).ok());
    ASSERT_EQ(encoder.Decode(*encoder.Encode(configuration)), configuration);
    ASSERT_LT((*encoder.Encode(configuration) - row).cwiseAbs().maxCoeff(), 1e-12);
  }
}

TEST(EncoderTest, RowsOfAFiniteSpaceAreItsPointsInOrder) {
  const Encoder encoder(DefaultSearchSpace());
  for (std::uint64_t i = 0; i < 256; ++i) {
    ASSERT_EQ(encoder.Decode(encoder.Row(i)), DefaultSearchSpace().Point(i));
  }
}

TEST(EncoderTest, AForeignConfigurationHasNoRow) {
  const Encoder encoder(DefaultSearchSpace());
  Configuration configuration = DefaultSearchSpace().Point(3);
  configuration.Set("cache_size", std::int64_t{7});
  EXPECT_FALSE(encoder.Encode(configuration));
  EXPECT_FALSE(encoder.Encode(Configuration()));
}

TEST(CandidatesTest, AnEnumeratedSpaceHoldsThePointsThatObeyTheRules) {
  const Encoder encoder(SearchSpace::Create(DefaultSearchSpace().dimensions(),
                                            {Rule::Parse("cache_size >= 10 * batch_size").value()})
                            .value());
  const Candidates candidates(encoder);
  EXPECT_TRUE(candidates.enumerated());
  EXPECT_EQ(candidates.all().rows(), 160);
}

TEST(CandidatesTest, NeighboursDifferInOneParameter) {
  const Encoder encoder(MixedSpace());
  const Candidates candidates(encoder);
  ASSERT_FALSE(candidates.enumerated());
  Random random(2);
  const Eigen::RowVectorXd center = encoder.Snap(Eigen::RowVectorXd::Constant(6, 0.4));
  RowSet rows(&RowLess);
  candidates.AddNeighbours(center, random, rows);
  EXPECT_GT(rows.size(), 15u);
  for (const Eigen::RowVectorXd& row : rows) {
    EXPECT_EQ(Difference(encoder.Decode(row), encoder.Decode(center)).size(), 1u);
  }
}

TEST(SpaceFillingTest, BeginsWithWhatRunsAndKeepsDistance) {
  const Encoder encoder(DefaultSearchSpace());
  const Candidates candidates(encoder);
  const Eigen::RowVectorXd start = encoder.Row(17);
  const auto design = SpaceFilling(encoder, candidates, start, 5, 3);
  ASSERT_EQ(design.size(), 5u);
  EXPECT_EQ(design[0], start);
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_GT(Distance(encoder.axes(), design[i], design[j]), 0.9);
    }
  }
}

TEST(SpaceFillingTest, ASmallSpaceIsTakenWhole) {
  const Encoder encoder(
      SearchSpace::Create({{.name = "sync", .type = ParameterType::kBool}}).value());
  EXPECT_EQ(SpaceFilling(encoder, Candidates(encoder), std::nullopt, 5, 1).size(), 2u);
}

TEST(DigestTest, TellsFailuresSilencePendingAndForeignTrialsApart) {
  const Encoder encoder(DefaultSearchSpace());
  const Configuration config = DefaultSearchSpace().Point(9);
  std::vector<Observation> history(7, Observation{.config = config});
  history[0].score = Score{3, 0.5};
  history[1].pending = true;
  history[2].verdict = Verdict::kFailed;
  history[3].verdict = Verdict::kInconclusive;
  history[4].score = Score{-INFINITY, std::nullopt};
  history[5].score = Score{INFINITY, std::nullopt};
  history[6].config = Configuration();
  const Digest digest = Digest::Of(encoder, history, {});
  ASSERT_EQ(digest.records.size(), 1u);
  const Record& record = digest.records[0];
  EXPECT_EQ(record.samples.size(), 1u);
  EXPECT_EQ(record.samples[0].standard_error, 0.5);
  EXPECT_EQ(record.pending, 1);
  EXPECT_EQ(record.failures, 2);
  EXPECT_EQ(record.silent, 2);
  // What the model learns from; the foreign trial is none of it.
  EXPECT_EQ(Measurements(digest), 3u);
}

TEST(DigestTest, KnowsWhetherAModelWouldLearnTheSame) {
  const Encoder encoder(DefaultSearchSpace());
  const auto digest = [&](const std::vector<Observation>& history) {
    return Digest::Of(encoder, history, {});
  };
  const Configuration config = DefaultSearchSpace().Point(9);
  const Observation measured{.config = config, .score = Score{3, 0.5}};
  Observation other = measured;
  other.score->value = 4;
  const Observation pending{.config = DefaultSearchSpace().Point(1), .pending = true};
  const Observation silent{.config = config, .verdict = Verdict::kError};
  const Observation failed{.config = config, .verdict = Verdict::kFailed};
  const Digest one = digest({measured, other});
  EXPECT_TRUE(SameMeasurements(one, digest({pending, other, silent, measured, pending})));
  EXPECT_FALSE(SameMeasurements(one, digest({measured})));
  EXPECT_FALSE(SameMeasurements(one, digest({measured, measured})));
  EXPECT_FALSE(SameMeasurements(one, digest({measured, other, failed})));
  EXPECT_FALSE(SameMeasurements(one, digest({})));
  EXPECT_TRUE(SameMeasurements(digest({pending}), digest({silent})));
}

TEST(DigestTest, AFailedTrialStillTellsItsMetrics) {
  const Encoder encoder(DefaultSearchSpace());
  Observation observation{.config = DefaultSearchSpace().Point(9), .verdict = Verdict::kFailed};
  observation.metrics["latency"] = 80;
  const Digest digest = Digest::Of(encoder, {observation}, {"latency"});
  ASSERT_EQ(digest.records[0].samples.size(), 1u);
  EXPECT_EQ(digest.records[0].samples[0].metrics[0], 80);
  EXPECT_FALSE(digest.records[0].measured());
}

}  // namespace
}  // namespace trimtab::search
