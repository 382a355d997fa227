// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <pthread.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <memory>

#include "daemon/api/api_server.h"
#include "daemon/base/error.h"
#include "daemon/control/runner.h"
#include "daemon/host/collector.h"
#include "daemon/host/grpc_host_link.h"
#include "daemon/host/host_channel.h"
#include "daemon/process/file_watch.h"
#include "daemon/process/probe.h"
#include "daemon/process/service_manager.h"
#include "daemon/settings/settings.h"
#include "daemon/store/sqlite_store.h"
#include "daemon/telemetry/http_server.h"
#include "daemon/telemetry/log_journal.h"

namespace trimtab {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitBadSettings = 2;
// The whole shutdown keeps within five seconds.
constexpr Duration kHostGrace = std::chrono::seconds(3);
constexpr Duration kApiGrace = std::chrono::seconds(1);
// How often the main thread looks at the settings' file and at the loop's state.
constexpr timespec kLookInterval = {1, 0};
constexpr Duration kProbeTimeout = std::chrono::seconds(2);

struct Arguments {
  std::string config;
  std::string host;
  std::string store;
  std::string api;
  std::string metrics;
  std::string health;
  bool watch_config = false;
  // A service that --probe asks for; empty: no probe.
  std::string probe;
};

// The settings with the command line over them; nothing, with the mistakes on
// standard error, when they are wrong.
std::optional<Settings> Load(const Arguments& arguments, std::string* errors) {
  LoadResult result = LoadSettings(arguments.config);
  if (!result.settings) {
    *errors = FormatErrors(arguments.config, result.errors);
    return std::nullopt;
  }
  Settings& settings = *result.settings;
  if (!arguments.host.empty()) settings.host.address = arguments.host;
  if (!arguments.store.empty()) settings.store_path = arguments.store;
  if (!arguments.api.empty()) settings.api_listen = arguments.api;
  if (!arguments.metrics.empty()) settings.telemetry_listen = arguments.metrics;
  if (!arguments.health.empty()) settings.api_health_listen = arguments.health;
  return settings;
}

// The longest that the loop may be away: in several calls to a host that
// doesn't answer, one after the other.
Duration LongestRound(const Settings& settings) { return 5 * settings.host.rpc_timeout; }

// The loop hangs when it hasn't gone round for so long.
Duration HangLimit(const Settings& settings) {
  return std::max<Duration>(std::chrono::seconds(30), LongestRound(settings));
}

MetricsCollector::Options CollectorOptions(const Settings& settings) {
  MetricsCollector::Options options;
  options.mode = static_cast<MetricsCollector::Mode>(settings.host.metrics);
  options.poll_interval = settings.host.poll_interval;
  options.deadline = settings.host.rpc_timeout;
  options.benchmark_duration = settings.host.benchmark_duration;
  options.benchmark_warm_up = settings.host.benchmark_warm_up;
  options.seed = settings.tuning.seed;
  return options;
}

void Reload(const Arguments& arguments, Settings& settings, control::Runner& runner,
            Journal& journal) {
  std::string errors;
  std::optional<Settings> fresh = Load(arguments, &errors);
  if (!fresh) return runner.ReloadFailed(errors);
  for (const std::string& path : NeedsRestart(settings, *fresh)) {
    journal.Note(Journal::Level::kWarning, "a new setting waits for a restart", {{"path", path}});
  }
  // How the windows come is one of those.
  fresh->tuning.needs_benchmark = settings.tuning.needs_benchmark;
  runner.Reload(fresh->tuning);
  settings.tuning = fresh->tuning;
  journal.Note(Journal::Level::kInfo, "the settings were replaced");
}

int Run(const Arguments& arguments, Settings settings, const sigset_t& signals) {
  LogJournal log(settings.log_json, settings.log_level);
  Journal& journal = log;
  const auto fail = [&journal](const absl::Status& status) {
    journal.Note(Journal::Level::kError, Message(status));
    return kExitFailed;
  };
  std::string set_aside;
  auto store = SqliteStore::Open(settings.store_path, &set_aside);
  if (!store.ok()) return fail(store.status());
  if (!set_aside.empty()) {
    journal.Note(Journal::Level::kError, "the store was damaged; a new one was begun",
                 {{"set_aside", set_aside}});
  }
  const absl::StatusOr<std::string> tuner_id = (*store)->TunerId();
  if (!tuner_id.ok()) return fail(tuner_id.status());

  const auto channel = CreateHostChannel(settings.host.address);
  GrpcHostLink link(channel, {*tuner_id, settings.host.rpc_timeout});
  control::Runner runner(link, **store, journal, SystemClock(), settings.tuning,
                         settings.host.address);
  auto http = HttpServer::Start(settings.telemetry_listen, runner, HangLimit(settings));
  if (!http.ok()) return fail(http.status());
  auto api = ApiServer::Start(settings.api_listen, runner,
                              {settings.api_health_listen, HangLimit(settings)});
  if (!api.ok()) return fail(api.status());
  ServiceManager manager(LongestRound(settings));
  // Fed by the loop's own thread: a loop that hangs is restarted.
  const auto feeding = runner.Listen([&manager] { manager.Feed(SystemClock().Now()); });
  runner.Start();
  auto collector = std::make_unique<MetricsCollector>(channel, CollectorOptions(settings), runner,
                                                      SystemClock());
  Journal::Fields where = {{"version", TRIMTAB_VERSION},         {"host", settings.host.address},
                           {"mode", Name(settings.tuning.mode)}, {"api", (*api)->address()},
                           {"metrics", (*http)->address()},      {"store", settings.store_path}};
  if (!(*api)->health_address().empty()) where.emplace_back("health", (*api)->health_address());
  journal.Note(Journal::Level::kInfo, "trimtabd runs", where);

  manager.Ready();

  FileWatch file(arguments.config);
  int signal = 0;
  while (signal != SIGTERM && signal != SIGINT) {
    const std::shared_ptr<const TunerStatus> status = runner.Status();
    manager.Status(fmt::format("{}: {}", Name(status->state), status->reason));
    signal = sigtimedwait(&signals, nullptr, &kLookInterval);
    if (signal == SIGHUP) file.Take();
    if (signal == SIGHUP || (arguments.watch_config && file.Changed())) {
      manager.Reloading();
      Reload(arguments, settings, runner, journal);
      manager.Ready();
    }
  }
  journal.Note(Journal::Level::kInfo, "ending", {{"signal", std::to_string(signal)}});
  manager.Stopping();
  (*api)->SetServing(false);
  (*http)->SetEnding();
  runner.ShutDown(kHostGrace);
  collector.reset();
  (*api)->ShutDown(kApiGrace);
  return 0;
}

// Where the daemon to ask listens: as told, or as its settings say.
int RunProbe(const Arguments& arguments) {
  std::string address = arguments.api;
  if (address.empty()) {
    std::string errors;
    const std::optional<Settings> settings = Load(arguments, &errors);
    if (!settings) {
      std::fputs(errors.c_str(), stderr);
      return kExitBadSettings;
    }
    address = settings->api_listen;
  }
  const absl::Status answer = Probe(address, arguments.probe, kProbeTimeout);
  if (answer.ok()) return 0;
  fmt::print(stderr, "trimtabd: {}\n", Message(answer));
  return kExitFailed;
}

}  // namespace
}  // namespace trimtab

