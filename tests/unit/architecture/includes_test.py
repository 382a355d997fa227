#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Dependencies point one way. Reads every include of daemon/ and client/ and
refuses those that the architecture forbids.

Usage: includes_test.py PROJECT
"""

import os
import re
import sys
import unittest

PROJECT = sys.argv.pop(1)

# A folder may include itself and these.
ALLOWED = {
    "daemon/base": (),
    "daemon/model": ("daemon/base",),
    "daemon/ports": ("daemon/model", "daemon/base"),
    "daemon/scoring": ("daemon/model", "daemon/base"),
    "daemon/search": ("daemon/model", "daemon/base"),
    "daemon/measure": ("daemon/scoring", "daemon/model", "daemon/base"),
    "daemon/control": ("daemon/search", "daemon/scoring", "daemon/measure", "daemon/ports",
                       "daemon/model", "daemon/base"),
    # The search as a program of its own.
    "daemon/search/cli": ("daemon/search", "daemon/model", "daemon/base"),
    # What the adapters that speak protobuf have in common.
    "daemon/codec": ("daemon/model", "daemon/base", "proto"),
    # Who may do what, and transport security: values and decisions that the
    # adapters and the clients share.
    "daemon/access": ("daemon/base",),
    "daemon/tls": ("daemon/base",),
    # Calls on their way to the audit log: for whoever takes calls.
    "daemon/audit": ("daemon/ports", "daemon/model", "daemon/base"),
    # The adapters: never each other.
    "daemon/host": ("daemon/codec", "daemon/tls", "daemon/ports", "daemon/model", "daemon/base", "proto"),
    "daemon/api": ("daemon/access", "daemon/audit", "daemon/tls", "daemon/codec", "daemon/ports", "daemon/model",
                   "daemon/base", "proto"),
    "daemon/store": ("daemon/ports", "daemon/model", "daemon/base"),
    "daemon/telemetry": ("daemon/tls", "daemon/ports", "daemon/model", "daemon/base"),
    "daemon/process": ("daemon/codec", "daemon/base", "proto"),
    # Settings are checked with what will use them.
    "daemon/settings": ("daemon/search", "daemon/access", "daemon/tls", "daemon/model",
                        "daemon/base"),
    # The clients: the protocol, transport security and the clock.
    "client/tuner": ("daemon/tls", "daemon/base", "proto"),
    "client/host": ("daemon/tls", "daemon/base", "proto"),
    "client/runtime": ("daemon/base",),
    "client/bench": ("client/runtime", "daemon/base"),
    "client/demo": ("client/host", "client/runtime", "daemon/base"),
    # `trimtabctl validate` shares the daemon's settings.
    "client/cli": ("client/tuner", "daemon/settings", "proto"),
}
# The headers by which a part of the runtime registers itself with the host SDK, and
# what they share.
REGISTERS = re.compile(r"client/runtime/(parameter_range\.h|\w+/(register\.h|host/\w+\.(h|cc)))$")
# Everything may be known by the composition root and its parts.
ROOTS = ("daemon/main.cc", "daemon/command_line.h", "daemon/command_line.cc",
         "daemon/secrets_watch.h", "daemon/secrets_watch.cc")
INNER = ("daemon/base", "daemon/model", "daemon/ports", "daemon/scoring", "daemon/search",
         "daemon/measure", "daemon/control")
# What the inside must not see: gRPC, protobuf, SQL, YAML, Prometheus, and the
# libraries of the other adapters.
OUTSIDE = re.compile(r"^(grpc|google/protobuf/|sqlite|SQLiteCpp/|yaml-cpp/|prometheus/|openssl/|"
                     r"boost/(asio|beast)/|spdlog/|nlohmann/|CLI/|sys/socket|netinet/)|\.pb\.h$")
# What a precompiled header would hide: who names the left includes the right.
USES = {
    r"\bTEST(_F|_P)?\(": ("gtest/gtest.h", "gmock/gmock.h"),
    r"\bEXPECT_THAT\(": ("gmock/gmock.h",),
    r"\bRC_GTEST_PROP\(": ("rapidcheck/gtest.h",),
    r"\brc::gen::": ("rapidcheck.h", "rapidcheck/gtest.h"),
    r"\bfmt::format\(": ("fmt/",),
    r"\babsl::StatusOr<": ("absl/status/statusor.h",),
    r"\bgrpc::": ("grpcpp/",),
    r"\bstd::vector<": ("vector",),
    r"\bstd::map<": ("map",),
    r"\bstd::atomic<": ("atomic",),
    r"\bstd::optional<": ("optional",),
    r"\bstd::set<": ("set",),
}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)


def folder_of(path):
    """The folder of the architecture that a file or a header belongs to."""
    if re.match(r"(trimtab/v1|grpc/health/v1)/.*\.pb\.h$", path):
        return "proto"
    if path == "trimtab/host.h":
        return "client/host"
    if path == "trimtab/client.h":
        return "client/tuner"
    if path.startswith("daemon/search/cli/"):
        return "daemon/search/cli"
    parts = path.split("/")
    if parts[0] in ("daemon", "client", "tests") and len(parts) > 2:
        return "/".join(parts[:2])
    return None


def complaints(path, text):
    """What is wrong with the includes of one file."""
    folder = folder_of(path)
    if path in ROOTS:
        return []
    if folder not in ALLOWED:
        return [f"{path}: add its folder to the architecture"]
    found = []
    for header in INCLUDE.findall(text):
        other = folder_of(header)
        if REGISTERS.match(path) and other == "client/host":
            continue
        if other and other != folder and other not in ALLOWED[folder]:
            found.append(f"{path} must not include {header}")
        if folder in INNER and OUTSIDE.search(header):
            found.append(f"{path} must not see {header}")
    return found


def reached(path, files):
    """The headers that a file includes, itself or through the project's own."""
    found, todo = set(), [path]
    while todo:
        at = todo.pop()
        for header in INCLUDE.findall(files[at]):
            for place in (header, f"client/host/include/{header}", f"client/tuner/include/{header}",
                          os.path.normpath(os.path.join(os.path.dirname(at), header))):
                if place in files and header not in found:
                    todo.append(place)
            found.add(header)
    return found


