// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/cli/space_message.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "daemon/base/error.h"

namespace trimtab::search_cli {
namespace {

using nlohmann::json;

template <typename... Args>
absl::Status Refuse(fmt::format_string<Args...> format, Args&&... args) {
  return Error(absl::StatusCode::kInvalidArgument, format, std::forward<Args>(args)...);
}

absl::StatusOr<ParameterType> ParseType(const json& param, const std::string& where) {
  const auto type = param.find("type");
  if (type != param.end() && type->is_string()) {
    if (*type == "int") return ParameterType::kInt;
    if (*type == "float") return ParameterType::kDouble;
    if (*type == "bool") return ParameterType::kBool;
    if (*type == "cat") return ParameterType::kCategorical;
  }
  return Refuse("{}.type: must be \"int\", \"float\", \"bool\" or \"cat\"", where);
}

absl::StatusOr<ParameterValue> ParseValue(const json& value, ParameterType type,
                                          const std::string& where) {
  switch (type) {
    case ParameterType::kInt: {
      if (value.is_number_unsigned() &&
          value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
        return Refuse("{}: {} is too large", where, value.dump());
      }
      if (value.is_number_integer()) return ParameterValue(value.get<std::int64_t>());
      // 4.0 is a whole number too.
      if (value.is_number_float()) {
        const double number = value.get<double>();
        if (number == std::floor(number) && std::abs(number) <= 0x1p53) {
          return ParameterValue(static_cast<std::int64_t>(number));
        }
      }
      return Refuse("{}: {} is not a whole number", where, value.dump());
    }
    case ParameterType::kDouble:
      if (value.is_number()) return ParameterValue(value.get<double>());
      return Refuse("{}: {} is not a number", where, value.dump());
    case ParameterType::kBool:
      if (value.is_boolean()) return ParameterValue(value.get<bool>());
      return Refuse("{}: {} is not true or false", where, value.dump());
    case ParameterType::kCategorical:
      if (value.is_string()) return ParameterValue(value.get<std::string>());
      return Refuse("{}: {} is not a string", where, value.dump());
  }
  return Refuse("{}: unknown type", where);
}

absl::StatusOr<double> ParseNumber(const json& object, const std::string& field,
                                   const std::string& where = "") {
  const std::string name = where.empty() ? field : where + "." + field;
  const auto found = object.find(field);
  if (found == object.end()) return Refuse("{}: missing", name);
  if (!found->is_number() || !std::isfinite(found->get<double>())) {
    return Refuse("{}: {} is not a finite number", name, found->dump());
  }
  return found->get<double>();
}

absl::Status ParseList(const json& values, const std::string& where, Dimension& dimension) {
  if (!values.is_array() || values.empty()) {
    return Refuse("{}.values: must be a list that is not empty", where);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto value = ParseValue(values[i], dimension.type, fmt::format("{}.values[{}]", where, i));
    if (!value.ok()) return value.status();
    dimension.values.push_back(*std::move(value));
  }
  if (dimension.type == ParameterType::kInt || dimension.type == ParameterType::kDouble) {
    std::sort(dimension.values.begin(), dimension.values.end());
  }
  return absl::OkStatus();
}

absl::StatusOr<Dimension> ParseDimension(const json& param, const std::string& where) {
  if (!param.is_object()) return Refuse("{}: must be an object", where);
  const auto name = param.find("name");
  if (name == param.end() || !name->is_string()) {
    return Refuse("{}.name: must be a string", where);
  }
  Dimension dimension;
  dimension.name = *name;
  const absl::StatusOr<ParameterType> type = ParseType(param, where);
  if (!type.ok()) return type.status();
  dimension.type = *type;
  if (param.contains("values")) {
    absl::Status status = CheckFields(param, {"name", "type", "values"}, where + ".");
    if (status.ok()) status = ParseList(param["values"], where, dimension);
    if (!status.ok()) return status;
    return dimension;
  }
  if (dimension.type == ParameterType::kCategorical) return Refuse("{}.values: missing", where);
  const bool boolean = dimension.type == ParameterType::kBool;
  const absl::Status known =
      boolean ? CheckFields(param, {"name", "type", "values"}, where + ".")
              : CheckFields(param, {"name", "type", "values", "min", "max", "step", "log"},
                            where + ".");
  if (!known.ok()) return known;
  if (boolean) return dimension;
  for (const auto& [field, target] :
       {std::pair{"min", &dimension.min}, std::pair{"max", &dimension.max}}) {
    const absl::StatusOr<double> number = ParseNumber(param, field, where);
    if (!number.ok()) return number.status();
    *target = *number;
  }
  if (param.contains("step")) {
    const absl::StatusOr<double> step = ParseNumber(param, "step", where);
    if (!step.ok()) return step.status();
    dimension.step = *step;
  }
  if (const auto log = param.find("log"); log != param.end()) {
    if (!log->is_boolean()) return Refuse("{}.log: must be true or false", where);
    if (*log == true) dimension.scale = Scale::kLog;
  }
  return dimension;
}

absl::StatusOr<SearchSpace> ParseSpace(const json& message) {
  const auto params = message.find("params");
  if (params == message.end() || !params->is_array() || params->empty()) {
    return Refuse("params: must be a list that is not empty");
  }
  std::vector<Dimension> dimensions;
  for (std::size_t i = 0; i < params->size(); ++i) {
    auto dimension = ParseDimension((*params)[i], fmt::format("params[{}]", i));
    if (!dimension.ok()) return dimension.status();
    dimensions.push_back(*std::move(dimension));
  }
  std::vector<Rule> rules;
  if (const auto texts = message.find("rules"); texts != message.end()) {
    if (!texts->is_array()) return Refuse("rules: must be a list of strings");
    for (const json& text : *texts) {
      if (!text.is_string()) return Refuse("rules: {} is not a string", text.dump());
      absl::StatusOr<Rule> rule = Rule::Parse(text.get<std::string>());
      if (!rule.ok()) return Refuse("rules: {}: {}", text.dump(), Message(rule.status()));
      rules.push_back(*std::move(rule));
    }
  }
  absl::StatusOr<SearchSpace> space = SearchSpace::Create(std::move(dimensions), std::move(rules));
  if (!space.ok()) return Refuse("params: {}", Message(space.status()));
  return space;
}

// Of a quantity that is measured.
absl::StatusOr<std::string> ParseName(const json& object, const std::string& where) {
  if (object.is_object()) {
    const auto name = object.find("name");
    if (name != object.end() && name->is_string() && *name != "") return name->get<std::string>();
  }
  return Refuse("{}.name: must be a string that is not empty", where);
}

absl::Status ParseBounds(const json& bounds, std::vector<Bound>& result) {
  if (!bounds.is_array()) return Refuse("constraints: must be a list");
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const std::string where = fmt::format("constraints[{}]", i);
    const json& each = bounds[i];
    const absl::StatusOr<std::string> name = ParseName(each, where);
    if (!name.ok()) return name.status();
    const absl::Status known = CheckFields(each, {"name", "min", "max"}, where + ".");
    if (!known.ok()) return known;
    Bound bound{.metric = *name};
    for (const Bound& other : result) {
      if (other.metric == bound.metric) {
        return Refuse("{}.name: is there twice; \"min\" and \"max\" go into one", where);
      }
    }
    for (const auto& [field, target] :
         {std::pair{"min", &bound.min}, std::pair{"max", &bound.max}}) {
      if (!each.contains(field)) continue;
      const absl::StatusOr<double> number = ParseNumber(each, field, where);
      if (!number.ok()) return number.status();
      *target = *number;
    }
    if (!bound.min && !bound.max) return Refuse("{}: needs \"min\" or \"max\"", where);
    if (bound.min && bound.max && *bound.min > *bound.max) {
      return Refuse("{}: min {} is above max {}", where, *bound.min, *bound.max);
    }
    result.push_back(std::move(bound));
  }
  return absl::OkStatus();
}

absl::Status ParseFurther(const json& list, std::vector<Further>& result) {
  constexpr std::size_t kMost = 2;
  if (!list.is_array() || list.size() > kMost) {
    return Refuse("further: must be a list of at most {} objectives", kMost);
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string where = fmt::format("further[{}]", i);
    const json& each = list[i];
    const absl::StatusOr<std::string> name = ParseName(each, where);
    if (!name.ok()) return name.status();
    const absl::Status known = CheckFields(each, {"name", "objective"}, where + ".");
    if (!known.ok()) return known;
    const auto objective = each.find("objective");
    if (objective == each.end() || (*objective != "min" && *objective != "max")) {
      return Refuse("{}.objective: must be \"min\" or \"max\"", where);
    }
    Further further{.metric = *name, .minimize = *objective == "min"};
    for (const Further& other : result) {
      if (other.metric == further.metric) return Refuse("{}.name: is there twice", where);
    }
    result.push_back(std::move(further));
  }
  return absl::OkStatus();
}

// What was measured beside the value, `field` of a result. `needed` false: what
// is missing is passed over. A quantity is both limited and an objective where
// both lists name it; then it must have one value.
absl::Status ParseMetrics(const json& message, const char* field,
                          const std::vector<std::string>& names, bool needed,
                          Observation& observation) {
  const auto found = message.find(field);
  if (found == message.end()) {
    if (!needed || names.empty()) return absl::OkStatus();
    return Refuse("{}: missing", field);
  }
  if (!found->is_object()) return Refuse("{}: must be an object", field);
  for (const auto& [name, value] : found->items()) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    return Refuse("{}.{}: the space has no such name", field, name);
  }
  for (const std::string& name : names) {
    if (!needed && !found->contains(name)) continue;
    const absl::StatusOr<double> number = ParseNumber(*found, name, field);
    if (!number.ok()) return number.status();
    const auto [at, fresh] = observation.metrics.emplace(name, *number);
    if (!fresh && at->second != *number) {
      return Refuse("{}.{}: {} differs from the value under \"constraints\"", field, name, *number);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Verdict> ParseStatus(const json& message) {
  const auto status = message.find("status");
  if (status == message.end() || *status == "ok") return Verdict::kSuccess;
  if (*status == "failed") return Verdict::kFailed;
  if (*status == "error") return Verdict::kError;
  return Refuse("status: must be \"ok\", \"failed\" or \"error\"");
}

// One trial's result.
absl::StatusOr<Observation> ParseResult(const json& message, const Problem& problem) {
  if (!message.is_object()) return Refuse("must be an object");
  const auto config = message.find("config");
  if (config == message.end()) return Refuse("config: missing");
  absl::StatusOr<Configuration> parsed = ParseConfig(*config, problem.space);
  if (!parsed.ok()) return parsed.status();
  Observation observation{.config = *std::move(parsed)};
  const absl::StatusOr<Verdict> verdict = ParseStatus(message);
  if (!verdict.ok()) return verdict.status();
  observation.verdict = *verdict;
  const bool measured = *verdict == Verdict::kSuccess;
  absl::Status known =
      measured ? CheckFields(
                     message,
                     {"config", "value", "constraints", "further", "standard_error", "status"}, "")
      : *verdict == Verdict::kFailed
          ? CheckFields(message, {"config", "constraints", "further", "status"}, "")
          : CheckFields(message, {"config", "status"}, "");
  if (!known.ok()) return known;
  if (measured) {
    const absl::StatusOr<double> value = ParseNumber(message, "value");
    if (!value.ok()) return value.status();
    observation.score = Score{.value = problem.minimize ? -*value : *value};
  }
  if (message.contains("standard_error")) {
    const absl::StatusOr<double> error = ParseNumber(message, "standard_error");
    if (!error.ok()) return error.status();
    if (*error < 0) return Refuse("standard_error: must not be negative");
    observation.score->standard_error = *error;
  }
  std::vector<std::string> limited;
  for (const Bound& bound : problem.options.bounds) limited.push_back(bound.metric);
  std::vector<std::string> further;
  for (const Further& each : problem.options.further) further.push_back(each.metric);
  absl::Status status = ParseMetrics(message, "constraints", limited, measured, observation);
  if (status.ok()) status = ParseMetrics(message, "further", further, measured, observation);
  if (!status.ok()) return status;
  return observation;
}

}  // namespace

absl::Status CheckFields(const json& object, std::initializer_list<std::string_view> known,
                         const std::string& where) {
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return Refuse("{}{}: there is no such field here; allowed: {}", where, name,
                  fmt::join(known, ", "));
  }
  return absl::OkStatus();
}

absl::StatusOr<Problem> ParseProblem(const json& message) {
  Problem problem;
  const absl::Status known = CheckFields(message,
                                         {"op", "params", "objective", "seed", "trials",
                                          "constraints", "further", "rules", "start", "prior"},
                                         "");
  if (!known.ok()) return known;
  if (const auto trials = message.find("trials"); trials != message.end()) {
    if (!trials->is_number_unsigned()) return Refuse("trials: must be a whole number");
  }
  absl::StatusOr<SearchSpace> space = ParseSpace(message);
  if (!space.ok()) return space.status();
  problem.space = *std::move(space);
  const auto objective = message.find("objective");
  if (objective == message.end() || (*objective != "min" && *objective != "max")) {
    return Refuse("objective: must be \"min\" or \"max\"");
  }
  problem.minimize = *objective == "min";
  if (const auto seed = message.find("seed"); seed != message.end()) {
    if (!seed->is_number_integer()) return Refuse("seed: must be a whole number");
    problem.seed = seed->get<std::uint64_t>();
  }
  if (const auto bounds = message.find("constraints"); bounds != message.end()) {
    const absl::Status status = ParseBounds(*bounds, problem.options.bounds);
    if (!status.ok()) return status;
  }
  if (const auto further = message.find("further"); further != message.end()) {
    const absl::Status status = ParseFurther(*further, problem.options.further);
    if (!status.ok()) return status;
  }
  if (const auto start = message.find("start"); start != message.end()) {
    absl::StatusOr<Configuration> config = ParseConfig(*start, problem.space);
    if (!config.ok()) return Refuse("start.{}", Message(config.status()));
    problem.options.start = *std::move(config);
  }
  if (const auto prior = message.find("prior"); prior != message.end()) {
    if (!prior->is_array()) return Refuse("prior: must be a list");
    for (std::size_t i = 0; i < prior->size(); ++i) {
      absl::StatusOr<Observation> observation = ParseResult((*prior)[i], problem);
      if (!observation.ok()) return Refuse("prior[{}]: {}", i, Message(observation.status()));
      problem.options.prior.push_back(*std::move(observation));
    }
  }
  return problem;
}

absl::StatusOr<Configuration> ParseConfig(const json& config, const SearchSpace& space) {
  if (!config.is_object()) return Refuse("config: must be an object");
  Configuration result;
  for (const auto& [name, value] : config.items()) {
    const Dimension* dimension = space.Find(name);
    if (dimension == nullptr) return Refuse("config.{}: there is no such parameter", name);
    auto parsed = ParseValue(value, dimension->type, "config." + name);
    if (!parsed.ok()) return parsed.status();
    result.Set(name, *std::move(parsed));
  }
  if (absl::Status status = space.Check(result); !status.ok()) {
    return Refuse("config: {}", Message(status));
  }
  return result;
}

json ToJson(const Configuration& configuration) {
  json result = json::object();
  for (const auto& [name, value] : configuration) {
    std::visit([&, &key = name](const auto& each) { result[key] = each; }, value);
  }
  return result;
}

absl::StatusOr<Observation> ParseObservation(const json& message, const Problem& problem) {
  json result = message;
  result.erase("op");
  return ParseResult(result, problem);
}

}  // namespace trimtab::search_cli
