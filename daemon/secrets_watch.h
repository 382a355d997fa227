// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "daemon/process/file_watch.h"

namespace trimtab {

class ApiServer;
class HttpServer;
class Journal;
class LiveTls;
struct Settings;

// Brings certificates and tokens that have changed into use, and tells what is
// wrong with them. Not thread-safe.
class SecretsWatch {
 public:
  // All must outlive this; `host_tls` is null where the host is spoken to
  // without TLS.
  SecretsWatch(const Settings& settings, ApiServer& api, HttpServer& http, LiveTls* host_tls,
               Journal& journal);

  void Look();

 private:
  void Tell(const char* what, const absl::StatusOr<bool>& result);

  ApiServer& api_;
  HttpServer& http_;
  LiveTls* const host_tls_;
  Journal& journal_;
  std::vector<FileWatch> tokens_;
};

}  // namespace trimtab
