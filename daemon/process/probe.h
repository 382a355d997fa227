// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <absl/status/status.h>

#include <string>

#include "daemon/base/clock.h"

namespace trimtab {

// Asks a running daemon at `address` by grpc.health.v1 whether `service` is
// well. FAILED_PRECONDITION: it is not. Otherwise the call's own error:
// UNAVAILABLE, DEADLINE_EXCEEDED, NOT_FOUND for an unknown service. A wildcard
// address is asked on the loopback. With `tls` the certificate isn't checked: a
// probe has no secret to tell, and asks on its own machine.
absl::Status Probe(const std::string& address, const std::string& service, Duration timeout,
                   bool tls);

}  // namespace trimtab
