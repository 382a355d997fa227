// SPDX-License-Identifier: Apache-2.0
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>
#include <trimtab/client.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <system_error>

#include "client/cli/connection_options.h"
#include "client/cli/render.h"
#include "client/cli/status_view.h"
#include "client/cli/terminal.h"
#include "client/cli/text.h"
#include "daemon/settings/settings.h"

namespace trimtab::cli {
namespace {

enum Exit { kOk = 0, kRefused = 1, kBadInput = 2, kUnreachable = 3, kNotFound = 4 };

constexpr const char* kFooter =
    "Exit codes: 0 done; 1 refused by the daemon; 2 bad usage, arguments or file; 3 the daemon "
    "can't be reached; 4 not found.";

struct Options {
  TunerClientOptions connection;
  int timeout_ms = 5000;
  std::string output = "text";
  std::string reason;
  int limit = 20;
  int pause_s = 0;
  std::int64_t decision = 0;
  std::vector<std::string> values;
  std::string file;
  bool pareto = false;
  bool until_holding = false;
  int watch_s = 0;
};

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "trimtabctl: %s\n", std::string(status.message()).c_str());
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return kUnreachable;
    case absl::StatusCode::kInvalidArgument:
      return kBadInput;
    case absl::StatusCode::kNotFound:
      return kNotFound;
    default:
      return kRefused;
  }
}

std::string Json(const google::protobuf::Message& message) {
  std::string text;
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  google::protobuf::util::MessageToJsonString(message, &text, options);
  return text + "\n";
}

TunerClientOptions With(TunerClientOptions options, std::chrono::milliseconds deadline) {
  options.deadline = deadline;
  return options;
}

class Cli {
 public:
  explicit Cli(const Options& options)
      : options_(options),
        client_(With(options.connection, std::chrono::milliseconds(options.timeout_ms))) {}

  int Status() {
    const auto status = client_.GetStatus();
    const Terminal terminal = Terminal::Look();
    return status.ok() ? Print(*status, StatusScreen(*status, {terminal.width, terminal.color}))
                       : Fail(status.status());
  }
  int Report() {
    const auto status = client_.GetStatus();
    return status.ok() ? Print(*status, cli::Report(*status)) : Fail(status.status());
  }
  int Best() {
    const auto best = client_.GetBestConfiguration();
    if (!best.ok()) return Fail(best.status());
    return Print(*best,
                 options_.pareto ? FrontTable(*best) : OneLine(best->best().config()) + "\n");
  }
  int Sla() {
    const auto sla = client_.GetSlaCompliance();
    return sla.ok() ? Print(*sla, SlaTable(*sla)) : Fail(sla.status());
  }
  int Trials() {
    const auto trials = client_.ListTrials(options_.limit);
    if (!trials.ok()) return Fail(trials.status());
    if (!json()) return Say(TrialTable(*trials));
    for (const v1::Trial& trial : *trials) Say(Json(trial));
    return kOk;
  }
  int Decisions() {
    const auto decisions = client_.ListDecisions(options_.limit);
    if (!decisions.ok()) return Fail(decisions.status());
    if (!json()) return Say(DecisionTable(*decisions));
    for (const v1::Decision& decision : *decisions) Say(Json(decision));
    return kOk;
  }

  int Audit() {
    const auto records = client_.ListAudit(options_.limit);
    if (!records.ok()) return Fail(records.status());
    if (!json()) return Say(AuditTable(*records));
    for (const v1::AuditRecord& record : *records) Say(Json(record));
    return kOk;
  }

