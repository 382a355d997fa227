// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdlib>
#include <map>
#include <string>
namespace trimtab::search {
inline double Knob(const char* name, double fallback) {
  static const std::map<std::string, double> knobs = [] {
    std::map<std::string, double> m;
    const char* e = std::getenv("KNOBS");
    std::string s = e ? e : "";
    std::size_t i = 0;
    while (i < s.size()) {
      auto c = s.find(',', i);
      if (c == std::string::npos) c = s.size();
      auto q = s.find('=', i);
      m[s.substr(i, q - i)] = std::atof(s.substr(q + 1, c - q - 1).c_str());
      i = c + 1;
    }
    return m;
  }();
  const auto f = knobs.find(name);
  return f == knobs.end() ? fallback : f->second;
}
}  // namespace trimtab::search
