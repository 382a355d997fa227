// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "daemon/base/random.h"

namespace trimtab::runtime {

// Something that services send.
struct Payload {
  std::string name;
  std::string bytes;
  // Of the same kind, but other bytes: what a dictionary is made of.
  std::string sample;
};

// Orders as a web service answers them.
inline std::string Json(std::size_t size, std::uint64_t seed) {
  static const char* const kStates[] = {"open", "paid", "shipped", "returned"};
  static const char* const kCities[] = {"Lisbon", "Oslo", "Kyoto", "Lagos", "Lima", "Perth"};
  Random random(seed);
  std::string bytes = "[";
  while (bytes.size() < size) {
    bytes += fmt::format(
        "{{\"id\":{},\"customer\":\"c{:08x}\",\"state\":\"{}\",\"city\":\"{}\",\"total\":{}.{:02},"
        "\"items\":[{{\"sku\":\"S-{}\",\"count\":{}}}],\"created_at\":\"2026-11-{:02}T{:02}:{:02}:"
        "{:02}Z\"}},",
        random.Next() % 1000000, random.Next() & 0xffffffff, kStates[random.Next() % 4],
        kCities[random.Next() % 6], random.Next() % 500, random.Next() % 100, random.Next() % 5000,
        random.Next() % 9 + 1, random.Next() % 28 + 1, random.Next() % 24, random.Next() % 60,
        random.Next() % 60);
  }
  bytes.resize(size);
  return bytes;
}

// Lines of an access log.
inline std::string Log(std::size_t size, std::uint64_t seed) {
  static const char* const kPaths[] = {
      "/", "/cart", "/api/v1/orders", "/api/v1/items", "/static/app.js", "/healthz"};
  Random random(seed);
  std::string bytes;
  while (bytes.size() < size) {
    bytes += fmt::format(
        "10.{}.{}.{} - - [24/Nov/2026:{:02}:{:02}:{:02}] \"GET {} HTTP/1.1\" {} {} {}ms\n",
        random.Next() % 4, random.Next() % 256, random.Next() % 256, random.Next() % 24,
        random.Next() % 60, random.Next() % 60, kPaths[random.Next() % 6],
        random.Next() % 20 == 0 ? 500 : 200, random.Next() % 20000, random.Next() % 300);
  }
  bytes.resize(size);
  return bytes;
}

// Rows of numbers, as a column store or a feature server sends them.
inline std::string Rows(std::size_t size, std::uint64_t seed) {
  Random random(seed);
  std::string bytes;
  std::uint32_t time = 1700000000;
  while (bytes.size() < size) {
    time += static_cast<std::uint32_t>(random.Next() % 10);
    const std::uint32_t row[4] = {time, static_cast<std::uint32_t>(random.Next() % 50),
                                  static_cast<std::uint32_t>(random.Next() % 5000), 0};
    bytes.append(reinterpret_cast<const char*>(row), sizeof(row));
  }
  bytes.resize(size);
  return bytes;
}

inline std::vector<Payload> Payloads(std::size_t size) {
  return {{"JSON", Json(size, 1), Json(16 << 10, 2)},
          {"log lines", Log(size, 1), Log(16 << 10, 2)},
          {"binary rows", Rows(size, 1), Rows(16 << 10, 2)}};
}

}  // namespace trimtab::runtime