  // Redraws a screen on a terminal; elsewhere a line for each change.
  int Watch() {
    const bool screen = Terminal::Look().movable && !json();
    if (screen) Say("\x1b[2J");
    std::string last;
    int code = kOk;
    const absl::Status status = client_.Watch(
        [&](const v1::TunerStatus& now) {
          if (json()) {
            Say(Json(now));
          } else if (screen) {
            const Terminal terminal = Terminal::Look();
            Say(Redraw(StatusScreen(now, {terminal.width, terminal.color}), terminal.rows));
          } else if (const std::string line = StatusLine(now) + "\n"; line != last) {
            Say(last = line);
          }
          if (options_.until_holding && now.state() == v1::TUNER_STATE_HOLDING) return false;
          // What is frozen, paused or lost may go on by itself; what is stopped won't.
          const bool stopped = options_.until_holding && now.state() == v1::TUNER_STATE_STOPPED;
          if (stopped) code = kRefused;
          return !stopped;
        },
        std::chrono::seconds(options_.watch_s));
    // The time that was given is up; it may be too short to reach the daemon.
    if (options_.watch_s > 0 && absl::IsDeadlineExceeded(status)) {
      return options_.until_holding ? kRefused : kOk;
    }
    return status.ok() ? code : Fail(status);
  }

  int Start() { return Commanded(client_.Start()); }
  int Pause() {
    return Commanded(client_.Pause(std::chrono::seconds(options_.pause_s), options_.reason));
  }
  int Resume() { return Commanded(client_.Resume()); }
  int Stop() { return Commanded(client_.Stop(options_.reason)); }
  int Rollback() { return Commanded(client_.Rollback(options_.decision, options_.reason)); }
  int Approve() { return Commanded(client_.Approve(options_.reason)); }
  int Reject() { return Commanded(client_.Reject(options_.reason)); }
  int Pin();
  int Export();
  int Import();

 private:
  bool json() const { return options_.output == "json"; }
  int Say(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
    return kOk;
  }
  int Print(const google::protobuf::Message& message, const std::string& text) {
    return Say(json() ? Json(message) : text);
  }
  int Commanded(const absl::StatusOr<v1::TunerStatus>& status) {
    return status.ok() ? Print(*status, StatusLine(*status) + "\n") : Fail(status.status());
  }

  const Options& options_;
  TunerClient client_;
};

// The whole text as a number that fits.
template <typename Number>
std::optional<Number> NumberFrom(const std::string& text) {
  Number number = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (at != end || error != std::errc()) return std::nullopt;
  return number;
}

// Sets `name` in `config` from text, in the type that the host's own value has.
absl::Status SetValue(const v1::SystemConfig& in_force, const std::string& name,
                      const std::string& text, v1::SystemConfig& config) {
  const std::optional<std::int64_t> integer = NumberFrom<std::int64_t>(text);
  const std::optional<double> number = NumberFrom<double>(text);
  const auto bad = [&](const char* allowed) {
    return absl::InvalidArgumentError(name + "=" + text + ": must be " + allowed);
  };
  const auto* field = v1::SystemConfig::descriptor()->FindFieldByName(name);
  if (name == "timeout_ms" || (field != nullptr && !field->is_map())) {
    if (!integer || name == "timeout") return bad("a whole number (the timeout is timeout_ms)");
    // What a Duration holds.
    constexpr std::int64_t kMostMs = 315'576'000'000'000;
    if (name == "timeout_ms") {
      if (*integer < 0 || *integer > kMostMs) return bad("from 0 to 315576000000000 ms");
      *config.mutable_timeout() =
          google::protobuf::util::TimeUtil::MillisecondsToDuration(*integer);
    } else {
      config.GetReflection()->SetInt64(&config, field, *integer);
    }
    return absl::OkStatus();
  }
  const auto known = in_force.custom_parameters().find(name);
  if (known == in_force.custom_parameters().end()) {
    return absl::InvalidArgumentError("the host has no parameter '" + name + "'");
  }
  v1::ParameterValue& value = (*config.mutable_custom_parameters())[name];
  switch (known->second.value_case()) {
    case v1::ParameterValue::kIntValue:
      if (!integer) return bad("a whole number");
      value.set_int_value(*integer);
      break;
    case v1::ParameterValue::kDoubleValue:
      if (!number || !std::isfinite(*number)) return bad("a number");
      value.set_double_value(*number);
      break;
    case v1::ParameterValue::kBoolValue:
      if (text != "true" && text != "false") return bad("true or false");
      value.set_bool_value(text == "true");
      break;
    default:
      value.set_category_value(text);
  }
  return absl::OkStatus();
}

