// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace trimtab {

// "unix:PATH".
bool IsUnixAddress(std::string_view address);
// Of "HOST:PORT"; brackets around an IPv6 address are left out.
std::string HostOfAddress(std::string_view address);
// Whether only this machine reaches the address: a Unix socket, 127.0.0.0/8,
// ::1 or localhost.
bool IsLocalAddress(std::string_view address);

}  // namespace trimtab
