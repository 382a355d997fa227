// SPDX-License-Identifier: Apache-2.0
#include "client/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace trimtab::cli {

Terminal Terminal::Look() {
  Terminal terminal;
  if (isatty(STDOUT_FILENO) != 1) return terminal;
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value != nullptr ? value : "");
  };
  terminal.movable = variable("TERM") != "dumb";
  terminal.color = terminal.movable && variable("NO_COLOR").empty();
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    terminal.width = size.ws_col;
    terminal.rows = size.ws_row;
  }
  return terminal;
}

}  // namespace trimtab::cli
