// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/concurrency/gradient_limit.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

namespace trimtab::runtime {
namespace {

// A window keeps so many latencies; it then ends whatever its length.
constexpr std::size_t kMostLatencies = 1000;
// A window of which this share was refused or timed out is one of overload.
constexpr double kOverloadShare = 0.05;
constexpr double kOverloadGradient = 0.9;

Duration Median(std::vector<Duration>& all) {
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  std::nth_element(all.begin(), middle, all.end());
  return *middle;
}

}  // namespace

absl::Status CheckGradientOptions(const GradientOptions& options) {
  std::string wrong;
  const auto require = [&wrong](bool holds, const char* what) {
    if (holds) return;
    wrong += wrong.empty() ? "adaptive limit: " : "; ";
    wrong += what;
  };
  require(options.min_limit >= 1, "min_limit must be at least 1");
  require(options.min_limit <= options.initial_limit && options.initial_limit <= options.max_limit,
          "initial_limit must be from min_limit to max_limit");
  require(options.tolerance >= 1 && std::isfinite(options.tolerance),
          "tolerance must be at least 1");
  require(options.window > Duration::zero(), "window must be positive");
  require(options.window_samples >= 1 &&
              options.window_samples <= static_cast<std::int64_t>(kMostLatencies),
          "window_samples must be from 1 to 1000");
  require(options.smoothing > 0 && options.smoothing <= 1, "smoothing must be over 0, at most 1");
  require(options.probe_limit >= 1, "probe_limit must be at least 1");
  require(options.probe_samples >= 1, "probe_samples must be at least 1");
  require(options.probe_every > Duration::zero(), "probe_every must be positive");
  require(options.max_baseline_growth > 1 && std::isfinite(options.max_baseline_growth),
          "max_baseline_growth must be over 1");
  return wrong.empty() ? absl::OkStatus() : absl::InvalidArgumentError(wrong);
}

GradientLimit::GradientLimit(const GradientOptions& options, MonotonicTime now)
    : options_(options), random_(options.seed), limit_(static_cast<double>(options.initial_limit)) {
  BeginProbe(now);
}

void GradientLimit::SetOptions(const GradientOptions& options) {
  options_ = options;
  limit_ = std::clamp(limit_, static_cast<double>(options_.min_limit),
                      static_cast<double>(options_.max_limit));
}

std::int64_t GradientLimit::limit() const {
  const auto limit = static_cast<std::int64_t>(limit_);
  return probing_ ? std::min(limit, options_.probe_limit) : limit;
}

void GradientLimit::Add(const LatencySample& sample) {
  if (sample.start < epoch_) return;
  const Duration latency = std::max(Duration(1), Duration(sample.end - sample.start));
  if (probing_) {
    if (sample.overloaded || sample.in_flight > options_.probe_limit) return;
    quiet_.push_back(latency);
    if (quiet_.size() < static_cast<std::size_t>(options_.probe_samples)) return;
    SetBaseline(Median(quiet_), sample.end);
    probing_ = false;
    epoch_ = sample.end;
    BeginWindow(sample.end);
    return;
  }
  most_in_flight_ = std::max(most_in_flight_, sample.in_flight);
  if (sample.overloaded) {
    ++overloaded_;
  } else {
    latencies_.push_back(latency);
  }
  const std::size_t samples = latencies_.size() + static_cast<std::size_t>(overloaded_);
  const bool enough = samples >= static_cast<std::size_t>(options_.window_samples) &&
                      sample.end - opened_ >= options_.window;
  if (enough || samples >= kMostLatencies) CloseWindow(sample.end);
  if (sample.end >= next_probe_) BeginProbe(sample.end);
}

void GradientLimit::BeginProbe(MonotonicTime now) {
  probing_ = true;
  epoch_ = now;
  quiet_.clear();
}

void GradientLimit::SetBaseline(Duration measured, MonotonicTime now) {
  const Duration most =
      baseline_ == Duration::zero()
          ? measured
          : std::chrono::duration_cast<Duration>(baseline_ * options_.max_baseline_growth);
  baseline_ = std::min(measured, most);
  next_probe_ = now + std::chrono::duration_cast<Duration>(options_.probe_every *
                                                           (0.9 + 0.2 * random_.Uniform()));
}

void GradientLimit::BeginWindow(MonotonicTime now) {
  opened_ = now;
  latencies_.clear();
  overloaded_ = 0;
  most_in_flight_ = 0;
}

void GradientLimit::CloseWindow(MonotonicTime now) {
  ++windows_;
  double gradient = 1;
  if (!latencies_.empty()) {
    const Duration median = Median(latencies_);
    // A whole window of requests without company serves as a probe when one is
    // soon due. Single ones don't: a crowd may have come just after them.
    const bool quiet = most_in_flight_ <= options_.probe_limit;
    if (quiet && now >= next_probe_ - options_.probe_every / 2) SetBaseline(median, now);
    baseline_ = std::min(baseline_, median);
    gradient = std::clamp(options_.tolerance * static_cast<double>(baseline_.count()) /
                              static_cast<double>(median.count()),
                          0.5, 1.0);
  }
  const auto samples = static_cast<double>(latencies_.size()) + static_cast<double>(overloaded_);
  const bool overload = static_cast<double>(overloaded_) >= kOverloadShare * samples;
  if (overload) gradient = std::min(gradient, kOverloadGradient);
  const double target = gradient * limit_ + (overload ? 0 : std::sqrt(limit_));
  // Half the permits or more were in use: the limit matters.
  const bool pressed = 2 * static_cast<double>(most_in_flight_) >= std::floor(limit_);
  if (target < limit_ || pressed) limit_ += options_.smoothing * (target - limit_);
  limit_ = std::clamp(limit_, static_cast<double>(options_.min_limit),
                      static_cast<double>(options_.max_limit));
  // Samples that began before the change still count: the limit of then hardly
  // differs.
  BeginWindow(now);
}

}  // namespace trimtab::runtime
