# SPDX-License-Identifier: Apache-2.0
"""The real binaries as programs to start, to read and to kill, and a test case
with a steady host and a daemon that tunes it within some seconds."""

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

DEADLINE_S = 60

# Small windows: a round takes some seconds. Overridden setting by setting.
SETTINGS = {
    "host": {"rpc_timeout_ms": 500, "poll_interval_ms": 100},
    "tuning": {"strategy": "grid", "max_trials": 4, "incumbent_every": 3, "lease_ms": 1500,
               "retry_initial_ms": 50, "retry_max_ms": 500},
    "objective": {"kind": "minimize", "metric": "latency_p99_ms"},
    "parameters": {"thread_pool_size": {"values": [4, 8, 16, 32]}},
    "measure": {"settle_ms": 100, "min_windows": 3, "max_windows": 3, "min_requests": 30,
                "window_timeout_ms": 1000},
    "guard": {"hopeless_percent": 10000},
    "validation": {"pairs": 3, "windows_per_half": 2},
    "hold": {"probation_ms": 1000},
    "log": {"level": "debug"},
}


class Program:
    """A program that was started, and what it said so far."""

    def __init__(self, *arguments, **options):
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            **options)
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
            if not self.hear(1):
                break
        raise AssertionError(f"no line with '{word}' in: {self.said}")

    def hear(self, seconds):
        """Reads what there is; false at the end of it all."""
        # Not through Python's buffer: what waits there select can't see.
        if select.select([self.process.stdout], [], [], seconds)[0]:
            chunk = os.read(self.process.stdout.fileno(), 65536)
            self.said += chunk.decode()
            return bool(chunk)
        return True

    def tell(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def ask(self, line, word):
        self.tell(line)
        return self.line_with(word)

    def end(self, how=signal.SIGTERM):
        """Its exit code; what it says to the end is kept."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        # A full pipe must not keep it from ending.
        end = time.monotonic() + DEADLINE_S
        while self.process.poll() is None and time.monotonic() < end:
            self.hear(0.1)
        code = self.process.wait(timeout=1)
        if not self.process.stdout.closed:
            while self.hear(0) and select.select([self.process.stdout], [], [], 0)[0]:
                pass
            self.process.stdout.close()
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        return code


class SteadyHostCase(unittest.TestCase):
    """Has `self.host`; daemons are started by the tests."""

    binaries = ""

    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)
        self.host = self.start_host("127.0.0.1:0")
        self.tuner_address = self.host.line_with("tuner").split()[-1]

    def path(self, name):
        return os.path.join(self.directory, name)

    def binary(self, name):
        return os.path.join(self.binaries, name)

    def start(self, name, *arguments, **options):
        program = Program(self.binary(name), *arguments, **options)
        self.addCleanup(program.end)
        return program

    def start_host(self, listen, *arguments):
        host = Program(os.path.join(self.binaries, "..", "tests", "steady_host"), listen,
                       *arguments)
        self.addCleanup(host.end, signal.SIGKILL)
        return host

    def restart_host(self):
        """kill -9, and a new process at the same place."""
        self.host.end(signal.SIGKILL)
        self.host = self.start_host(self.tuner_address)
        self.host.line_with("tuner")

    def host_is(self):
        """What is in force and what is committed, as the host itself says."""
        words = self.host.ask("show", "in_force=").split()
        return [int(word.split("=")[1]) for word in words]

    def until_committed(self):
        """Waits until the host is on its committed configuration."""
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            in_force, committed = self.host_is()
            if in_force == committed:
                return committed
        raise AssertionError("the host stays on an unproven configuration")

    def write_settings(self, name="trimtab.yaml", **changes):
        """JSON is YAML. `changes` are sections with settings over the usual."""
        settings = {section: dict(values) for section, values in SETTINGS.items()}
        for section, values in changes.items():
            if isinstance(values, dict):
                settings.setdefault(section, {}).update(values)
            else:
                settings[section] = values
        with open(self.path(name), "w", encoding="utf-8") as file:
            json.dump(settings, file)
        return self.path(name)

    def start_daemon(self, config=None, name="", **options):
        """One that may refuse to run. `name` sets its store and API apart."""
        arguments = ["--config", config or self.write_settings(), "--host", self.tuner_address,
                     "--store", self.path(name + "store.db"), "--metrics", "127.0.0.1:0",
                     "--api", "unix:" + self.path(name + "api")]
        return self.start("trimtabd", *arguments, **options)

    def run_daemon(self, config=None, name="", **options):
        """One that serves; `.metrics` is where."""
        daemon = self.start_daemon(config, name, **options)
        daemon.metrics = daemon.line_with("trimtabd runs").split('metrics="')[1].split('"')[0]
        return daemon

    def ctl_command(self, *arguments, name="", output="json"):
        return [self.binary("trimtabctl"), "--address", "unix:" + self.path(name + "api"),
                "--output", output, *arguments]

    def ctl(self, *arguments, **options):
        return subprocess.run(self.ctl_command(*arguments, **options), capture_output=True,
                              text=True, timeout=DEADLINE_S, check=False)

    def status(self, **options):
        result = self.ctl("status", **options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def decisions(self, **options):
        """Reasons, newest first."""
        result = self.ctl("decisions", **options)
        self.assertEqual(result.returncode, 0, result.stderr)
        reasons = [word.split("_REASON_")[1].split('"')[0]
                   for word in result.stdout.split('"reason":')[1:]]
        return reasons

    def until(self, *states, name=""):
        """The first status in one of the states, from the live stream."""
        watch = Program(*self.ctl_command("watch", name=name))
        try:
            end = time.monotonic() + DEADLINE_S
            while time.monotonic() < end:
                status = json.loads(watch.line_with("{"))
                if status["state"].removeprefix("TUNER_STATE_") in states:
                    return status
        finally:
            watch.end()
        raise AssertionError(f"none of {states} was reached, but {status['state']}")

    def get(self, daemon, page):
        """Code and text of a page of the telemetry."""
        try:
            with urllib.request.urlopen(f"http://{daemon.metrics}/{page}") as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def until_metric(self, daemon, line):
        """Waits until the exposition holds the line."""
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            text = self.get(daemon, "metrics")[1]
            if line in text.splitlines():
                return
        raise AssertionError(f"no '{line}' in: {text}")
