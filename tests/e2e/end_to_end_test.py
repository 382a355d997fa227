#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The real binaries over real sockets, as a stranger would use them.

Usage: end_to_end_test.py DIRECTORY-OF-BINARIES PROFILE
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

BINARIES, PROFILE = sys.argv.pop(1), sys.argv.pop(1)
DEADLINE_S = 60


def binary(name):
    return os.path.join(BINARIES, name)


class Program:
    """A program that was started, and what it said so far."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.said = ""
        self.read = 0

    def line_with(self, word):
        """The next line with the word; lines are read once."""
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            while "\n" in self.said[self.read:]:
                line, self.read = self.said[self.read:].split("\n", 1)[0], (
                    self.said.index("\n", self.read) + 1)
                if word in line:
                    return line
            # Not through Python's buffer: what waits there select can't see.
            if select.select([self.process.stdout], [], [], 1)[0]:
                chunk = os.read(self.process.stdout.fileno(), 65536)
                if not chunk:
                    break
                self.said += chunk.decode()
        raise AssertionError(f"no line with '{word}' in: {self.said}")

    def end(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(timeout=DEADLINE_S)
        self.process.stdout.close()
        return code


class EndToEnd(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)
        backend = self.start("trimtab-demo-backend")
        address = backend.line_with("listening").split()[-1]
        self.host = self.start("trimtab-demo-host", "--backend", address)
        self.tuner_address = self.host.line_with("tuner").split()[-1]
        data = self.host.line_with("data").split()[-1]
        self.start("trimtab-demo-load", "--target", data)

    def start(self, name, *arguments):
        program = Program(binary(name), *arguments)
        self.addCleanup(program.end)
        return program

    def run_daemon(self, **changes):
        """A daemon that serves, and where its metrics are."""
        daemon = self.start_daemon(**changes)
        line = daemon.line_with("trimtabd runs")
        return daemon, line.split('metrics="')[1].split('"')[0]

    def start_daemon(self, **changes):
        options = {"--host": self.tuner_address, "--metrics": "127.0.0.1:0",
                   "--store": self.path("trimtab.db"), "--api": "unix:" + self.path("api")}
        options.update({f"--{name}": value for name, value in changes.items()})
        flat = [word for option in options.items() for word in option]
        return self.start("trimtabd", "--config", PROFILE, *flat)

    def path(self, name):
        return os.path.join(self.directory, name)

    def ctl(self, *arguments):
        return subprocess.run(
            [binary("trimtabctl"), "--address", "unix:" + self.path("api"), "--output", "json",
             *arguments], capture_output=True, text=True, timeout=DEADLINE_S)

    def until(self, *states):
        """The first status in one of the states, from the live stream."""
        watch = Program(binary("trimtabctl"), "--address", "unix:" + self.path("api"),
                        "--output", "json", "watch")
        try:
            end = time.monotonic() + DEADLINE_S
            while time.monotonic() < end:
                status = json.loads(watch.line_with("{"))
                if status["state"] in states:
                    return status
        finally:
            watch.end()
        raise AssertionError(f"none of {states} was reached")

    def test_tunes_shows_itself_and_ends_in_order(self):
        daemon, metrics = self.run_daemon()
        self.until("TUNER_STATE_MEASURING")
        with urllib.request.urlopen(f"http://{metrics}/metrics") as answer:
            scrape = answer.read()
        self.assertIn(b'trimtab_state{state="measuring"} 1', scrape)
        if shutil.which("promtool"):
            check = subprocess.run(["promtool", "check", "metrics"], input=scrape,
                                   capture_output=True)
            self.assertEqual((check.returncode, check.stdout, check.stderr), (0, b"", b""))
        else:
            print("SKIPPED: promtool is not installed", file=sys.stderr)
        for page in ("healthz", "readyz"):
            with urllib.request.urlopen(f"http://{metrics}/{page}") as answer:
                self.assertEqual(answer.status, 200)
        decisions = self.ctl("decisions")
        self.assertIn("DECISION_REASON_BASELINE", decisions.stdout)
        self.assertEqual(daemon.end(), 0)
        self.assertEqual(self.ctl("status").returncode, 3)

    def test_killed_in_a_trial_it_recovers(self):
        daemon, _ = self.run_daemon()
        before = self.until("TUNER_STATE_MEASURING")
        self.assertNotEqual(before["config_in_force"], before["baseline"]["config"])
        daemon.end(signal.SIGKILL)
        self.run_daemon()
        after = self.until("TUNER_STATE_SETTLING", "TUNER_STATE_MEASURING")
        self.assertEqual(after["study_id"], before["study_id"])
        self.assertIn("DECISION_REASON_RECOVERED", self.ctl("decisions").stdout)
        pause = json.loads(self.ctl("pause").stdout)
        self.assertEqual(pause["state"], "TUNER_STATE_PAUSED")
        status = json.loads(self.ctl("status").stdout)
        self.assertEqual(status["config_in_force"], status["baseline"]["config"])
        self.assertEqual(self.ctl("approve").returncode, 1)

    def test_a_second_daemon_and_a_taken_port_are_refused(self):
        _, taken = self.run_daemon()
        second = self.start_daemon(api="unix:" + self.path("other"))
        second.line_with("another trimtabd")
        self.assertEqual(second.end(), 1)
        third = self.start_daemon(store=self.path("other.db"), metrics=taken)
        third.line_with("is it in use?")
        self.assertEqual(third.end(), 1)

    def test_bad_settings_are_all_listed(self):
        path = self.path("bad.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("tuning:\n  mod: auto\n  max_trials: many\n"
                       "measure: {min_windows: 9, max_windows: 3}\n"
                       "objective: {kind: minimize, metric: latency_p98_ms}\n")
        for command in (["trimtabctl", "validate", path], ["trimtabd", "--config", path]):
            result = subprocess.run([binary(command[0]), *command[1:]], capture_output=True,
                                    text=True, timeout=DEADLINE_S)
            self.assertEqual(result.returncode, 2)
            for expected in (f"{path}:2:3: tuning.mod", "did you mean 'mode'?",
                             f"{path}:3:15: tuning.max_trials", "min_windows", "latency_p99_ms"):
                self.assertIn(expected, result.stderr)


if __name__ == "__main__":
    unittest.main()
