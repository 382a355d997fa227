// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <trimtab/client.h>

#include <CLI/CLI.hpp>

namespace trimtab::cli {

// Options that say where the daemon is and who asks; each may come from the
// environment.
inline void AddConnectionOptions(CLI::App& app, TunerClientOptions& options) {
  app.add_option("--address", options.address, "where trimtabd's API listens")
      ->envname("TRIMTAB_ADDRESS")
      ->capture_default_str();
  app.add_option("--tls-ca", options.tls_ca,
                 "use TLS; who signs the daemon's certificate, a PEM file")
      ->envname("TRIMTAB_TLS_CA");
  CLI::Option* certificate =
      app.add_option("--tls-cert", options.tls_certificate, "certificate to show, a PEM file")
          ->envname("TRIMTAB_TLS_CERT");
  CLI::Option* key = app.add_option("--tls-key", options.tls_key, "its key, a PEM file")
                         ->envname("TRIMTAB_TLS_KEY");
  certificate->needs(key);
  key->needs(certificate);
  app.add_option("--tls-server-name", options.tls_server_name,
                 "what the daemon's certificate must be for; by default the address's host")
      ->envname("TRIMTAB_TLS_SERVER_NAME");
  app.add_option("--token-file", options.token_file, "holds a bearer token")
      ->envname("TRIMTAB_TOKEN_FILE");
}

}  // namespace trimtab::cli
