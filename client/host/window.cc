// SPDX-License-Identifier: Apache-2.0
#include "client/host/window.h"

namespace trimtab::host {
namespace {

template <typename T>
std::optional<T> Increase(const std::optional<T>& before, const std::optional<T>& after) {
  if (!before || !after || *after < *before) return std::nullopt;
  return *after - *before;
}

template <typename T>
std::optional<T> Sum(const std::optional<T>& a, const std::optional<T>& b) {
  if (!a || !b) return std::nullopt;
  return *a + *b;
}

}  // namespace

void SetUse(const ProcessStats& before, const ProcessStats& after, Window* window) {
  window->cpu = Increase(before.cpu, after.cpu);
  window->network_bytes = Increase(before.network_bytes, after.network_bytes);
  window->memory_bytes = after.memory_bytes;
}

void Append(const Window& later, Window* window) {
  window->sequence = later.sequence;
  window->end = later.end;
  window->length += later.length;
  window->totals.Merge(later.totals);
  window->available = Sum(window->available, later.available);
  window->cpu = Sum(window->cpu, later.cpu);
  window->network_bytes = Sum(window->network_bytes, later.network_bytes);
  window->memory_bytes = later.memory_bytes;
  window->uptime = later.uptime;
}

}  // namespace trimtab::host
