// SPDX-License-Identifier: Apache-2.0
// The acquisitions against slow references: the posterior is computed anew from
// every outcome that one more measurement may have.
#include "daemon/search/acquisition/lookahead.h"

#include <gtest/gtest.h>

#include <cmath>

#include "daemon/search/acquisition/knowledge_gradient.h"
#include "daemon/search/acquisition/normal_nodes.h"
#include "daemon/search/acquisition/pareto.h"
#include "daemon/search/surrogate/slice_sampler.h"

namespace trimtab::search {
namespace {

constexpr int kRows = 7;
constexpr double kTold = 0.05;

std::vector<Axis> Axes() { return {{Axis::Kind::kOrdered, 0}, {Axis::Kind::kOrdered, 0}}; }

PointSet DrawPoints(int count, Random& random) {
  PointSet points{Eigen::MatrixXd(count, 2), Eigen::MatrixXi::Constant(count, 2, -1)};
  for (Eigen::Index i = 0; i < points.place.size(); ++i) points.place.data()[i] = random.Uniform();
  return points;
}

// A quantity that was measured once at each point, one draw of hyperparameters.
OutputModel DrawModel(const Kernel& kernel, const PointSet& points, Random& random) {
  OutputModel model;
  model.told_variance = kTold;
  Targets& targets = model.targets;
  targets.points = points;
  targets.mean.resize(points.size());
  for (double& each : targets.mean) each = StandardNormal(random);
  targets.count = Eigen::VectorXd::Ones(points.size());
  targets.known_variance = Eigen::VectorXd::Constant(points.size(), kTold);
  targets.within = Eigen::VectorXd::Zero(points.size());
  targets.quiet = Eigen::VectorXd::Ones(points.size());
  targets.offset = Eigen::VectorXd::Zero(points.size());
  const Hyper hyper{Eigen::Vector2d(-0.5, -0.9), 0.1, -1.0, -3.0, -2.5};
  model.ensemble.members.emplace_back(hyper, *Factor(kernel, targets, hyper), targets);
  model.ensemble.weights = {1};
  model.ensemble.draws = {0};
  return model;
}

class LookAheadTest : public testing::Test {
 protected:
  LookAheadTest() {
    for (int i = 0; i < kRows; ++i) records_[i].samples.push_back({.score = 1});
    models_.rows.points = DrawPoints(kRows, random_);
    for (const Record& record : records_) models_.rows.own.push_back(&record);
    models_.objective = DrawModel(kernel_, models_.rows.points, random_);
    fresh_ = DrawPoints(4, random_);
  }

  void AddConstraint(double bound) {
    models_.constraints.push_back(DrawModel(kernel_, models_.rows.points, random_));
    models_.bounds.push_back(bound);
  }

  const OutputModel& Quantity(std::size_t q) const {
    return q == 0 ? models_.objective : models_.constraints[q - 1];
  }

  // A fresh point (row -1) or a row measured once more, coming out `z` deviations
  // above what was expected.
  Member After(std::size_t q, const PointSet& point, int row, double z) const {
    const Member& member = models_.member(q, 0);
    const double noise = member.noise() + kTold;
    Targets targets = Quantity(q).targets;
    if (row >= 0) {
      const double outcome =
          member.row_means()[row] + z * std::sqrt(member.row_variances()[row] + noise);
      targets.mean[row] = (targets.mean[row] + outcome) / 2;
      targets.count[row] = 2;
      targets.known_variance[row] = kTold / 2;
    } else {
      const Member::Joint at = member.At(Cross(models_, member, point));
      const double outcome = at.means[0] + z * std::sqrt(at.variances[0] + noise);
      const Eigen::Index n = targets.mean.size();
      targets.points.place.conservativeResize(n + 1, Eigen::NoChange);
      targets.points.level.conservativeResize(n + 1, Eigen::NoChange);
      targets.points.place.row(n) = point.place.row(0);
      targets.points.level.row(n) = point.level.row(0);
      for (Eigen::VectorXd* column : {&targets.mean, &targets.count, &targets.known_variance,
                                      &targets.within, &targets.quiet, &targets.offset}) {
        column->conservativeResize(n + 1);
      }
      targets.mean[n] = outcome;
      targets.count[n] = 1;
      targets.known_variance[n] = kTold;
      targets.within[n] = 0;
      targets.quiet[n] = 1;
      targets.offset[n] = 0;
    }
    return Member(member.hyper(), *Factor(kernel_, targets, member.hyper()), targets);
  }

