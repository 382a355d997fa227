// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <limits>
#include <utility>
#include <vector>

#include "client/cli/commands.h"
#include "client/cli/connection_options.h"
#include "client/cli/output.h"
#include "client/cli/settings_check.h"
#include "daemon/settings/settings.h"

namespace trimtab::cli {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 done; 1 refused by the daemon; 2 bad usage, arguments or file; 3 the daemon "
    "can't be reached; 4 not found.";

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