int Cli::Pin() {
  const auto status = client_.GetStatus();
  if (!status.ok()) return Fail(status.status());
  v1::SystemConfig config;
  for (const std::string& each : options_.values) {
    const std::size_t equals = each.find('=');
    if (equals == std::string::npos) {
      return Fail(absl::InvalidArgumentError("'" + each + "' must be NAME=VALUE"));
    }
    const absl::Status set = SetValue(status->config_in_force(), each.substr(0, equals),
                                      each.substr(equals + 1), config);
    if (!set.ok()) return Fail(set);
  }
  return Commanded(client_.Pin(config, options_.reason));
}

int Cli::Export() {
  // Written beside it: an export that fails leaves an earlier one alone. What is
  // no file, such as /dev/stdout, is written itself.
  std::error_code unknown;
  const std::filesystem::path target = options_.file;
  const bool replaces = !std::filesystem::exists(target, unknown) ||
                        std::filesystem::is_regular_file(target, unknown);
  const std::string written = replaces ? options_.file + ".part" : options_.file;
  const absl::Status unwritable = absl::InvalidArgumentError("can't write " + options_.file);
  std::ofstream file(written);
  if (!file) return Fail(unwritable);
  absl::Status status = client_.Export([&file](const v1::StudyRecord& record) {
    file << Json(record);
    return static_cast<bool>(file);
  });
  file.close();
  if (status.ok() && !file) status = unwritable;
  std::error_code error;
  if (status.ok() && replaces) std::filesystem::rename(written, target, error);
  if (error) status = unwritable;
  if (!status.ok() && replaces) std::filesystem::remove(written, unknown);
  return status.ok() ? kOk : Fail(status);
}

int Cli::Import() {
  std::ifstream file(options_.file);
  if (!file) return Fail(absl::InvalidArgumentError("can't read " + options_.file));
  std::vector<v1::StudyRecord> records;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty()) continue;
    const auto parsed = google::protobuf::util::JsonStringToMessage(line, &records.emplace_back());
    if (!parsed.ok()) {
      return Fail(absl::InvalidArgumentError(options_.file + ":" + std::to_string(number) + ": " +
                                             std::string(parsed.message())));
    }
  }
  const auto response = client_.Import(records);
  if (!response.ok()) return Fail(response.status());
  return Print(*response, std::to_string(response->imported_trials()) + " trials imported, " +
                              std::to_string(response->skipped_trials()) + " known already\n");
}

// The mistakes as one JSON object.
std::string ErrorsJson(const std::string& file, const LoadResult& result) {
  google::protobuf::Struct object;
  auto& fields = *object.mutable_fields();
  fields["file"].set_string_value(file);
  fields["valid"].set_bool_value(result.settings.has_value());
  auto& errors = *fields["errors"].mutable_list_value();
  for (const SettingsError& each : result.errors) {
    auto& error = *errors.add_values()->mutable_struct_value()->mutable_fields();
    error["path"].set_string_value(each.path);
    error["line"].set_number_value(each.line);
    error["column"].set_number_value(each.column);
    error["value"].set_string_value(each.value);
    error["message"].set_string_value(each.message);
  }
  return Json(object);
}

int Validate(const std::string& file, bool json) {
  const LoadResult result = LoadSettings(file);
  if (json) {
    std::fputs(ErrorsJson(file, result).c_str(), stdout);
    return result.settings ? kOk : kBadInput;
  }
  if (result.settings) {
    std::printf("%s: good\n", file.c_str());
    return kOk;
  }
  std::fputs(FormatErrors(file, result.errors).c_str(), stderr);
  return kBadInput;
}

}  // namespace
}  // namespace trimtab::cli

