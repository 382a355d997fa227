// SPDX-License-Identifier: Apache-2.0
#include "client/cli/commands.h"

#include <google/protobuf/util/json_util.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "client/cli/assignment.h"
#include "client/cli/output.h"
#include "client/cli/render.h"
#include "client/cli/status_view.h"
#include "client/cli/terminal.h"
#include "client/cli/text.h"

namespace trimtab::cli {
namespace {

TunerClientOptions With(TunerClientOptions options, std::chrono::milliseconds deadline) {
  options.deadline = deadline;
  return options;
}

}  // namespace

Cli::Cli(const Options& options)
    : options_(options),
      client_(With(options.connection, std::chrono::milliseconds(options.timeout_ms))) {}

template <typename Record>
int Cli::PrintList(const absl::StatusOr<std::vector<Record>>& records,
                   std::string (*table)(const std::vector<Record>&)) {
  if (!records.ok()) return Fail(records.status());
  if (!json()) return Say(table(*records));
  for (const Record& each : *records) Say(Json(each));
  return kOk;
}

int Cli::Status() {
  const auto status = client_.GetStatus();
  const Terminal terminal = Terminal::Look();
  return status.ok() ? Print(*status, StatusScreen(*status, {terminal.width, terminal.color}))
                     : Fail(status.status());
}

int Cli::Report() {
  const auto status = client_.GetStatus();
  return status.ok() ? Print(*status, cli::Report(*status)) : Fail(status.status());
}

int Cli::Best() {
  const auto best = client_.GetBestConfiguration();
  if (!best.ok()) return Fail(best.status());
  return Print(*best, options_.pareto ? FrontTable(*best) : OneLine(best->best().config()) + "\n");
}

int Cli::Sla() {
  const auto sla = client_.GetSlaCompliance();
  return sla.ok() ? Print(*sla, SlaTable(*sla)) : Fail(sla.status());
}

int Cli::Trials() { return PrintList(client_.ListTrials(options_.limit), TrialTable); }

int Cli::Decisions() { return PrintList(client_.ListDecisions(options_.limit), DecisionTable); }

int Cli::Audit() { return PrintList(client_.ListAudit(options_.limit), AuditTable); }

int Cli::Watch() {
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

int Cli::Start() { return Commanded(client_.Start()); }

int Cli::Pause() {
  return Commanded(client_.Pause(std::chrono::seconds(options_.pause_s), options_.reason));
}

int Cli::Resume() { return Commanded(client_.Resume()); }

int Cli::Stop() { return Commanded(client_.Stop(options_.reason)); }

int Cli::Rollback() { return Commanded(client_.Rollback(options_.decision, options_.reason)); }

int Cli::Approve() { return Commanded(client_.Approve(options_.reason)); }

int Cli::Reject() { return Commanded(client_.Reject(options_.reason)); }

int Cli::Pin() {
  const auto status = client_.GetStatus();
  if (!status.ok()) return Fail(status.status());
  v1::SystemConfig config;
  for (const std::string& each : options_.values) {
    const absl::Status assigned = Assign(status->config_in_force(), each, config);
    if (!assigned.ok()) return Fail(assigned);
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

int Cli::Print(const google::protobuf::Message& message, const std::string& text) {
  return Say(json() ? Json(message) : text);
}

int Cli::Commanded(const absl::StatusOr<v1::TunerStatus>& status) {
  return status.ok() ? Print(*status, StatusLine(*status) + "\n") : Fail(status.status());
}

}  // namespace trimtab::cli
