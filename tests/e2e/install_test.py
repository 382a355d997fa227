#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `cmake --install` puts down is all that a program outside the tree needs,
and the README's snippet is such a program.

Usage: install_test.py BUILD-DIRECTORY README
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest

BUILD, README = sys.argv.pop(1), sys.argv.pop(1)

PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)
find_package(trimtab REQUIRED)
add_executable(snippet snippet.cc)
target_link_libraries(snippet PRIVATE trimtab::host)
add_executable(both both.cc)
target_link_libraries(both PRIVATE trimtab::client trimtab::host)
"""

# What the snippet takes from the service around it.
SNIPPET = """{includes}
struct Workers {{
  absl::Status Resize(std::int64_t) {{ return absl::OkStatus(); }}
}};
int main() {{
  Workers workers;
  const std::int64_t payload_bytes = 1;
{body}
  return host.address().empty() ? 1 : 0;
}}
"""

# The host serves, the client calls; a host is no daemon.
BOTH = """
#include <trimtab/client.h>
#include <trimtab/host.h>
int main() {
  trimtab::host::TunableHost host({.service = "outside", .instance = "one"});
  if (!host.Start().ok()) return 1;
  trimtab::TunerClient client({.address = host.address()});
  return absl::IsUnimplemented(client.GetStatus().status()) ? 0 : 2;
}
"""


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}")


def snippet():
    with open(README, encoding="utf-8") as file:
        section = file.read().split("## Make your service tunable", 1)[1]
    code = re.search(r"```cpp\n(.*?)```", section, re.S).group(1)
    includes = "\n".join(line for line in code.splitlines() if line.startswith("#include"))
    return SNIPPET.format(includes=includes, body=code.replace(includes, ""))


class InstallTest(unittest.TestCase):

    def test_a_program_outside_the_tree_builds_and_runs(self):
        with tempfile.TemporaryDirectory() as place:
            prefix, source, build = (os.path.join(place, name)
                                     for name in ("prefix", "source", "build"))
            run("cmake", "--install", BUILD, "--prefix", prefix)
            os.mkdir(source)
            for name, text in (("CMakeLists.txt", PROJECT), ("snippet.cc", snippet()),
                               ("both.cc", BOTH)):
                with open(os.path.join(source, name), "w", encoding="utf-8") as file:
                    file.write(text)
            run("cmake", "-G", "Ninja", "-S", source, "-B", build,
                f"-DCMAKE_PREFIX_PATH={prefix}")
            run("cmake", "--build", build)
            for program in ("snippet", "both"):
                with self.subTest(program):
                    run(os.path.join(build, program))


if __name__ == "__main__":
    unittest.main()
