// SPDX-License-Identifier: Apache-2.0
#include "client/runtime/benchmark/units.h"

#include <fmt/format.h>

#include <cmath>

namespace trimtab::benchmark {
namespace {

struct Unit {
  double size;
  const char* name;
};

// Three significant digits, without an exponent.
std::string Digits(double value) {
  const double size = std::abs(value);
  if (size >= 99.95) return fmt::format("{:.0f}", value);
  if (size >= 9.995) return fmt::format("{:.1f}", value);
  return fmt::format("{:.2f}", value);
}

template <std::size_t N>
std::string In(double value, const Unit (&units)[N]) {
  for (std::size_t i = 0; i + 1 < N; ++i) {
    // A number that would be rounded up to the next unit is shown in it.
    if (std::abs(value) < 0.9995 * units[i + 1].size) {
      return Digits(value / units[i].size) + units[i].name;
    }
  }
  return Digits(value / units[N - 1].size) + units[N - 1].name;
}

}  // namespace

std::string FormatNanos(double ns) {
  static constexpr Unit kUnits[] = {{1, " ns"}, {1e3, " us"}, {1e6, " ms"}, {1e9, " s"}};
  return In(ns, kUnits);
}

std::string FormatBytes(double bytes) {
  static constexpr Unit kUnits[] = {
      {1, " B"}, {1024, " KiB"}, {1024.0 * 1024, " MiB"}, {1024.0 * 1024 * 1024, " GiB"}};
  if (std::abs(bytes) < 1000) return fmt::format("{:.0f} B", bytes);
  return In(bytes, kUnits);
}

std::string FormatCount(double count) {
  static constexpr Unit kUnits[] = {{1, ""}, {1e3, " k"}, {1e6, " M"}, {1e9, " G"}};
  if (std::abs(count) < 10000 && count == std::floor(count)) return fmt::format("{:.0f}", count);
  return In(count, kUnits);
}

}  // namespace trimtab::benchmark