int main(int argc, char** argv) {
  using trimtab::Arguments;
  Arguments arguments;
  CLI::App app("trimtabd tunes the live service beside it.");
  app.set_version_flag("--version", TRIMTAB_VERSION);
  app.add_option("--config", arguments.config, "the settings, a YAML file");
  app.add_flag("--watch-config", arguments.watch_config,
               "read the settings again whenever the file changes, as at SIGHUP");
  app.add_option("--host", arguments.host, "address of the host, over host.address");
  app.add_option("--store", arguments.store, "file of the store, over store.path");
  app.add_option("--api", arguments.api, "address of the API, over api.listen");
  app.add_option("--metrics", arguments.metrics, "address for Prometheus, over telemetry.listen");
  app.add_option("--health", arguments.health,
                 "address of the health service alone, over api.health_listen");
  app.add_option(
         "--probe", arguments.probe,
         "ask a running daemon, at --api or as --config says, whether it is well, and end: 0 "
         "it is, 1 it is not")
      ->expected(0, 1)
      ->default_str("liveness")
      ->check(CLI::IsMember({"liveness", "readiness"}));
  try {
    app.parse(argc, argv);
    const bool probe_only = !arguments.probe.empty() && !arguments.api.empty();
    if (arguments.config.empty() && !probe_only) throw CLI::RequiredError("--config");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : trimtab::kExitBadSettings;
  }
  if (!arguments.probe.empty()) return trimtab::RunProbe(arguments);
  std::string errors;
  const std::optional<trimtab::Settings> settings = trimtab::Load(arguments, &errors);
  if (!settings) {
    std::fputs(errors.c_str(), stderr);
    return trimtab::kExitBadSettings;
  }
  // Blocked before any thread begins, so that all signals come to this one.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int each : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, each);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  // A limit on the size of files is a failed write like that of a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  return trimtab::Run(arguments, *settings, signals);
}
