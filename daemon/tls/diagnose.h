// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "daemon/base/clock.h"
#include "daemon/tls/tls_files.h"

namespace trimtab {

// Makes one handshake with a server that gRPC couldn't talk to, and says in a
// sentence what is wrong: an expired certificate, an unknown CA, another name, a
// server that refuses ours or speaks no TLS. Empty when nothing is wrong with
// TLS, or nobody listens. `server_name`: what the certificate must be for; empty:
// the address's host. Blocks for `timeout` at most for each step.
std::string DiagnoseTls(const std::string& address, const TlsFiles& files,
                        const std::string& server_name, Duration timeout);

}  // namespace trimtab
