// SPDX-License-Identifier: Apache-2.0
#include "daemon/telemetry/log_journal.h"

#include <fmt/ranges.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

namespace trimtab {
namespace {

spdlog::level::level_enum ToSpdlog(Journal::Level level) {
  switch (level) {
    case Journal::Level::kDebug:
      return spdlog::level::debug;
    case Journal::Level::kInfo:
      return spdlog::level::info;
    case Journal::Level::kWarning:
      return spdlog::level::warn;
    case Journal::Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string GainText(const Gain& gain) {
  return fmt::format("{:+.2f}% [{:+.2f}, {:+.2f}]", gain.ratio * 100, gain.lower_ratio * 100,
                     gain.upper_ratio * 100);
}

}  // namespace

struct LogJournal::Logger {
  spdlog::logger log{"trimtabd", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
};

LogJournal::LogJournal(bool json, const std::string& level)
    : logger_(std::make_unique<Logger>()), json_(json) {
  logger_->log.set_level(spdlog::level::from_str(level));
  // In JSON the whole line, level and time included, is made of the fields.
  logger_->log.set_pattern(json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v",
                           spdlog::pattern_time_type::utc);
  logger_->log.flush_on(spdlog::level::debug);
}

LogJournal::~LogJournal() = default;

void LogJournal::Note(Level level, const std::string& message, const Fields& fields) {
  std::string line;
  const auto replace = nlohmann::json::error_handler_t::replace;
  if (json_) {
    nlohmann::ordered_json object;
    object["message"] = message;
    for (const auto& [name, value] : fields) object[name] = value;
    const std::string text = object.dump(-1, ' ', false, replace);
    line = text.substr(1, text.size() - 2);
  } else {
    line = message;
    for (const auto& [name, value] : fields) {
      line += fmt::format(" {}={}", name, nlohmann::json(value).dump(-1, ' ', false, replace));
    }
  }
  logger_->log.log(ToSpdlog(level), "{}", line);
}

void LogJournal::Record(const Trial& trial) {
  Fields fields = {{"id", std::to_string(trial.id)}, {"round", std::to_string(trial.round)},
                   {"purpose", Name(trial.purpose)}, {"verdict", Name(trial.verdict)},
                   {"reason", trial.reason},         {"config", trial.config.ToString()}};
  if (trial.score) fields.emplace_back("score", fmt::format("{:.6g}", trial.score->value));
  Note(Level::kInfo, "trial", fields);
}

void LogJournal::Record(const Decision& decision) {
  Fields fields = {
      {"id", std::to_string(decision.id)},     {"reason", std::string(Name(decision.reason))},
      {"explanation", decision.explanation},   {"old", decision.old_config.ToString()},
      {"new", decision.new_config.ToString()}, {"actor", decision.actor}};
  if (decision.expected_gain) {
    fields.emplace_back("expected_gain", GainText(*decision.expected_gain));
  }
  if (decision.observed_gain) {
    fields.emplace_back("observed_gain", GainText(*decision.observed_gain));
  }
  if (!decision.trial_ids.empty()) {
    fields.emplace_back("trials", fmt::format("{}", fmt::join(decision.trial_ids, ",")));
  }
  Note(Level::kInfo, "decision", fields);
}

}  // namespace trimtab
