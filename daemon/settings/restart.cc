// SPDX-License-Identifier: Apache-2.0
#include "daemon/settings/settings.h"

namespace trimtab {

std::vector<std::string> NeedsRestart(const Settings& before, const Settings& after) {
  std::vector<std::string> paths;
  const auto compare = [&paths](bool same, const char* path) {
    if (!same) paths.emplace_back(path);
  };
  compare(before.host.address == after.host.address, "host.address");
  compare(before.host.rpc_timeout == after.host.rpc_timeout, "host.rpc_timeout_ms");
  compare(before.host.metrics == after.host.metrics, "host.metrics");
  compare(before.host.poll_interval == after.host.poll_interval, "host.poll_interval_ms");
  compare(before.host.benchmark_duration == after.host.benchmark_duration,
          "host.benchmark_duration_ms");
  compare(before.host.benchmark_warm_up == after.host.benchmark_warm_up,
          "host.benchmark_warm_up_ms");
  compare(before.host.tls == after.host.tls &&
              before.host.tls_server_name == after.host.tls_server_name,
          "host.tls");
  compare(before.store_path == after.store_path, "store.path");
  compare(before.audit == after.audit, "audit");
  compare(before.api_listen == after.api_listen, "api.listen");
  compare(before.api_health_listen == after.api_health_listen, "api.health_listen");
  compare(before.api_socket_group == after.api_socket_group, "api.socket_group");
  compare(before.api_tls == after.api_tls, "api.tls");
  compare(before.access.token_files == after.access.token_files, "api.tokens");
  compare(before.access.roles == after.access.roles, "api.roles");
  compare(before.access.anonymous == after.access.anonymous, "api.anonymous");
  compare(before.limits == after.limits, "api.limits");
  compare(before.telemetry_listen == after.telemetry_listen, "telemetry.listen");
  compare(before.telemetry_tls == after.telemetry_tls, "telemetry.tls");
  compare(before.log_json == after.log_json, "log.format");
  compare(before.log_level == after.log_level, "log.level");
  return paths;
}

}  // namespace trimtab
