// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/cli/session.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "daemon/base/error.h"

namespace trimtab::search_cli {
namespace {

using nlohmann::json;

constexpr int kMostAtOnce = 64;

// A predicted score as the user counts it.
json PredictionJson(const Prediction& prediction, bool minimize) {
  if (!minimize) {
    return {{"value", prediction.value}, {"lower", prediction.lower}, {"upper", prediction.upper}};
  }
  return {{"value", -prediction.value}, {"lower", -prediction.upper}, {"upper", -prediction.lower}};
}

json SuggestionJson(const Suggestion& suggestion, bool minimize) {
  json answer = {{"config", ToJson(suggestion.config)}};
  if (suggestion.prediction) answer["predicted"] = PredictionJson(*suggestion.prediction, minimize);
  if (suggestion.outlook) {
    answer["expected_gain"] = suggestion.outlook->expected_gain;
    answer["visible_gain"] = suggestion.outlook->visible_gain;
    answer["stop"] = suggestion.outlook->stop;
  }
  return answer;
}

// The message of a line, nothing where it is not a JSON value. An object that has
// a field twice is refused: which of the two is meant?
absl::StatusOr<std::optional<json>> Parse(std::string_view line) {
  std::vector<std::set<std::string>> fields;
  std::string twice;
  const auto watch = [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) fields.emplace_back();
    if (event == json::parse_event_t::object_end) fields.pop_back();
    if (event == json::parse_event_t::key &&
        !fields.back().insert(parsed.get<std::string>()).second) {
      twice = parsed.get<std::string>();
    }
    return true;
  };
  json message = json::parse(line, watch, /*allow_exceptions=*/false);
  if (message.is_discarded()) return std::nullopt;
  if (!twice.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "{}: is there twice", twice);
  }
  return message;
}

// Whether it is a number that is beyond what a double holds.
bool TooLarge(std::string_view word) {
  if (word.find_first_not_of("+-.0123456789eE") != std::string_view::npos) return false;
  return std::isinf(std::strtod(std::string(word).c_str(), nullptr));
}

// Why a line is not a JSON object. JSON has no NaN and no Infinity, though many
// programs write them: these are named, with the field that they stand in, and so
// is a number that is too large.
std::string NotJson(std::string_view line) {
  constexpr std::string_view kNumbers[] = {"NaN", "nan", "Infinity", "-Infinity", "inf", "-inf"};
  std::string_view last;
  std::string_view field;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      const std::size_t begin = ++i;
      while (i < line.size() && line[i] != '"') i += line[i] == '\\' ? 2 : 1;
      last = line.substr(std::min(begin, line.size()), i - begin);
      continue;
    }
    if (line[i] == ':') field = last;
    if (i > 0 && std::string_view(" :,[\t").find(line[i - 1]) == std::string_view::npos) continue;
    const std::size_t end = line.find_first_of(" ,]}\t\r", i);
    const std::string_view word = line.substr(i, end - i);
    if (std::find(std::begin(kNumbers), std::end(kNumbers), word) != std::end(kNumbers) ||
        TooLarge(word)) {
      return fmt::format("{}: {} is not a finite number", field, word);
    }
  }
  return "not a JSON object";
}

}  // namespace

