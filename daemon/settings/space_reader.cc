// SPDX-License-Identifier: Apache-2.0
#include "daemon/settings/space_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "daemon/base/error.h"
#include "daemon/model/feasibility.h"
#include "daemon/settings/scalar.h"
#include "daemon/settings/yaml_reader.h"

namespace trimtab {
namespace {

constexpr double kMaxNumber = 9e15;
// Far beyond what can be searched; a document's aliases can ask for billions.
constexpr std::size_t kMostParameters = 256;
constexpr std::size_t kMostValues = 10000;
constexpr std::size_t kMostRules = 256;

// A scalar by its looks: 5 is an int, 5.0 a double, true a switch, else a
// category. Nothing, with a complaint, where readers of YAML differ.
std::optional<ParameterValue> ValueOf(YamlReader& reader, const std::string& key,
                                      const YAML::Node& node) {
  if (const auto integer = ScalarInteger(node)) return *integer;
  if (const auto number = ScalarNumber(node)) return *number;
  if (const auto flag = ScalarBool(node)) return *flag;
  const std::string why = node.Tag() == "!" ? "" : WhyNotNumber(node);
  if (why.empty()) return node.Scalar();
  reader.Fail(key, node, "must be a number, true, false or a text" + why);
  return std::nullopt;
}

void ReadValues(YamlReader& reader, const YAML::Node& list, Dimension& dimension) {
  if (!list.IsSequence() || list.size() == 0) {
    return reader.Fail("values", list, "must be a list of at least one value");
  }
  if (list.size() > kMostValues) {
    return reader.Fail(
        "values", list,
        fmt::format("must be a list of at most {} values; a range has min and max", kMostValues));
  }
  for (const YAML::Node& each : list) {
    if (!each.IsScalar() || HasTag(each)) {
      return reader.Fail("values", each, "must be a single value");
    }
    const std::optional<ParameterValue> value = ValueOf(reader, "values", each);
    if (!value) return;
    dimension.values.push_back(*value);
  }
  dimension.type = TypeOf(dimension.values.front());
}

// Complains of keys which are given and which `why` makes meaningless.
void Refuse(YamlReader& reader, const YAML::Node& node, std::initializer_list<const char*> keys,
            const std::string& why) {
  for (const char* key : keys) {
    if (node[key].IsDefined()) reader.FailAt(key, "has no effect " + why);
  }
}

void ReadRange(YamlReader& reader, const YAML::Node& node, Dimension& dimension) {
  std::optional<double> min;
  std::optional<double> max;
  reader.Number("min", min, -kMaxNumber, kMaxNumber);
  reader.Number("max", max, -kMaxNumber, kMaxNumber);
  reader.Number("step", dimension.step, 0, kMaxNumber);
  reader.Choice("scale", {"linear", "log"}, dimension.scale);
  if (dimension.type == ParameterType::kBool) {
    return Refuse(reader, node, {"min", "max", "step", "scale"}, "on a switch");
  }
  if (!min || !max) return reader.Fail("values", node, "must be given, or min and max");
  dimension.min = *min;
  dimension.max = *max;
  if (*min < *max && dimension.step > *max - *min) {
    reader.FailAt("step", fmt::format("must be at most max - min, which is {}", *max - *min));
  }
}

Dimension ReadDimension(const std::string& name, const YAML::Node& node, Reading& reading) {
  Dimension dimension;
  dimension.name = name;
  YamlReader reader(node, "parameters." + name, reading);
  const YAML::Node list = reader.Take("values", KnownSetting::Kind::kList);
  const std::size_t before = reading.found;
  if (list.IsDefined()) {
    ReadValues(reader, list, dimension);
    for (const char* key : {"type", "min", "max", "step", "scale"}) reader.Take(key);
    Refuse(reader, node, {"type", "min", "max", "step", "scale"}, "beside values");
  } else {
    reader.Choice("type", {"int", "double", "bool"}, dimension.type);
    ReadRange(reader, node, dimension);
  }
  reader.Text("unit", dimension.unit);
  if (reading.found != before) return dimension;
  if (absl::Status fits = SearchSpace::Create({dimension}).status(); !fits.ok()) {
    reading.Add(
        {"parameters." + name, node.Mark().line + 1, node.Mark().column + 1, "", Message(fits)});
  }
  return dimension;
}

// The fields of SystemConfig count something or are whole milliseconds.
bool IsWholeByContract(const std::string& name) {
  namespace names = parameter_names;
  return name == names::kThreadPoolSize || name == names::kConnectionPoolSize ||
         name == names::kCacheSize || name == names::kBatchSize || name == names::kTimeoutMs ||
         name == names::kRetryCount;
}

void ReadParameter(YamlReader& reader, const std::string& name, std::vector<Dimension>& dimensions,
                   Configuration& fixed, Reading& reading) {
  const YAML::Node node = reader.Take(name);
  const std::size_t before = reading.found;
  if (node.IsSequence()) {
    return reader.Fail(name, node,
                       "must be a single value, or a mapping with values, or with min and max");
  }
  if (node.IsScalar()) {
    const std::optional<ParameterValue> value = ValueOf(reader, name, node);
    if (!value) return;
    if (IsWholeByContract(name) && TypeOf(*value) != ParameterType::kInt) {
      reader.Fail(name, node, "must be a whole number");
    }
    return fixed.Set(name, *value);
  }
  Dimension dimension = ReadDimension(name, node, reading);
  if (reading.found == before && IsWholeByContract(name) && dimension.type != ParameterType::kInt) {
    reader.Fail(name, node, "must have whole numbers");
  }
  dimensions.push_back(std::move(dimension));
}

void ReadParameters(const YAML::Node& node, std::vector<Dimension>& dimensions,
                    Configuration& fixed, Reading& reading) {
  const std::size_t before = reading.found;
  YamlReader reader(node, "parameters", reading);
  const std::vector<std::string> names = reader.Keys();
  const auto fail = [&](std::string message) {
    reading.Add(
        {"parameters", node.Mark().line + 1, node.Mark().column + 1, "", std::move(message)});
  };
  if (names.size() > kMostParameters) {
    reader.PassOver();
    return fail(fmt::format("must be at most {}, not {}", kMostParameters, names.size()));
  }
  for (const std::string& name : names) ReadParameter(reader, name, dimensions, fixed, reading);
  const bool tunable = std::any_of(dimensions.begin(), dimensions.end(), [](const Dimension& each) {
    return each.PointCount().value_or(2) > 1;
  });
  if (!tunable && reading.found == before) {
    fail("at least one parameter must have more than one value");
  }
}

// Reads what is well-formed by itself, and fits the space where that is known.
// `nodes` gets where each of them stands.
std::vector<Rule> ReadRules(const YAML::Node& list, const std::optional<SearchSpace>& space,
                            const Configuration& fixed, std::vector<YAML::Node>& nodes,
                            Reading& reading) {
  std::vector<Rule> rules;
  if (!list.IsDefined() || list.IsNull()) return rules;
  const auto fail = [&reading](const YAML::Node& node, std::string message) {
    reading.Add({"rules", node.Mark().line + 1, node.Mark().column + 1,
                 node.IsScalar() ? node.Scalar() : "", std::move(message)});
  };
  if (!list.IsSequence() || list.size() > kMostRules) {
    fail(list, fmt::format("must be a list of at most {} inequalities", kMostRules));
    return rules;
  }
  for (const YAML::Node& each : list) {
    if (!each.IsScalar()) {
      fail(each, "must be an inequality, such as 'cache_size >= 2 * batch_size'");
      continue;
    }
    absl::StatusOr<Rule> rule = Rule::Parse(each.Scalar());
    if (!rule.ok()) {
      fail(each, Message(rule.status()));
      continue;
    }
    if (absl::Status fits = space ? space->CheckRule(*rule) : absl::OkStatus(); !fits.ok()) {
      std::string message = Message(fits);
      for (const std::string& name : rule->Parameters()) {
        const ParameterValue* held = fixed.Find(name);
        if (held == nullptr) continue;
        message += fmt::format("; {} is held at {}, so write that", name, ToString(*held));
      }
      fail(each, message);
      continue;
    }
    rules.push_back(*std::move(rule));
    nodes.push_back(each);
  }
  return rules;
}

// Says what is certain of the rules.
void Judge(const SearchSpace& space, const YAML::Node& parameters,
           const std::vector<YAML::Node>& nodes, Reading& reading) {
  const auto place = [&](const RuleFinding& finding) {
    const YAML::Node& node = nodes[finding.rule];
    return SettingsError{"rules", node.Mark().line + 1, node.Mark().column + 1, node.Scalar(),
                         finding.message};
  };
  const RuleFindings findings = ExamineRules(space);
  for (const RuleFinding& each : findings.impossible) reading.Add(place(each));
  for (const RuleFinding& each : findings.idle) reading.warnings.push_back(place(each));
  for (const RuleFindings::Held& each : findings.held) {
    const YAML::Mark mark =
        (parameters.IsDefined() ? parameters[each.parameter] : nodes.front()).Mark();
    reading.warnings.push_back({"parameters." + each.parameter, mark.line + 1, mark.column + 1, "",
                                fmt::format("the rules leave it the value {} alone, so that it is "
                                            "not tuned",
                                            ToString(each.value))});
  }
}

}  // namespace

void ReadSpace(const YAML::Node& parameters, const YAML::Node& rules, TuningPolicy& policy,
               Reading& reading) {
  std::vector<Dimension> dimensions;
  const std::size_t before = reading.found;
  if (!parameters.IsDefined()) {
    dimensions = DefaultSearchSpace().dimensions();
    policy.fixed.Set(parameter_names::kTimeoutMs, std::int64_t{100});
    policy.fixed.Set(parameter_names::kRetryCount, std::int64_t{3});
  } else {
    ReadParameters(parameters, dimensions, policy.fixed, reading);
  }
  // Over dimensions that are wrong themselves only a rule's words can be judged.
  std::optional<SearchSpace> space;
  if (reading.found == before) {
    absl::StatusOr<SearchSpace> without = SearchSpace::Create(dimensions);
    if (without.ok()) {
      space = *std::move(without);
    } else {
      reading.Add({"parameters", 0, 0, "", Message(without.status())});
    }
  }
  std::vector<YAML::Node> nodes;
  std::vector<Rule> parsed = ReadRules(rules, space, policy.fixed, nodes, reading);
  if (reading.found != before) return;
  // Each rule was found to fit.
  policy.space = SearchSpace::Create(std::move(dimensions), std::move(parsed)).value();
  Judge(policy.space, parameters, nodes, reading);
}

}  // namespace trimtab
