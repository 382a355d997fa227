// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/bench/search/problem.h"

namespace trimtab::bench {
namespace {

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

ParameterValue Parse(const std::string& cell, ParameterType type) {
  switch (type) {
    case ParameterType::kInt:
      return static_cast<std::int64_t>(std::stod(cell));
    case ParameterType::kDouble:
      return std::stod(cell);
    case ParameterType::kBool:
      return cell == "1" || cell == "True" || cell == "true";
    case ParameterType::kCategorical:
      return cell;
  }
  return cell;
}

ParameterType TypeNamed(const std::string& name) {
  if (name == "int") return ParameterType::kInt;
  if (name == "float") return ParameterType::kDouble;
  return name == "bool" ? ParameterType::kBool : ParameterType::kCategorical;
}

struct Csv {
  std::vector<std::vector<std::string>> head;
  std::vector<std::vector<std::string>> rows;
};

Csv Read(const std::filesystem::path& path) {
  Csv csv;
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  for (const std::string& cell : Split(line, ',')) csv.head.push_back(Split(cell, ':'));
  while (std::getline(file, line)) csv.rows.push_back(Split(line, ','));
  return csv;
}

double Quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double place = q * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(place);
  const std::size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (place - static_cast<double>(low)) * (values[high] - values[low]);
}

std::vector<double> Column(const Csv& csv, std::size_t column) {
  std::vector<double> values;
  for (const auto& row : csv.rows) values.push_back(std::stod(row[column]));
  return values;
}

Problem Make(const Csv& csv, const std::string& table, std::size_t objective) {
  Problem problem;
  problem.group = table;
  problem.name = table + "/" + csv.head[objective][1];
  problem.minimize = csv.head[objective][2] == "min";
  problem.values = Column(csv, objective);
  problem.levels.resize(csv.rows.size());
  std::vector<Dimension> dimensions;
  for (std::size_t k = 0; k < csv.head.size(); ++k) {
    if (csv.head[k][0] != "param") continue;
    Dimension dimension;
    dimension.name = csv.head[k][1];
    dimension.type = TypeNamed(csv.head[k][2]);
    std::set<ParameterValue> values;
    for (const auto& row : csv.rows) values.insert(Parse(row[k], dimension.type));
    dimension.values.assign(values.begin(), values.end());
    for (std::size_t i = 0; i < csv.rows.size(); ++i) {
      const auto found = std::lower_bound(dimension.values.begin(), dimension.values.end(),
                                          Parse(csv.rows[i][k], dimension.type));
      problem.levels[i].push_back(static_cast<int>(found - dimension.values.begin()));
    }
    dimensions.push_back(std::move(dimension));
  }
  problem.space = SearchSpace::Create(std::move(dimensions)).value();
  return problem;
}

}  // namespace

std::vector<Problem> Tables(const std::string& directory, double quantile,
                            const std::vector<std::string>& second) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".csv") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Problem> problems;
  for (const std::filesystem::path& path : paths) {
    const Csv csv = Read(path);
    const std::string table = path.stem();
    std::vector<std::size_t> objectives;
    for (std::size_t k = 0; k < csv.head.size(); ++k) {
      if (csv.head[k][0] == "obj") objectives.push_back(k);
    }
    if (quantile > 0) {
      if (objectives.size() < 2) continue;
      Problem problem = Make(csv, table, objectives[0]);
      problem.limited = Column(csv, objectives[1]);
      const bool low = csv.head[objectives[1]][2] == "min";
      problem.bound.metric = csv.head[objectives[1]][1];
      (low ? problem.bound.max : problem.bound.min) =
          Quantile(problem.limited, low ? quantile : 1 - quantile);
      problem.Finish();
      problems.push_back(std::move(problem));
      continue;
    }
    for (std::size_t i = 0; i < objectives.size(); ++i) {
      const std::string name = fmt::format("{}/{}", table, csv.head[objectives[i]][1]);
      if (i > 0 && std::find(second.begin(), second.end(), name) == second.end()) continue;
      problems.push_back(Make(csv, table, objectives[i]));
      problems.back().Finish();
    }
  }
  return problems;
}

}  // namespace trimtab::bench
