// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/points/encoder.h"

#include <algorithm>
#include <cmath>

namespace trimtab::search {
namespace {

Axis AxisOf(const Dimension& dimension) {
  Axis axis;
  const bool numeric =
      dimension.type == ParameterType::kInt || dimension.type == ParameterType::kDouble;
  axis.kind = numeric ? Axis::Kind::kOrdered : Axis::Kind::kCategory;
  const std::optional<std::uint64_t> count = dimension.PointCount();
  // A short range on a log scale stays a continuum of places: its points are
  // not evenly spaced there.
  const bool even = !dimension.values.empty() || dimension.scale == Scale::kLinear;
  const bool table = count && (!numeric || (even && *count <= Encoder::kMostLevels));
  axis.levels = table ? static_cast<int>(*count) : 0;
  return axis;
}

int LevelOf(const Axis& axis, double place) {
  if (axis.kind == Axis::Kind::kCategory) return static_cast<int>(place);
  return static_cast<int>(std::lround(place * std::max(1, axis.levels - 1)));
}

}  // namespace

Encoder::Encoder(SearchSpace space) : space_(std::move(space)) {
  for (const Dimension& dimension : space_.dimensions()) axes_.push_back(AxisOf(dimension));
}

double Encoder::PlaceOfLevel(std::size_t axis, int level) const {
  if (axes_[axis].kind == Axis::Kind::kCategory) return level;
  return axes_[axis].levels == 1 ? 0 : static_cast<double>(level) / (axes_[axis].levels - 1);
}

std::optional<Eigen::RowVectorXd> Encoder::Encode(const Configuration& configuration) const {
  const std::vector<Dimension>& dimensions = space_.dimensions();
  Eigen::RowVectorXd row(static_cast<Eigen::Index>(axes_.size()));
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    const ParameterValue* value = configuration.Find(dimensions[k].name);
    if (value == nullptr) return std::nullopt;
    if (!dimensions[k].Check(*value).ok()) return std::nullopt;
    row[static_cast<Eigen::Index>(k)] = CellOf(k, *value);
  }
  return row;
}

double Encoder::CellOf(std::size_t axis, const ParameterValue& value) const {
  const Dimension& dimension = space_.dimensions()[axis];
  const double place = *dimension.PlaceOf(value);
  const int levels = axes_[axis].levels;
  if (levels == 0) return place;
  // In a list a place is the middle of the level's share.
  const int level = dimension.values.empty() ? static_cast<int>(std::lround(place * (levels - 1)))
                                             : static_cast<int>(place * levels);
  return PlaceOfLevel(axis, level);
}

double Encoder::NumberAt(std::size_t axis, double cell) const {
  const Dimension& dimension = space_.dimensions()[axis];
  const ParameterValue value =
      axes_[axis].levels > 0
          ? dimension.Point(static_cast<std::uint64_t>(LevelOf(axes_[axis], cell)))
          : dimension.At(cell);
  return ToNumber(value).value_or(0);
}

Configuration Encoder::Decode(const Eigen::RowVectorXd& row) const {
  const std::vector<Dimension>& dimensions = space_.dimensions();
  Configuration result;
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    const double place = row[static_cast<Eigen::Index>(k)];
    result.Set(dimensions[k].name,
               axes_[k].levels > 0
                   ? dimensions[k].Point(static_cast<std::uint64_t>(LevelOf(axes_[k], place)))
                   : dimensions[k].At(place));
  }
  return result;
}

Eigen::RowVectorXd Encoder::Snap(const Eigen::RowVectorXd& unit) const {
  Eigen::RowVectorXd row(unit.size());
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    const auto cell = static_cast<Eigen::Index>(k);
    row[cell] = SnapCell(k, unit[cell]);
  }
  return row;
}

double Encoder::SnapCell(std::size_t axis, double unit) const {
  const double place = std::clamp(unit, 0.0, 1.0);
  const int levels = axes_[axis].levels;
  if (levels > 0) return PlaceOfLevel(axis, std::min(levels - 1, static_cast<int>(place * levels)));
  const Dimension& dimension = space_.dimensions()[axis];
  return *dimension.PlaceOf(dimension.At(place));
}

Eigen::RowVectorXd Encoder::Row(std::uint64_t index) const {
  const std::vector<Dimension>& dimensions = space_.dimensions();
  Eigen::RowVectorXd row(static_cast<Eigen::Index>(axes_.size()));
  for (std::size_t k = axes_.size(); k-- > 0;) {
    const std::uint64_t count = *dimensions[k].PointCount();
    const std::uint64_t level = index % count;
    index /= count;
    row[static_cast<Eigen::Index>(k)] = axes_[k].levels > 0
                                            ? PlaceOfLevel(k, static_cast<int>(level))
                                            : *dimensions[k].PlaceOf(dimensions[k].Point(level));
  }
  return row;
}

PointSet Encoder::Points(const Eigen::MatrixXd& rows) const {
  PointSet points{rows, Eigen::MatrixXi::Constant(rows.rows(), rows.cols(), -1)};
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    if (axes_[k].levels == 0) continue;
    const auto column = static_cast<Eigen::Index>(k);
    for (Eigen::Index i = 0; i < rows.rows(); ++i) {
      points.level(i, column) = LevelOf(axes_[k], rows(i, column));
    }
  }
  return points;
}

bool RowLess(const Eigen::RowVectorXd& a, const Eigen::RowVectorXd& b) {
  return std::lexicographical_compare(a.data(), a.data() + a.size(), b.data(), b.data() + b.size());
}

double Distance(const std::vector<Axis>& axes, const Eigen::RowVectorXd& a,
                const Eigen::RowVectorXd& b) {
  double sum = 0;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const double off = a[static_cast<Eigen::Index>(k)] - b[static_cast<Eigen::Index>(k)];
    if (axes[k].kind == Axis::Kind::kCategory) {
      sum += off != 0;
    } else {
      sum += off * off;
    }
  }
  return std::sqrt(sum);
}

}  // namespace trimtab::search
