// SPDX-License-Identifier: Apache-2.0
#include "daemon/telemetry/base_unit.h"

namespace trimtab {
namespace {

struct Known {
  std::string_view unit;
  BaseUnit base;
};

constexpr Known kUnits[] = {
    {"ns", {"seconds", 1e-9}},
    {"us", {"seconds", 1e-6}},
    {"ms", {"seconds", 1e-3}},
    {"s", {"seconds", 1}},
    {"nanoseconds", {"seconds", 1e-9}},
    {"microseconds", {"seconds", 1e-6}},
    {"milliseconds", {"seconds", 1e-3}},
    {"seconds", {"seconds", 1}},
    {"minutes", {"seconds", 60}},
    {"hours", {"seconds", 3600}},
    {"B", {"bytes", 1}},
    {"bytes", {"bytes", 1}},
    {"kB", {"bytes", 1e3}},
    {"MB", {"bytes", 1e6}},
    {"GB", {"bytes", 1e9}},
    {"KiB", {"bytes", 1024.0}},
    {"MiB", {"bytes", 1048576.0}},
    {"GiB", {"bytes", 1073741824.0}},
    {"%", {"ratio", 1e-2}},
    {"percent", {"ratio", 1e-2}},
    {"ratio", {"ratio", 1}},
};

const BaseUnit* Find(std::string_view unit) {
  for (const Known& known : kUnits) {
    if (known.unit == unit) return &known.base;
  }
  return nullptr;
}

}  // namespace

BaseUnit BaseUnitOf(std::string_view unit, std::string_view name) {
  if (unit.empty()) {
    const std::size_t end = name.rfind('_');
    if (end != std::string_view::npos) unit = name.substr(end + 1);
  }
  const BaseUnit* base = Find(unit);
  return base != nullptr ? *base : BaseUnit{"value", 1};
}

}  // namespace trimtab
