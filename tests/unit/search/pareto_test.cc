// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "daemon/base/random.h"
#include "daemon/search/acquisition/hypervolume.h"
#include "daemon/search/bayes.h"

namespace trimtab::search {
namespace {

Eigen::MatrixXd Draw(int rows, int objectives, Random& random) {
  Eigen::MatrixXd points(rows, objectives);
  for (Eigen::Index i = 0; i < points.size(); ++i) points.data()[i] = random.Uniform();
  return points;
}

// Share of the unit cube that the points dominate, by counting.
double CountedVolume(const Eigen::MatrixXd& points, Random& random) {
  constexpr int kDraws = 40000;
  int hits = 0;
  for (int i = 0; i < kDraws; ++i) {
    Eigen::RowVectorXd at(points.cols());
    for (double& each : at) each = random.Uniform();
    bool hit = false;
    for (Eigen::Index row = 0; row < points.rows() && !hit; ++row) {
      hit = (points.row(row).array() <= at.array()).all();
    }
    hits += hit;
  }
  return hits / static_cast<double>(kDraws);
}

TEST(HypervolumeTest, AgreesWithCounting) {
  Random random(1);
  for (int objectives = 1; objectives <= 3; ++objectives) {
    const Eigen::MatrixXd points = Draw(8, objectives, random);
    const Eigen::RowVectorXd reference = Eigen::RowVectorXd::Ones(objectives);
    EXPECT_NEAR(Hypervolume(points, reference), CountedVolume(points, random), 0.015);
  }
}

TEST(HypervolumeTest, TheGainIsWhatThePointAdds) {
  Random random(2);
  for (int objectives = 1; objectives <= 3; ++objectives) {
    const Eigen::RowVectorXd reference = Eigen::RowVectorXd::Constant(objectives, 0.9);
    for (int round = 0; round < 30; ++round) {
      Eigen::MatrixXd points = Draw(7, objectives, random);
      const Eigen::MatrixXd front = points.topRows(6);
      EXPECT_NEAR(HypervolumeGain(front, points.row(6), reference),
                  Hypervolume(points, reference) - Hypervolume(front, reference), 1e-12);
    }
  }
}

TEST(NotDominatedTest, KeepsOneOfEqualPoints) {
  Eigen::MatrixXd points(5, 2);
  points << 1, 4, 2, 2, 2, 2, 3, 3, 4, 1;
  EXPECT_EQ(NotDominated(points), (std::vector<int>{0, 1, 4}));
}

// More threads serve more and take more memory; batches do the same at other
// rates, connections cost memory only.
Observation Trial(const Configuration& config) {
  const auto number = [&](std::string_view name) { return *ToNumber(*config.Find(name)); };
  Observation trial{.config = config};
  const double threads = number("thread_pool_size");
  const double batch = number("batch_size");
  trial.score = Score{100 * threads / (threads + 8) + 20 * batch / (batch + 100)};
  trial.metrics["memory"] = 10 * threads + batch / 10 + number("connection_pool_size") / 10;
  return trial;
}

// The volume between the trials' front and a point worse than all of them.
double Volume(const std::vector<Observation>& trials) {
  Eigen::MatrixXd points(static_cast<Eigen::Index>(trials.size()), 2);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    points.row(static_cast<Eigen::Index>(i)) << -trials[i].score->value,
        trials[i].metrics.at("memory");
  }
  return Hypervolume(points, Eigen::RowVector2d(0, 500));
}

TEST(ParetoTest, FindsTheFrontInFarFewerTrialsThanThereArePoints) {
  const SearchSpace space = DefaultSearchSpace();
  std::vector<Observation> all;
  for (std::uint64_t i = 0; i < *space.PointCount(); ++i) all.push_back(Trial(space.Point(i)));
  const BayesStrategy strategy(space, 3, {.further = {{.metric = "memory"}}});
  std::vector<Observation> history;
  for (int i = 0; i < 30; ++i) {
    const auto suggestion = strategy.Suggest(history);
    ASSERT_TRUE(suggestion && space.Check(suggestion->config).ok());
    history.push_back(Trial(suggestion->config));
  }
  EXPECT_GT(Volume(history), 0.98 * Volume(all));

  const std::vector<FrontPoint> front = strategy.Front(history);
  ASSERT_GT(front.size(), 2u);
  for (std::size_t i = 1; i < front.size(); ++i) {
    EXPECT_GE(front[i - 1].incumbent.prediction.value, front[i].incumbent.prediction.value);
    EXPECT_GT(front[i - 1].further.at("memory"), front[i].further.at("memory"));
  }
}

TEST(ParetoTest, TheFrontKeepsTheBounds) {
  const SearchSpace space = DefaultSearchSpace();
  const BayesStrategy strategy(
      space, 3, {.bounds = {{.metric = "memory", .max = 120}}, .further = {{.metric = "memory"}}});
  std::vector<Observation> history;
  for (int i = 0; i < 20; ++i) history.push_back(Trial(strategy.Suggest(history)->config));
  const std::vector<FrontPoint> front = strategy.Front(history);
  EXPECT_FALSE(front.empty());
  for (const FrontPoint& point : front) {
    EXPECT_LE(Trial(point.incumbent.config).metrics.at("memory"), 120);
  }
}

TEST(ParetoTest, ThreeObjectivesAreSearchedToo) {
  const SearchSpace space = DefaultSearchSpace();
  const BayesStrategy strategy(
      space, 4, {.further = {{.metric = "memory"}, {.metric = "cache", .minimize = false}}});
  std::vector<Observation> history;
  for (int i = 0; i < 12; ++i) {
    Observation trial = Trial(strategy.Suggest(history)->config);
    trial.metrics["cache"] = *ToNumber(*trial.config.Find("cache_size"));
    history.push_back(std::move(trial));
  }
  const std::vector<FrontPoint> front = strategy.Front(history);
  ASSERT_FALSE(front.empty());
  EXPECT_EQ(front.front().further.size(), 2u);
}

}  // namespace
}  // namespace trimtab::search
