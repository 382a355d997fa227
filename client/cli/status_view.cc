// SPDX-License-Identifier: Apache-2.0
#include "client/cli/status_view.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>
#include <vector>

#include "client/cli/text.h"

namespace trimtab::cli {
namespace {

using google::protobuf::util::TimeUtil;

constexpr const char* kBold = "\x1b[1m";
constexpr const char* kDim = "\x1b[2m";
constexpr const char* kRed = "\x1b[31m";
constexpr const char* kGreen = "\x1b[32m";
constexpr const char* kYellow = "\x1b[33m";
constexpr const char* kReset = "\x1b[0m";
constexpr std::size_t kLabel = 12;

// By how much a score is above the baseline's, in percent of it.
std::optional<double> AgainstBaseline(const v1::TunerStatus& status,
                                      const v1::ScoredConfiguration& scored) {
  if (!scored.has_score() || !status.baseline().has_score()) return std::nullopt;
  const double base = status.baseline().score().value();
  if (base == 0) return std::nullopt;
  return 100 * (scored.score().value() - base) / std::abs(base);
}

std::string ScoreAndGain(const v1::TunerStatus& status, const v1::ScoredConfiguration& scored) {
  const std::optional<double> percent = AgainstBaseline(status, scored);
  std::string text = "score " + ScoreText(scored);
  if (percent) text += fmt::format(", {:+.1f} % against the baseline", *percent);
  return text;
}

// The best that is known, proven or not, and by how much it is better.
std::string BestText(const v1::TunerStatus& status) {
  if (status.has_gain()) {
    return fmt::format("{} ({:+.1f} % against baseline, proven)", ScoreText(status.incumbent()),
                       status.gain().percent());
  }
  const v1::ScoredConfiguration& best =
      status.has_best_candidate() ? status.best_candidate() : status.incumbent();
  const std::optional<double> percent = AgainstBaseline(status, best);
  return ScoreText(best) + (percent ? fmt::format(" ({:+.1f} % against baseline)", *percent) : "");
}

double RoundShare(const v1::TunerStatus& status) {
  return status.trials_planned() > 0
             ? static_cast<double>(status.trials_done()) / status.trials_planned()
             : 0;
}

// Of what goes on at present: the round's trials, or the step that isn't one.
double Share(const v1::TunerStatus& status) {
  switch (status.state()) {
    case v1::TUNER_STATE_BASELINE:
    case v1::TUNER_STATE_VALIDATING:
      return status.step_progress();
    case v1::TUNER_STATE_AWAITING_APPROVAL:
    case v1::TUNER_STATE_HOLDING:
      return 1;
    default:
      return RoundShare(status);
  }
}

std::string LatestText(const v1::PerformanceMetrics& latest) {
  if (!latest.has_throughput_ops_per_second()) return "no window yet";
  std::string text = fmt::format("{:.0f} ops/s", latest.throughput_ops_per_second());
  if (latest.has_latency_p99_ms()) {
    text += fmt::format(", p50 {:.1f} ms, p99 {:.1f} ms, errors {:.1f} %, timeouts {:.1f} %",
                        latest.latency_p50_ms(), latest.latency_p99_ms(),
                        latest.error_rate_percent(), latest.timeout_rate_percent());
  }
  return text;
}

std::string OutlookText(const v1::TunerStatus& status) {
  const v1::ScoredConfiguration& best =
      status.has_best_candidate() ? status.best_candidate() : status.incumbent();
  const double size = std::abs(best.score().value());
  if (!status.has_outlook() || size == 0) return "";
  const v1::SearchOutlook& outlook = status.outlook();
  return fmt::format("the next trial is expected to add {:.2f} % ({:.2f} % can be seen){}",
                     100 * outlook.expected_gain() / size, 100 * outlook.visible_gain() / size,
                     outlook.stop() ? "; advises to stop" : "");
}

std::string ImportanceText(const v1::TunerStatus& status) {
  std::string text;
  for (const v1::ParameterImportance& each : status.importances()) {
    text += fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", each.name(), each.share() * 100);
  }
  return text;
}

const char* ColorOf(v1::TunerState state) {
  switch (state) {
    case v1::TUNER_STATE_HOLDING:
      return kGreen;
    case v1::TUNER_STATE_FROZEN:
    case v1::TUNER_STATE_HOST_LOST:
      return kRed;
    case v1::TUNER_STATE_PAUSED:
    case v1::TUNER_STATE_STOPPED:
    case v1::TUNER_STATE_AWAITING_APPROVAL:
    case v1::TUNER_STATE_CONNECTING:
      return kYellow;
    default:
      return kBold;
  }
}

const char* ColorOf(const v1::SlaCompliance& compliance) {
  if (!compliance.has_compliant()) return kYellow;
  return compliance.compliant() ? kGreen : kRed;
}

// Labels on the left, wrapped values beside them.
class Screen {
 public:
  explicit Screen(const Look& look)
      : color_(look.color),
        width_(std::max<std::size_t>(kLabel + 10, static_cast<std::size_t>(look.width)) - kLabel) {}

