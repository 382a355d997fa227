// SPDX-License-Identifier: Apache-2.0
#include "daemon/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "daemon/base/address.h"

namespace trimtab {

std::optional<int> ParseArguments(int argc, const char* const* argv, Arguments* arguments) {
  CLI::App app("trimtabd tunes the live service beside it.");
  app.set_version_flag("--version", TRIMTAB_VERSION);
  app.add_option("--config", arguments->config, "the settings, a YAML file");
  app.add_flag("--watch-config", arguments->watch_config,
               "read the settings again whenever the file changes, as at SIGHUP");
  app.add_option("--host", arguments->host, "address of the host, over host.address");
  app.add_option("--store", arguments->store, "file of the store, over store.path");
  app.add_option("--api", arguments->api, "address of the API, over api.listen");
  app.add_option("--metrics", arguments->metrics, "address for Prometheus, over telemetry.listen");
  app.add_option("--health", arguments->health,
                 "address of the health service alone, over api.health_listen");
  app.add_option(
         "--probe", arguments->probe,
         "ask a running daemon, at --api or as --config says, whether it is well, and end: 0 "
         "it is, 1 it is not")
      ->expected(0, 1)
      ->default_str("liveness")
      ->check(CLI::IsMember({"liveness", "readiness"}));
  try {
    app.parse(argc, argv);
    const bool probe_only = !arguments->probe.empty() && !arguments->api.empty();
    if (arguments->config.empty() && !probe_only) throw CLI::RequiredError("--config");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitBadSettings;
  }
  return std::nullopt;
}

std::optional<Settings> LoadOverridden(const Arguments& arguments, std::string* errors) {
  LoadResult result = LoadSettings(arguments.config);
  if (!result.settings) {
    *errors = FormatErrors(arguments.config, result.errors);
    return std::nullopt;
  }
  Settings& settings = *result.settings;
  if (!arguments.host.empty()) settings.host.address = arguments.host;
  if (!arguments.store.empty()) settings.store_path = arguments.store;
  if (!arguments.api.empty()) {
    settings.api_listen = arguments.api;
    // They were judged by the file's own address.
    std::erase_if(settings.warnings,
                  [](const SettingsError& warning) { return warning.path.starts_with("api."); });
  }
  if (!arguments.metrics.empty()) settings.telemetry_listen = arguments.metrics;
  if (!arguments.health.empty()) settings.api_health_listen = arguments.health;
  // The file's own were checked with it.
  const auto check = [errors](const char* option, const std::string& address, bool tls) {
    const std::string why = WhyNotAllowed(address, tls);
    if (!why.empty()) *errors += fmt::format("{}: '{}' {}\n", option, address, why);
  };
  check("--api", settings.api_listen, settings.api_tls.enabled());
  check("--host", settings.host.address, settings.host.tls.enabled());
  if (!errors->empty()) return std::nullopt;
  return settings;
}

}  // namespace trimtab
