#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The unit, as far as it can be judged without a running systemd. How the
daemon behaves towards one: tests/e2e/service_test.py.

Usage: systemd_test.py DIRECTORY-OF-BINARIES DEPLOY-DIRECTORY
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import programs
import steady

BINARIES, DEPLOY = sys.argv.pop(1), sys.argv.pop(1)
programs.binaries = BINARIES
UNIT = os.path.join(DEPLOY, "systemd", "trimtabd.service")
MOST_EXPOSED = 2.0


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=60, check=False)


class UnitTest(unittest.TestCase):

    def analyze(self, *arguments):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed (Debian's package systemd)")
        return run("systemd-analyze", "--no-pager", *arguments)

    def test_is_hardened(self):
        done = self.analyze("security", "--offline=true", UNIT)
        found = re.search(r"Overall exposure level for trimtabd.service: ([\d.]+)", done.stdout)
        self.assertTrue(found, done.stdout)
        self.assertLessEqual(float(found.group(1)), MOST_EXPOSED)

    def test_systemd_finds_no_mistake(self):
        with open(UNIT, encoding="utf-8") as file:
            text = file.read()
        # Neither program nor manual are installed here.
        text = text.replace("/usr/bin/trimtabd", "/bin/true").replace("man:trimtabd(8)",
                                                                      "https://example.invalid")
        with tempfile.TemporaryDirectory() as place:
            unit = os.path.join(place, "trimtabd.service")
            with open(unit, "w", encoding="utf-8") as file:
                file.write(text)
            done = self.analyze("verify", unit)
        self.assertEqual(done.stdout, "")

    def test_the_settings_it_is_installed_with_have_no_mistake(self):
        done = run(os.path.join(BINARIES, "trimtabctl"), "validate",
                   os.path.join(DEPLOY, "systemd", "trimtab.yaml"))
        self.assertEqual(done.returncode, 0, done.stdout)


@unittest.skipUnless(shutil.which("strace") and shutil.which("systemd-analyze"),
                     "strace or systemd-analyze is not installed")
class SystemCallsTest(steady.SteadyHostCase):
    def members(self, group):
        """The calls of one of systemd's groups."""
        calls = set()
        for line in run("systemd-analyze", "syscall-filter", group).stdout.splitlines()[1:]:
            name = line.strip()
            if name and not name.startswith("#"):
                calls |= self.members(name) if name.startswith("@") else {name}
        return calls

    def allowed(self):
        with open(UNIT, encoding="utf-8") as file:
            lines = re.findall(r"(?m)^SystemCallFilter=(.*)$", file.read())
        calls = set()
        for line in lines:
            for group in line.lstrip("~").split():
                calls = (calls - self.members(group) if line.startswith("~")
                         else calls | self.members(group))
        return calls

    def test_the_filter_lets_through_what_the_daemon_calls(self):
        trace = self.path("trace")
        daemon = programs.Program(
            "strace", "-f", "-qq", "-o", trace, programs.binary("trimtabd"), "--config",
            self.write_settings(), "--host", self.tuner_address, "--store", self.path("store.db"),
            "--metrics", "127.0.0.1:0", "--api", "unix:" + self.path("api"), "--watch-config")
        self.addCleanup(daemon.end)
        daemon.metrics = daemon.line_with("trimtabd runs").split('metrics="')[1].split('"')[0]
        with open(trace, encoding="utf-8") as file:
            pid = int(file.readline().split()[0])
        self.until("HOLDING")
        self.get(daemon, "metrics")
        os.kill(pid, signal.SIGHUP)
        daemon.line_with("the settings were replaced")
        os.kill(pid, signal.SIGTERM)
        daemon.line_with("ending")
        self.assertEqual(daemon.process.wait(programs.DEADLINE_S), 0)
        with open(trace, encoding="utf-8") as file:
            calls = set(re.findall(r"(?m)^\d+ +(\w+)\(", file.read()))
        self.assertIn("epoll_wait", calls)
        # SQLite makes a root's files the folder's owner's, and goes on where it can't.
        self.assertLessEqual(calls - self.allowed(), {"fchown"})


if __name__ == "__main__":
    unittest.main()