def missing(path, files):
    """What a file uses and does not include."""
    text = re.sub(r"//.*", "", files[path])
    headers = reached(path, files)
    return [f"{path} uses {use} without {wanted[0]}" for use, wanted in USES.items()
            if re.search(use, text) and not any(header.startswith(wanted) for header in headers)]


def sources(tops=("daemon", "client")):
    for top in tops:
        for directory, _, names in os.walk(os.path.join(PROJECT, top)):
            for name in names:
                if name.endswith((".h", ".cc")):
                    path = os.path.join(directory, name)
                    with open(path, encoding="utf-8") as file:
                        yield os.path.relpath(path, PROJECT), file.read()


class IncludesTest(unittest.TestCase):

    def test_the_tree_keeps_to_the_architecture(self):
        files = list(sources())
        self.assertGreater(len(files), 100)
        found = [each for path, text in files for each in complaints(path, text)]
        self.assertEqual(found, [], "\n".join(found))

    def test_every_folder_of_the_architecture_is_there(self):
        there = {folder_of(path) for path, _ in sources()}
        self.assertEqual(set(ALLOWED) - there, set())

    def test_sources_include_what_they_use_though_it_is_precompiled(self):
        files = dict(sources(("daemon", "client", "tests")))
        self.assertEqual([each for path in files for each in missing(path, files)], [])

    def test_what_is_not_included_is_found(self):
        files = {"a.h": "#include <vector>\n", "a.cc": '#include "a.h"\nstd::vector<int> v;',
                 "b.cc": "std::vector<int> v;  // std::map<", "c.cc": "TEST(A, B) {}"}
        self.assertEqual([path for path in files if missing(path, files)], ["b.cc", "c.cc"])

    def test_what_is_forbidden_is_found(self):
        for path, header in (("daemon/api/x.cc", "daemon/store/sqlite_store.h"),
                             ("daemon/telemetry/x.cc", "daemon/control/runner.h"),
                             ("daemon/control/x.cc", "trimtab/v1/host.pb.h"),
                             ("daemon/control/x.cc", "grpcpp/grpcpp.h"),
                             ("daemon/scoring/x.cc", "yaml-cpp/yaml.h"),
                             ("daemon/model/x.h", "google/protobuf/message.h"),
                             ("daemon/model/x.h", "daemon/ports/journal.h"),
                             ("client/host/x.cc", "daemon/model/window.h"),
                             ("client/runtime/x.cc", "trimtab/host.h"),
                             ("daemon/host/x.cc", "tests/support/fake_host.h"),
                             ("daemon/newcomer/x.cc", "string")):
            self.assertNotEqual(complaints(path, f'#include "{header}"\n'), [], (path, header))


if __name__ == "__main__":
    unittest.main()