  // The lowest loss that a row has.
  double Least(const std::vector<Member>& members) const {
    double least = models_.bounds.empty() ? INFINITY : kBroken;
    for (Eigen::Index i = 0; i < members[0].row_means().size(); ++i) {
      double feasible = 1;
      for (std::size_t j = 0; j < models_.bounds.size(); ++j) {
        feasible *= BelowBound(models_.bounds[j], members[j + 1].row_means()[i],
                               members[j + 1].row_variances()[i]);
      }
      const double mean = members[0].row_means()[i];
      least = std::min(least, models_.bounds.empty()
                                  ? mean
                                  : feasible * std::min(mean, kBroken) + (1 - feasible) * kBroken);
    }
    return least;
  }

  // By how much Least falls, over all outcomes of all quantities.
  double SlowGain(const PointSet& point, int row) const {
    constexpr double kReach = 5;
    const double step = models_.bounds.empty() ? 0.02 : 0.1;
    std::vector<Member> now;
    for (std::size_t q = 0; q <= models_.bounds.size(); ++q) now.push_back(models_.member(q, 0));
    double sum = 0;
    for (double z = -kReach; z <= kReach; z += step) {
      const Member objective = After(0, point, row, z);
      if (models_.bounds.empty()) {
        sum += NormalPdf(z) * step * Least({objective});
        continue;
      }
      for (double w = -kReach; w <= kReach; w += step) {
        sum +=
            NormalPdf(z) * NormalPdf(w) * step * step * Least({objective, After(1, point, row, w)});
      }
    }
    return Least(now) - sum;
  }