int main(int argc, char** argv) {
  using trimtab::cli::Cli;
  trimtab::cli::Options options;
  CLI::App app("trimtabctl asks and steers trimtabd.");
  app.footer(trimtab::cli::kFooter);
  app.require_subcommand(1);
  app.fallthrough();
  trimtab::cli::AddConnectionOptions(app, options.connection);
  app.add_option("--timeout-ms", options.timeout_ms, "of a call")->check(CLI::Range(1, 600000));
  app.add_option("--output", options.output, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  using Method = int (Cli::*)();
  std::vector<std::pair<CLI::App*, Method>> commands;
  const auto add = [&](const char* name, const char* help, Method method) {
    commands.emplace_back(app.add_subcommand(name, help), method);
    return commands.back().first;
  };
  const auto with_reason = [&options](CLI::App* command) {
    command->add_option("--reason", options.reason, "why, in words");
  };
  add("status", "what the daemon does", &Cli::Status);
  CLI::App* watch = add("watch", "the same, live", &Cli::Watch);
  watch->add_flag("--until-holding", options.until_holding,
                  "end once tuning is done; exit 1 when it was stopped or the time is up first");
  watch->add_option("--for-seconds", options.watch_s, "end after so long")
      ->check(CLI::Range(1, 31536000));
  add("report", "baseline against winner", &Cli::Report);
  add("best", "the best proven configuration", &Cli::Best)
      ->add_flag("--pareto", options.pareto,
                 "what no other trial beats in score and objective.front");
  add("sla", "the host against its SLA", &Cli::Sla);
  for (CLI::App* list :
       {add("trials", "trials, newest first", &Cli::Trials),
        add("decisions", "decisions, newest first", &Cli::Decisions),
        add("audit", "who called what and what it changed, newest first", &Cli::Audit)}) {
    list->add_option("--limit", options.limit, "at most so many")->check(CLI::Range(1, 1000000));
  }
  add("start", "begin a round of exploration", &Cli::Start);
  CLI::App* pause = add("pause", "go back to the committed configuration and wait", &Cli::Pause);
  pause->add_option("--for-seconds", options.pause_s, "how long; without: until resume")
      ->check(CLI::Range(1, 31536000));
  with_reason(pause);
  add("resume", "end a pause", &Cli::Resume);
  with_reason(add("stop", "end tuning until start", &Cli::Stop));
  CLI::App* rollback = add("rollback", "back to the baseline, and pause", &Cli::Rollback);
  rollback->add_option("--decision", options.decision, "back to before this decision instead")
      ->check(CLI::Range(std::int64_t{1}, std::numeric_limits<std::int64_t>::max()));
  with_reason(rollback);
  CLI::App* pin = add("pin", "commit a configuration and keep it until resume", &Cli::Pin);
  pin->add_option("values", options.values, "NAME=VALUE ...")->required();
  with_reason(pin);
  with_reason(add("approve", "promote the proven candidate", &Cli::Approve));
  with_reason(add("reject", "refuse the proven candidate", &Cli::Reject));
  for (CLI::App* transfer : {add("export", "write the study as JSON lines", &Cli::Export),
                             add("import", "learn from an exported study", &Cli::Import)}) {
    transfer->add_option("file", options.file, "JSON lines")->required();
  }
  CLI::App* validate = app.add_subcommand("validate", "check a settings file");
  validate->add_option("file", options.file, "YAML")->required();
  CLI::App* schema =
      app.add_subcommand("schema", "the JSON Schema of a settings file, for editors");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : trimtab::cli::kBadInput;
  }
  if (validate->parsed()) return trimtab::cli::Validate(options.file, options.output == "json");
  if (schema->parsed()) {
    std::fputs(trimtab::SettingsSchema().c_str(), stdout);
    return 0;
  }
  Cli cli(options);
  for (const auto& [command, method] : commands) {
    if (command->parsed()) return (cli.*method)();
  }
  return trimtab::cli::kBadInput;
}
