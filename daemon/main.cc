// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pthread.h>

#include <csignal>
#include <cstdio>
#include <memory>

#include "daemon/api/api_server.h"
#include "daemon/audit/auditor.h"
#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/command_line.h"
#include "daemon/control/runner.h"
#include "daemon/host/collector.h"
#include "daemon/host/grpc_host_link.h"
#include "daemon/host/host_channel.h"
#include "daemon/process/file_watch.h"
#include "daemon/process/probe.h"
#include "daemon/process/service_manager.h"
#include "daemon/secrets_watch.h"
#include "daemon/settings/settings.h"
#include "daemon/store/sqlite_store.h"
#include "daemon/telemetry/http_server.h"
#include "daemon/telemetry/log_journal.h"
#include "daemon/tls/diagnose.h"
#include "daemon/tls/live_tls.h"

namespace trimtab {
namespace {

constexpr int kExitFailed = 1;
// The whole shutdown keeps within five seconds.
constexpr Duration kHostGrace = std::chrono::seconds(3);
constexpr Duration kApiGrace = std::chrono::seconds(1);
// How often the main thread looks at the settings' file and at the loop's state.
constexpr timespec kLookInterval = {1, 0};
constexpr Duration kProbeTimeout = std::chrono::seconds(2);

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

ApiServer::Options ApiOptions(const Settings& settings, Auditor& auditor) {
  ApiServer::Options options;
  options.health_listen = settings.api_health_listen;
  options.hang_limit = HangLimit(settings);
  options.socket_group = settings.api_socket_group;
  options.tls = settings.api_tls;
  options.access = settings.access;
  options.limits = settings.limits;
  options.auditor = &auditor;
  return options;
}

// Nothing where the host is spoken to without TLS.
absl::StatusOr<std::unique_ptr<LiveTls>> OpenHostTls(const Settings& settings) {
  if (!settings.host.tls.enabled()) return nullptr;
  return LiveTls::Open({"host.tls"}, settings.host.tls);
}

GrpcHostLink::Options LinkOptions(const Settings& settings, const std::string& tuner_id) {
  GrpcHostLink::Options options{tuner_id, settings.host.rpc_timeout};
  if (settings.host.tls.enabled()) {
    options.diagnose = [host = settings.host] {
      return DiagnoseTls(host.address, host.tls, host.tls_server_name, host.rpc_timeout);
    };
  }
  return options;
}

// What the audit log has of a signal, or of a change of the settings' file.
AuditEntry Asked(const char* call, const siginfo_t& signal, const control::Runner& runner) {
  AuditEntry entry;
  entry.call = call;
  if (signal.si_signo == 0) {
    entry.caller = "trimtabd";
    entry.peer = "file";
  } else if (signal.si_code <= 0) {
    entry.caller = fmt::format("uid:{}", signal.si_uid);
    entry.peer = fmt::format("signal from process {}", signal.si_pid);
  } else {
    // As of a terminal.
    entry.caller = "kernel";
    entry.peer = "signal";
  }
  entry.before = entry.after = Audited(*runner.Status());
  return entry;
}

void Warn(const Settings& settings, Journal& journal) {
  for (const SettingsError& each : settings.warnings) {
    journal.Note(Journal::Level::kWarning, "a setting may not be what was meant",
                 {{"path", each.path}, {"line", std::to_string(each.line)}, {"why", each.message}});
  }
}

void Reload(const Arguments& arguments, Settings& settings, control::Runner& runner,
            Journal& journal, Auditor& auditor, AuditEntry asked) {
  std::string errors;
  std::optional<Settings> fresh = LoadOverridden(arguments, &errors);
  if (!fresh) {
    // What is wrong may hold anything: the journal tells.
    asked.outcome = absl::StatusCode::kInvalidArgument;
    asked.message = "the file has mistakes, which the journal tells";
    auditor.Record(std::move(asked), {});
    return runner.ReloadFailed(errors);
  }
  asked.request = fmt::format("{}", fmt::join(Changes(settings, *fresh), "; "));
  Warn(*fresh, journal);
  const std::vector<std::string> later = NeedsRestart(settings, *fresh);
  for (const std::string& path : later) {
    journal.Note(Journal::Level::kWarning, "a new setting waits for a restart", {{"path", path}});
  }
  if (!later.empty()) {
    asked.message = fmt::format("waits for a restart: {}", fmt::join(later, ", "));
  }
  // How the windows come is one of those.
  fresh->tuning.needs_benchmark = settings.tuning.needs_benchmark;
  const auto entry = std::make_shared<AuditEntry>(std::move(asked));
  const bool taken = runner.Reload(
      fresh->tuning, [entry, &runner] { entry->before = Audited(*runner.Status()); },
      [entry, &runner, &auditor, &journal](const absl::StatusOr<ImportResult>& result) {
        entry->after = Audited(*runner.Status());
        if (result.ok()) {
          journal.Note(Journal::Level::kInfo, "the settings were replaced");
        } else {
          entry->outcome = result.status().code();
          entry->message = Message(result.status());
        }
        auditor.Record(std::move(*entry), {});
      });
  if (!taken) return;
  settings.tuning = fresh->tuning;
  settings.given = std::move(fresh->given);
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

  const auto host_tls = OpenHostTls(settings);
  if (!host_tls.ok()) return fail(host_tls.status());
  const auto channel =
      CreateHostChannel(settings.host.address, *host_tls ? (*host_tls)->ForChannel() : nullptr,
                        settings.host.tls_server_name);
  Auditor auditor(**store, journal, SystemClock(), settings.audit);
  GrpcHostLink link(channel, LinkOptions(settings, *tuner_id));
  control::Runner runner(link, **store, journal, SystemClock(), settings.tuning,
                         settings.host.address);
  auto http = HttpServer::Start(settings.telemetry_listen, settings.telemetry_tls, runner,
                                HangLimit(settings));
  if (!http.ok()) return fail(http.status());
  auto api = ApiServer::Start(settings.api_listen, runner, ApiOptions(settings, auditor));
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
  Warn(settings, journal);

  manager.Ready();

  FileWatch file(arguments.config);
  SecretsWatch secrets(settings, **api, **http, host_tls->get(), journal);
  int signal = 0;
  siginfo_t sent{};
  while (signal != SIGTERM && signal != SIGINT) {
    const std::shared_ptr<const TunerStatus> status = runner.Status();
    manager.Status(fmt::format("{}: {}", Name(status->state), status->reason));
    const Auditor::Trouble trouble = auditor.trouble();
    runner.ShowAuditTrouble(trouble.failures, trouble.lost);
    sent = {};
    signal = sigtimedwait(&signals, &sent, &kLookInterval);
    secrets.Look();
    if (signal == SIGHUP) file.Take();
    if (signal == SIGHUP || (arguments.watch_config && file.Changed())) {
      manager.Reloading();
      Reload(arguments, settings, runner, journal, auditor, Asked("ReloadSettings", sent, runner));
      manager.Ready();
    }
  }
  journal.Note(Journal::Level::kInfo, "ending", {{"signal", std::to_string(signal)}});
  AuditEntry asked = Asked("Shutdown", sent, runner);
  manager.Stopping();
  (*api)->SetServing(false);
  (*http)->SetEnding();
  runner.ShutDown(kHostGrace);
  asked.after = Audited(*runner.Status());
  auditor.Record(std::move(asked), {});
  collector.reset();
  (*api)->ShutDown(kApiGrace);
  return 0;
}

// Where the daemon to ask listens: as told, or as its settings say.
int RunProbe(const Arguments& arguments) {
  std::string address = arguments.api;
  bool tls = false;
  if (address.empty()) {
    std::string errors;
    const std::optional<Settings> settings = LoadOverridden(arguments, &errors);
    if (!settings) {
      std::fputs(errors.c_str(), stderr);
      return kExitBadSettings;
    }
    // Where the health is served alone, it is served without TLS.
    const bool alone = !settings->api_health_listen.empty();
    address = alone ? settings->api_health_listen : settings->api_listen;
    tls = !alone && settings->api_tls.enabled() && !IsUnixAddress(address);
  }
  const absl::Status answer = Probe(address, arguments.probe, kProbeTimeout, tls);
  if (answer.ok()) return 0;
  fmt::print(stderr, "trimtabd: {}\n", Message(answer));
  return kExitFailed;
}

}  // namespace
}  // namespace trimtab

int main(int argc, char** argv) {
  trimtab::Arguments arguments;
  if (const std::optional<int> over = trimtab::ParseArguments(argc, argv, &arguments)) {
    return *over;
  }
  if (!arguments.probe.empty()) return trimtab::RunProbe(arguments);
  std::string errors;
  const std::optional<trimtab::Settings> settings = trimtab::LoadOverridden(arguments, &errors);
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