  Random random_{11};
  const Kernel kernel_{Axes()};
  Models models_{kernel_};
  Record records_[kRows];
  PointSet fresh_;
};

TEST_F(LookAheadTest, TheKnowledgeGradientIsTheExpectedFallOfTheBestMean) {
  const Gains gains = LookAhead(models_, fresh_, {0, 3, 5});
  ASSERT_EQ(gains.lookahead.size(), 7);
  for (int i = 0; i < 4; ++i) {
    EXPECT_NEAR(gains.lookahead[i], SlowGain(fresh_.Rows({i}), -1), 2e-4) << "point " << i;
  }
  int at = 4;
  for (const int row : {0, 3, 5}) {
    EXPECT_NEAR(gains.lookahead[at++], SlowGain(fresh_, row), 2e-4) << "row " << row;
  }
}

TEST_F(LookAheadTest, ToldErrorsMakeAMeasurementWorthLess) {
  const Gains told = LookAhead(models_, fresh_, {0, 3, 5});
  models_.objective.told_variance = 0;
  const Gains exact = LookAhead(models_, fresh_, {0, 3, 5});
  for (Eigen::Index i = 0; i < 7; ++i) {
    EXPECT_LE(told.lookahead[i], exact.lookahead[i]);
  }
  EXPECT_LT(told.lookahead.sum(), 0.95 * exact.lookahead.sum());
}

TEST_F(LookAheadTest, WithABoundItIsTheExpectedFallOfTheLeastLoss) {
  AddConstraint(0.2);
  fresh_ = DrawPoints(40, random_);
  const Gains gains = LookAhead(models_, fresh_, {0, 3});
  // The most promising of them and some others.
  Eigen::Index best = 0;
  gains.lookahead.head(40).maxCoeff(&best);
  double largest = 0;
  for (const int i : {0, 1, static_cast<int>(best)}) {
    const double slow = SlowGain(fresh_.Rows({i}), -1);
    // A few fixed outcomes stand for all.
    largest = std::max(largest, slow);
    EXPECT_NEAR(gains.lookahead[i], slow, 0.15 * slow + 0.005) << "point " << i;
  }
  int at = 40;
  for (const int row : {0, 3}) {
    const double slow = SlowGain(fresh_, row);
    EXPECT_NEAR(gains.lookahead[at++], slow, 0.15 * slow + 0.005) << "row " << row;
  }
  EXPECT_GT(largest, 0.02);
}

TEST_F(LookAheadTest, ScreeningIsNeverBelowTheImprovement) {
  const PointSet many = DrawPoints(60, random_);
  const Eigen::VectorXd screened = Screen(models_, many);
  const Eigen::VectorXd exact = LookAhead(models_, many, {}).improvement;
  for (Eigen::Index i = 0; i < 60; ++i) EXPECT_GE(screened[i], exact[i] - 1e-9);
  Eigen::Index best = 0;
  exact.maxCoeff(&best);
  EXPECT_LT((screened.array() > screened[best]).count(), 12);
}

TEST_F(LookAheadTest, TheImprovementOfTheFrontIsThatOfRandomOutcomes) {
  models_.further.push_back(DrawModel(kernel_, models_.rows.points, random_));
  models_.further_index.push_back(0);
  const Eigen::VectorXd gains = FrontImprovement(models_, fresh_);
  Eigen::MatrixXd rows(kRows, 2);
  for (int i = 0; i < kRows; ++i) rows.row(i) = ObjectiveMeans(models_, i);
  const std::vector<int> best = NotDominated(rows);
  Eigen::MatrixXd front(static_cast<Eigen::Index>(best.size()), 2);
  for (std::size_t i = 0; i < best.size(); ++i) {
    front.row(static_cast<Eigen::Index>(i)) = rows.row(best[i]);
  }
  const Eigen::RowVectorXd worst = front.colwise().maxCoeff().array() + 0.1;
  const Eigen::RowVectorXd reference = worst.cwiseMax(kBroken);
  for (int i = 0; i < 4; ++i) {
    Member::Joint at[2];
    for (std::size_t k = 0; k < 2; ++k) {
      const Member& member = models_.member(k, 0);
      at[k] = member.At(Cross(models_, member, fresh_.Rows({i})));
    }
    double sum = 0;
    constexpr int kDraws = 20000;
    for (int draw = 0; draw < kDraws; ++draw) {
      Eigen::RowVectorXd outcome(2);
      for (int k = 0; k < 2; ++k) {
        outcome[k] = at[k].means[0] + std::sqrt(at[k].variances[0]) * StandardNormal(random_);
      }
      sum += Hypervolume((Eigen::MatrixXd(front.rows() + 1, 2) << front, outcome).finished(),
                         reference) -
             Hypervolume(front, reference);
    }
    EXPECT_NEAR(gains[i], sum / kDraws, 0.25 * sum / kDraws + 0.02) << "point " << i;
  }
}

TEST_F(LookAheadTest, ModelsOfWhichADrawIsMissingAreAligned) {
  // The objective has three draws, the constraint lacks the second.
  AddConstraint(0.2);
  const auto repeat = [](Ensemble& ensemble, std::vector<double> weights, std::vector<int> draws) {
    const Member member = ensemble.members[0];
    ensemble.members.assign(weights.size(), member);
    ensemble.weights = std::move(weights);
    ensemble.draws = std::move(draws);
  };
  const double mean = models_.objective.ensemble.members[0].row_means()[2];
  repeat(models_.objective.ensemble, {0.5, 0.25, 0.25}, {0, 1, 2});
  repeat(models_.constraints[0].ensemble, {0.75, 0.25}, {0, 2});
  ASSERT_TRUE(models_.Align());
  ASSERT_EQ(models_.draws(), 2u);
  EXPECT_NEAR(models_.objective.ensemble.weights[0], 2.0 / 3, 1e-12);
  EXPECT_EQ(models_.objective.ensemble.draws, (std::vector<int>{0, 2}));
  EXPECT_NEAR(Judge(models_).means[2], mean, 1e-12);
  repeat(models_.constraints[0].ensemble, {1}, {1});
  EXPECT_FALSE(models_.Align());
}

TEST(NormalNodesTest, ComeInPairsWithTheMomentsOfANormal) {
  for (const int dimensions : {1, 2, 4}) {
    const Eigen::MatrixXd nodes = NormalNodes(32, dimensions);
    EXPECT_EQ(nodes, NormalNodes(32, dimensions));
    for (int k = 0; k < dimensions; ++k) {
      EXPECT_NEAR(nodes.col(k).sum(), 0, 1e-12);
      EXPECT_NEAR(nodes.col(k).squaredNorm() / 32, 1, 1e-12);
      for (int other = 0; other < k; ++other) {
        EXPECT_NEAR(nodes.col(k).dot(nodes.col(other)) / 32, 0, 0.35);
      }
    }
  }
}

}  // namespace
}  // namespace trimtab::search
