// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/points/candidates.h"

#include <boost/random/sobol.hpp>
#include <cmath>
#include <numbers>

namespace trimtab::search {
namespace {

// Most dimensions that the direction numbers of the sequence reach to.
constexpr std::size_t kMostSobol = 1000;

Eigen::RowVectorXd UniformPlace(std::size_t axes, Random& random) {
  Eigen::RowVectorXd place(static_cast<Eigen::Index>(axes));
  for (double& each : place) each = random.Uniform();
  return place;
}

}  // namespace

Candidates::Candidates(const Encoder& encoder) : encoder_(encoder), ruled_(encoder) {
  // Draws of which rules must allow this share, or points are looked for.
  constexpr int kDraws = 400;
  constexpr int kEnough = 20;
  const std::optional<std::uint64_t> count = encoder.space().PointCount();
  int allowed = kDraws;
  if (!encoder.space().rules().empty()) {
    Random random(0);
    for (int i = 0; i < kDraws; ++i) {
      allowed -= !Allowed(encoder.Snap(UniformPlace(encoder.axes().size(), random)));
    }
  }
  const bool rare = allowed < kEnough;
  if (count && (*count <= kEnumerated || (rare && *count <= kScanned))) {
    if (const auto rows = Scan(*count)) {
      enumerated_ = true;
      all_.resize(static_cast<Eigen::Index>(rows->size()),
                  static_cast<Eigen::Index>(encoder.axes().size()));
      Eigen::Index i = 0;
      for (const Eigen::RowVectorXd& row : *rows) all_.row(i++) = row;
      return;
    }
  }
  if (rare) FindRare();
}

std::optional<std::vector<Eigen::RowVectorXd>> Candidates::Scan(std::uint64_t count) const {
  std::vector<Eigen::RowVectorXd> rows;
  for (std::uint64_t i = 0; i < count; ++i) {
    Eigen::RowVectorXd row = encoder_.Row(i);
    if (!Allowed(row)) continue;
    if (rows.size() == kEnumerated) return std::nullopt;
    rows.push_back(std::move(row));
  }
  return rows;
}

void Candidates::FindRare() {
  constexpr int kStarts = 300;
  constexpr int kSweeps = 3;
  Random random(0);
  for (int i = 0; i < kStarts; ++i) {
    std::optional<Eigen::RowVectorXd> row =
        ruled_.Repair(encoder_.Snap(UniformPlace(encoder_.axes().size(), random)), random);
    if (!row) continue;
    for (int sweep = 0; sweep < kSweeps; ++sweep) row = ruled_.Stir(*row, random);
    rare_.push_back(*std::move(row));
  }
  if (!rare_.empty() || !encoder_.space().PointCount()) return;
  // The moves ended beside the allowed points.
  if (auto row = FirstWithout(RowSet(&RowLess), 0)) rare_.push_back(*std::move(row));
}

std::optional<Eigen::RowVectorXd> Candidates::Draw(Random& random) const {
  // Draws that may fall to rules before one is given up.
  constexpr int kPatience = 1000;
  if (enumerated_) {
    const auto count = static_cast<std::uint64_t>(all_.rows());
    if (count == 0) return std::nullopt;
    return all_.row(static_cast<Eigen::Index>(random.Next() % count));
  }
  if (!rare_.empty()) return ruled_.Stir(rare_[random.Next() % rare_.size()], random);
  for (int i = 0; i < kPatience; ++i) {
    Eigen::RowVectorXd row = encoder_.Snap(UniformPlace(encoder_.axes().size(), random));
    if (Allowed(row)) return row;
  }
  return std::nullopt;
}

std::optional<Eigen::RowVectorXd> Candidates::FirstWithout(const RowSet& taken,
                                                           std::uint64_t start) const {
  const std::optional<std::uint64_t> count = encoder_.space().PointCount();
  if (!count) return std::nullopt;
  for (std::uint64_t i = 0; i < std::min(*count, kScanned); ++i) {
    Eigen::RowVectorXd row = encoder_.Row((start + i) % *count);
    if (!taken.contains(row) && Allowed(row)) return row;
  }
  return std::nullopt;
}

bool Candidates::Allowed(const Eigen::RowVectorXd& row) const { return ruled_.Holds(row); }

Eigen::MatrixXd Candidates::Sample(const std::vector<Eigen::RowVectorXd>& centers,
                                   Random& random) const {
  const std::size_t d = encoder_.axes().size();
  RowSet rows(&RowLess);
  boost::random::sobol sequence(std::min(d, kMostSobol));
  const Eigen::RowVectorXd shift = UniformPlace(d, random);
  for (int i = 0; i < kSample; ++i) {
    // Beyond the sequence's reach the points are independent.
    Eigen::RowVectorXd place = d > kMostSobol ? UniformPlace(d, random) : shift;
    for (std::size_t k = 0; k < std::min(d, kMostSobol); ++k) {
      double& cell = place[static_cast<Eigen::Index>(k)];
      cell += static_cast<double>(sequence() >> 11) * 0x1.0p-53;
      cell -= std::floor(cell);
    }
    Eigen::RowVectorXd row = encoder_.Snap(place);
    if (Allowed(row)) rows.insert(std::move(row));
  }
  constexpr int kRareDraws = 200;
  for (int i = 0; i < kRareDraws && !rare_.empty(); ++i) rows.insert(*Draw(random));
  for (const Eigen::RowVectorXd& center : centers) AddNeighbours(center, random, rows);
  return Stack(rows, static_cast<Eigen::Index>(d));
}

void Candidates::AddNeighbours(const Eigen::RowVectorXd& center, Random& random,
                               RowSet& rows) const {
  const std::vector<Axis>& axes = encoder_.axes();
  const auto add = [&](Eigen::RowVectorXd row) {
    if (row != center && Allowed(row)) rows.insert(std::move(row));
  };
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const auto cell = static_cast<Eigen::Index>(k);
    Eigen::RowVectorXd row = center;
    if (axes[k].levels > 0) {
      for (int level = 0; level < axes[k].levels; ++level) {
        row[cell] = axes[k].kind == Axis::Kind::kCategory
                        ? level
                        : static_cast<double>(level) / std::max(1, axes[k].levels - 1);
        add(row);
      }
      continue;
    }
    const Dimension& dimension = encoder_.space().dimensions()[k];
    for (const double reach : {0.2, 0.05, 0.01, 0.002}) {
      for (const double side : {-1.0, 1.0}) {
        const double step = side * reach * (0.5 + random.Uniform());
        const double place = std::clamp(center[cell] + step, 0.0, 1.0);
        row[cell] = *dimension.PlaceOf(dimension.At(place));
        add(row);
      }
    }
    // The points of an integer range next to it.
    if (dimension.type == ParameterType::kInt) {
      const ParameterValue value = dimension.At(center[cell]);
      for (const std::int64_t side : {-1, 1}) {
        const auto step = static_cast<std::int64_t>(std::max(1.0, dimension.step));
        const std::optional<double> place =
            dimension.PlaceOf(std::get<std::int64_t>(value) + side * step);
        if (place) row[cell] = *place;
        add(row);
      }
    }
  }
}

Eigen::MatrixXd Stack(const RowSet& rows, Eigen::Index columns) {
  Eigen::MatrixXd result(static_cast<Eigen::Index>(rows.size()), columns);
  Eigen::Index i = 0;
  for (const Eigen::RowVectorXd& row : rows) result.row(i++) = row;
  return result;
}

}  // namespace trimtab::search
