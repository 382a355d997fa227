// SPDX-License-Identifier: Apache-2.0
#include "daemon/settings/space_reader.h"

#include "daemon/base/error.h"
#include "daemon/settings/yaml_reader.h"

namespace trimtab {
namespace {

constexpr double kMaxNumber = 9e15;

// A scalar by its looks: 5 is an int, 5.0 a double, true a switch, else a
// category.
ParameterValue ValueOf(const YAML::Node& node) {
  if (const auto integer = ScalarInteger(node)) return *integer;
  if (const auto number = ScalarNumber(node)) return *number;
  if (const auto flag = ScalarBool(node)) return *flag;
  return node.Scalar();
}

void ReadValues(YamlReader& reader, const YAML::Node& list, Dimension& dimension) {
  if (!list.IsSequence() || list.size() == 0) {
    return reader.Fail("values", list, "must be a list of at least one value");
  }
  for (const YAML::Node& each : list) {
    if (!each.IsScalar()) return reader.Fail("values", each, "must be a single value");
    dimension.values.push_back(ValueOf(each));
  }
  dimension.type = TypeOf(dimension.values.front());
}

Dimension ReadDimension(const std::string& name, const YAML::Node& node, Reading& reading) {
  Dimension dimension;
  dimension.name = name;
  YamlReader reader(node, "parameters." + name, reading);
  const YAML::Node list = reader.Take("values", KnownSetting::Kind::kList);
  if (list.IsDefined()) {
    ReadValues(reader, list, dimension);
    reader.Text("unit", dimension.unit);
    return dimension;
  }
  reader.Choice("type", {"int", "double", "bool"}, dimension.type);
  std::optional<double> min;
  std::optional<double> max;
  reader.Number("min", min, -kMaxNumber, kMaxNumber);
  reader.Number("max", max, -kMaxNumber, kMaxNumber);
  reader.Number("step", dimension.step, 0, kMaxNumber);
  reader.Choice("scale", {"linear", "log"}, dimension.scale);
  reader.Text("unit", dimension.unit);
  if (dimension.type != ParameterType::kBool && (!min || !max)) {
    reader.Fail("values", node, "must be given, or min and max");
  }
  dimension.min = min.value_or(0);
  dimension.max = max.value_or(0);
  return dimension;
}

// The fields of SystemConfig count something or are whole milliseconds.
bool IsWholeByContract(const std::string& name) {
  namespace names = parameter_names;
  return name == names::kThreadPoolSize || name == names::kConnectionPoolSize ||
         name == names::kCacheSize || name == names::kBatchSize || name == names::kTimeoutMs ||
         name == names::kRetryCount;
}

// Reads what is well-formed by itself, and fits the dimensions where these are
// known.
std::vector<Rule> ReadRules(const YAML::Node& rules,
                            const std::optional<std::vector<Dimension>>& dimensions,
                            std::vector<SettingsError>& errors) {
  std::vector<Rule> result;
  if (!rules.IsDefined() || rules.IsNull()) return result;
  const auto fail = [&errors](const YAML::Node& node, std::string message) {
    errors.push_back({"rules", node.Mark().line + 1, node.Mark().column + 1,
                      node.IsScalar() ? node.Scalar() : "", std::move(message)});
  };
  if (!rules.IsSequence()) {
    fail(rules, "must be a list");
    return result;
  }
  for (const YAML::Node& each : rules) {
    if (!each.IsScalar()) {
      fail(each, "must be an inequality, such as 'cache_size >= 2 * batch_size'");
      continue;
    }
    absl::StatusOr<Rule> rule = Rule::Parse(each.Scalar());
    absl::Status status = rule.status();
    if (status.ok() && dimensions) status = SearchSpace::Create(*dimensions, {*rule}).status();
    if (status.ok()) {
      result.push_back(*std::move(rule));
    } else {
      fail(each, Message(status));
    }
  }
  return result;
}

}  // namespace

void ReadSpace(const YAML::Node& parameters, const YAML::Node& rules, TuningPolicy& policy,
               Reading& reading) {
  std::vector<Dimension> dimensions;
  std::vector<SettingsError>& errors = reading.errors;
  const std::size_t errors_before = errors.size();
  if (!parameters.IsDefined()) {
    dimensions = DefaultSearchSpace().dimensions();
    policy.fixed.Set(parameter_names::kTimeoutMs, std::int64_t{100});
    policy.fixed.Set(parameter_names::kRetryCount, std::int64_t{3});
  } else {
    YamlReader reader(parameters, "parameters", reading);
    for (const std::string& name : reader.Keys()) {
      const YAML::Node node = reader.Take(name);
      if (node.IsScalar()) {
        const ParameterValue value = ValueOf(node);
        if (IsWholeByContract(name) && TypeOf(value) != ParameterType::kInt) {
          reader.Fail(name, node, "must be a whole number");
        }
        policy.fixed.Set(name, value);
      } else {
        const std::size_t before = errors.size();
        Dimension dimension = ReadDimension(name, node, reading);
        absl::Status fits =
            errors.size() == before ? SearchSpace::Create({dimension}).status() : absl::OkStatus();
        if (!fits.ok()) reader.Fail(name, node, Message(fits));
        if (errors.size() == before && IsWholeByContract(name) &&
            dimension.type != ParameterType::kInt) {
          reader.Fail(name, node, "must have whole numbers");
        }
        dimensions.push_back(std::move(dimension));
      }
    }
    if (dimensions.empty() && errors.size() == errors_before) {
      errors.push_back({"parameters", parameters.Mark().line + 1, parameters.Mark().column + 1, "",
                        "at least one parameter must have more than one value"});
    }
  }
  // Over dimensions that are wrong themselves only a rule's words can be judged.
  const bool judgeable = errors.size() == errors_before;
  std::vector<Rule> parsed =
      ReadRules(rules, judgeable ? std::optional(dimensions) : std::nullopt, errors);
  if (errors.size() != errors_before) return;
  absl::StatusOr<SearchSpace> space = SearchSpace::Create(std::move(dimensions), std::move(parsed));
  if (space.ok()) {
    policy.space = *std::move(space);
  } else {
    errors.push_back({"parameters", 0, 0, "", Message(space.status())});
  }
}

}  // namespace trimtab
