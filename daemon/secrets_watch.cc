// SPDX-License-Identifier: Apache-2.0
#include "daemon/secrets_watch.h"

#include "daemon/api/api_server.h"
#include "daemon/base/error.h"
#include "daemon/ports/journal.h"
#include "daemon/settings/settings.h"
#include "daemon/telemetry/http_server.h"
#include "daemon/tls/live_tls.h"

namespace trimtab {

SecretsWatch::SecretsWatch(const Settings& settings, ApiServer& api, HttpServer& http,
                           LiveTls* host_tls, Journal& journal)
    : api_(api), http_(http), host_tls_(host_tls), journal_(journal) {
  for (const auto& [name, file] : settings.access.token_files) tokens_.emplace_back(file);
}

void SecretsWatch::Look() {
  Tell("api.tls", api_.RefreshTls());
  Tell("telemetry.tls", http_.RefreshTls());
  if (host_tls_ != nullptr) Tell("host.tls", host_tls_->Refresh());
  bool changed = false;
  for (FileWatch& each : tokens_) changed = each.Changed() || changed;
  if (!changed) return;
  const absl::Status loaded = api_.ReloadTokens();
  Tell("api.tokens", loaded.ok() ? absl::StatusOr<bool>(true) : loaded);
}

void SecretsWatch::Tell(const char* what, const absl::StatusOr<bool>& result) {
  if (!result.ok()) {
    journal_.Note(Journal::Level::kError, "changed files are wrong; the old ones are used on",
                  {{"why", Message(result.status())}});
  } else if (*result) {
    journal_.Note(Journal::Level::kInfo, "changed files are used from now on", {{"setting", what}});
  }
}

}  // namespace trimtab
