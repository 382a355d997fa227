// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "client/bench/target.h"

namespace trimtab::bench {

struct HttpOptions {
  // "http://HOST:PORT/PATH", or https.
  std::string url;
  std::string method = "GET";
  // "Name: value" each.
  std::vector<std::string> headers = {};
  std::string body = {};
  std::chrono::milliseconds timeout = std::chrono::seconds(5);
  // For https: certificates to trust, a file; empty for the system's.
  std::string ca_file = {};
};

// HTTP/1.1 with a connection kept alive for each worker. A status below 400 is a
// success; redirects are not followed, and the environment's proxies not used,
// so that what is measured is the target itself.
std::unique_ptr<Target> MakeHttpTarget(HttpOptions options);

}  // namespace trimtab::bench