  // `head`, the value's first letters, may have a color.
  void Add(const char* label, const std::string& value, std::size_t head = 0,
           const char* color = "") {
    if (value.empty()) return;
    bool first = true;
    for (const std::string& line : Wrap(value, width_)) {
      const std::string name = fmt::format("{:<{}}", first ? label : "", kLabel);
      text_ += color_ && first ? kDim + name + kReset : name;
      const std::size_t colored = color_ && first ? std::min(head, line.size()) : 0;
      if (colored > 0) text_ += color + line.substr(0, colored) + kReset;
      text_ += line.substr(colored) + '\n';
      first = false;
    }
  }
  std::string Take() { return std::move(text_); }

 private:
  const bool color_;
  const std::size_t width_;
  std::string text_;
};

void AddScores(Screen& screen, const v1::TunerStatus& status) {
  screen.Add("baseline", "score " + ScoreText(status.baseline()));
  if (status.has_best_candidate()) {
    screen.Add("best trial", ScoreAndGain(status, status.best_candidate()));
  }
  screen.Add("incumbent", ScoreAndGain(status, status.incumbent()));
  screen.Add("", OneLine(status.incumbent().config()));
  if (status.has_gain()) screen.Add("proven gain", GainText(status.gain()));
  if (!status.has_candidate()) return;
  const bool predicted = status.has_predicted();
  screen.Add("on trial", ScoreAndGain(status, status.candidate()) +
                             (predicted ? ", expected " + PredictionText(status.predicted()) : ""));
  screen.Add("", OneLine(status.candidate().config()));
}

}  // namespace

std::string StatusScreen(const v1::TunerStatus& status, const Look& look) {
  Screen screen(look);
  const std::string state = StateWord(status.state());
  screen.Add("state", state + ": " + status.reason(), state.size(), ColorOf(status.state()));
  if (status.has_until()) screen.Add("until", TimeUtil::ToString(status.until()));
  const int bar = std::clamp(look.width - 48, 10, 40);
  screen.Add("round",
             fmt::format("{} trial {} of {}, round {}", ProgressBar(RoundShare(status), bar),
                         status.trials_done(), status.trials_planned(), status.round()));
  screen.Add("step", ProgressBar(status.step_progress(), bar));
  AddScores(screen, status);
  const std::string met = MetText(status.compliance());
  screen.Add(
      "SLA",
      met + fmt::format(", error budget {:.0f} % left", status.sla_budget().remaining_percent()),
      met.size(), ColorOf(status.compliance()));
  screen.Add("newest", LatestText(status.latest()));
  screen.Add("search", OutlookText(status));
  screen.Add("matters", ImportanceText(status));
  screen.Add("objective", status.objective() + ", by " + status.strategy());
  screen.Add("mode", Word(v1::TuningMode_Name(status.mode()), "TUNING_MODE_"));
  screen.Add("host", status.host_service() + "/" + status.host_instance() + " at " +
                         status.host_address() +
                         (status.host_reachable() ? "" : " (does not answer)"));
  return screen.Take();
}

std::string StatusLine(const v1::TunerStatus& status) {
  const double tenths = std::floor(Share(status) * 10 + 1e-9) / 10;
  return fmt::format("{} trial {}/{} {} best {} SLA {} ({})", StateWord(status.state()),
                     status.trials_done(), status.trials_planned(), ProgressBar(tenths, 10),
                     BestText(status), MetText(status.compliance()), status.reason());
}

std::string Redraw(const std::string& screen, int rows) {
  std::string bytes = "\x1b[H";
  std::istringstream lines(screen);
  int left = std::max(rows - 1, 1);
  // What is left of the line before goes line by line: nothing flickers.
  for (std::string line; left > 0 && std::getline(lines, line); --left) {
    bytes += line + "\x1b[K\r\n";
  }
  return bytes + "\x1b[J";
}

}  // namespace trimtab::cli