std::optional<std::string> Session::Handle(std::string_view line) {
  ++line_;
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return std::nullopt;
  const absl::StatusOr<std::optional<json>> message = Parse(line);
  const bool is_object = message.ok() && *message && (*message)->is_object();
  absl::StatusOr<json> answer = is_object ? Perform(**message)
                                : message.ok()
                                    ? Error(absl::StatusCode::kInvalidArgument, "{}", NotJson(line))
                                    : absl::StatusOr<json>(message.status());
  if (!answer.ok()) {
    ++refused_;
    const json error = {{"error", fmt::format("line {}: {}", line_, Message(answer.status()))}};
    return error.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  if (answer->is_null()) return std::nullopt;
  return answer->dump(-1, ' ', false, json::error_handler_t::replace);
}

absl::StatusOr<json> Session::Perform(const json& message) {
  const auto op = message.find("op");
  if (op != message.end() && *op == "space") {
    if (problem_) {
      return Error(absl::StatusCode::kInvalidArgument,
                   "space: there is one already; one process serves one search");
    }
    absl::StatusOr<Problem> problem = ParseProblem(message);
    if (!problem.ok()) return problem.status();
    auto strategy = BayesStrategy::Create(problem->space, problem->seed, problem->options);
    if (!strategy.ok()) return strategy.status();
    problem_ = *std::move(problem);
    strategy_ = *std::move(strategy);
    return json();
  }
  const bool known =
      op != message.end() && (*op == "suggest" || *op == "observe" || *op == "best" ||
                              *op == "front" || *op == "importances");
  if (!known) {
    return Error(
        absl::StatusCode::kInvalidArgument,
        "op: must be \"space\", \"suggest\", \"observe\", \"best\", \"front\" or \"importances\"");
  }
  if (!problem_) {
    return Error(absl::StatusCode::kInvalidArgument, "op: \"space\" must come first");
  }
  if (*op == "suggest") return Suggest(message);
  if (*op == "observe") {
    if (absl::Status status = Observe(message); !status.ok()) return status;
    return json();
  }
  if (absl::Status status = CheckFields(message, {"op"}, ""); !status.ok()) return status;
  if (*op == "best") return Best();
  if (*op == "front") return Front();
  return Importances();
}

absl::StatusOr<json> Session::Suggest(const json& message) {
  if (absl::Status status = CheckFields(message, {"op", "count"}, ""); !status.ok()) return status;
  const auto count = message.find("count");
  if (count != message.end() &&
      (!count->is_number_integer() || *count < 1 || *count > kMostAtOnce)) {
    return Error(absl::StatusCode::kInvalidArgument, "count: must be a whole number from 1 to {}",
                 kMostAtOnce);
  }
  const std::vector<Suggestion> suggestions =
      strategy_->SuggestMany(history_, count == message.end() ? 1 : count->get<int>());
  for (const Suggestion& suggestion : suggestions) {
    history_.push_back({.config = suggestion.config, .pending = true});
  }
  if (count != message.end()) {
    json list = json::array();
    for (const Suggestion& each : suggestions) {
      list.push_back(SuggestionJson(each, problem_->minimize));
    }
    return json{{"suggestions", std::move(list)}};
  }
  if (suggestions.empty()) {
    // Nothing is left to learn; who goes on anyway measures the best again.
    json answer = Best();
    answer["stop"] = true;
    return answer;
  }
  return SuggestionJson(suggestions.front(), problem_->minimize);
}

absl::Status Session::Observe(const json& message) {
  absl::StatusOr<Observation> observation = ParseObservation(message, *problem_);
  if (!observation.ok()) return observation.status();
  const auto pending = std::find_if(history_.begin(), history_.end(), [&](const Observation& each) {
    return each.pending && each.config == observation->config;
  });
  if (pending != history_.end()) {
    *pending = *std::move(observation);
  } else {
    history_.push_back(*std::move(observation));
  }
  return absl::OkStatus();
}

json Session::IncumbentJson(const Incumbent& incumbent) const {
  json answer = {{"config", ToJson(incumbent.config)},
                 {"predicted", PredictionJson(incumbent.prediction, problem_->minimize)}};
  if (!problem_->options.bounds.empty()) answer["feasibility"] = incumbent.feasibility;
  return answer;
}

json Session::Best() const {
  const std::optional<Incumbent> best = strategy_->Best(history_);
  if (!best) return {{"config", nullptr}};
  return IncumbentJson(*best);
}

json Session::Front() const {
  json front = json::array();
  for (const FrontPoint& point : strategy_->Front(history_)) {
    front.push_back(IncumbentJson(point.incumbent));
    if (!problem_->options.further.empty()) front.back()["further"] = point.further;
  }
  return {{"front", std::move(front)}};
}

json Session::Importances() const {
  json answer = json::object();
  const std::vector<double> importances = strategy_->Importances(history_);
  for (std::size_t i = 0; i < importances.size(); ++i) {
    answer[problem_->space.dimensions()[i].name] = importances[i];
  }
  return {{"importances", std::move(answer)}};
}

}  // namespace trimtab::search_cli
