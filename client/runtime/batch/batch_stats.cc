// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/batch/batch_stats.h"

#include <chrono>
#include <string_view>

namespace trimtab::runtime {
namespace {

Statistic Counter(std::string_view name, std::string_view help, std::int64_t value) {
  return {name, help, Statistic::Kind::kCounter, static_cast<double>(value)};
}
Statistic Gauge(std::string_view name, std::string_view help, double value) {
  return {name, help, Statistic::Kind::kGauge, value};
}

}  // namespace

std::vector<Statistic> Export(const BatchStats& stats) {
  return {
      Counter("batch_items_added_total", "Items taken.", stats.added),
      Counter("batch_items_refused_total", "Items not taken.", stats.refused),
      Counter("batch_items_answered_total", "Items with the handler's answer.", stats.answered),
      Counter("batch_items_failed_total", "Items that the handler gave no answer for.",
              stats.failed),
      Counter("batch_closed_by_size_total", "Batches closed because they were large enough.",
              stats.closed_by_size),
      Counter("batch_closed_by_linger_total", "Batches closed because they were old enough.",
              stats.closed_by_linger),
      Counter("batch_closed_by_flush_total", "Batches closed by a flush.", stats.closed_by_flush),
      Counter("batch_callback_exceptions_total", "Callbacks that threw.",
              stats.callback_exceptions),
      Gauge("batch_waiting_items", "Items that wait to be handed over.",
            static_cast<double>(stats.waiting)),
      Gauge("batch_handled_items", "Items being handled.", static_cast<double>(stats.handled_now)),
      Gauge("batch_size_limit_items", "Weight that closes a batch.",
            static_cast<double>(stats.size)),
      Gauge("batch_linger_limit_seconds", "Age that closes a batch.",
            std::chrono::duration<double>(stats.linger).count()),
  };
}

}  // namespace trimtab::runtime
