# SPDX-License-Identifier: Apache-2.0
"""The real binaries as programs to start, to read and to kill, and a test case
with a daemon and trimtabctl. Every test is run as

    NAME_test.py DIRECTORY-OF-BINARIES [ARGUMENT...]
"""

import contextlib
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
import urllib.error
import urllib.request

DEADLINE_S = 60
binaries = ""


def binary(name):
    return os.path.join(binaries, name)


def main():
    """Takes the directory from the command line and runs the tests."""
    global binaries
    binaries = sys.argv.pop(1)
    unittest.main()


def wait_for(look, what):
    """What `look` returns as soon as that is true."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        # Lets the others run.
        select.select([], [], [], 0.01)
    raise AssertionError(f"no {what}")


class Program:
    """A program that was started, and what it said so far."""

    def __init__(self, *arguments, **options):
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            **options)
        self.said = ""
        self.read = 0

    def line_with(self, word, seconds=DEADLINE_S):
        """The next line with the word; lines are read once."""
        end = time.monotonic() + seconds
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
            self.said += chunk.decode(errors="replace")
            return bool(chunk)
        return True

    def skip(self):
        """Past all that was said so far: the next line is a new one."""
        while select.select([self.process.stdout], [], [], 0)[0] and self.hear(0):
            pass
        self.read = self.said.rfind("\n") + 1

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
            # One that a test has stopped ends too.
            self.process.send_signal(signal.SIGCONT)
        return self.wait()

    def wait(self, seconds=DEADLINE_S):
        """Its exit code, once it has ended by itself."""
        # A full pipe must not keep it from ending.
        end = time.monotonic() + seconds
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


class TunerCase(unittest.TestCase):
    """A directory of its own, daemons and their trimtabctl."""

    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def start(self, name, *arguments, **options):
        program = Program(binary(name), *arguments, **options)
        self.addCleanup(program.end)
        return program

    def start_daemon(self, config, host, name="", api=None, metrics="127.0.0.1:0", **options):
        """One that may refuse to run. `name` sets its store and API apart."""
        return self.start("trimtabd", "--config", config, "--host", host,
                          "--store", self.path(name + "store.db"), "--metrics", metrics,
                          "--api", api or self.api(name), **options)

    def run_daemon(self, *arguments, **options):
        """One that serves; `.metrics` is where."""
        daemon = self.start_daemon(*arguments, **options)
        daemon.metrics = daemon.line_with("trimtabd runs").split('metrics="')[1].split('"')[0]
        return daemon

    def api(self, name=""):
        return "unix:" + self.path(name + "api")

    def ctl_command(self, *arguments, name="", api=None, output="json"):
        return [binary("trimtabctl"), "--address", api or self.api(name), "--output", output,
                *arguments]

    def ctl(self, *arguments, **options):
        return subprocess.run(self.ctl_command(*arguments, **options), capture_output=True,
                              text=True, timeout=DEADLINE_S, check=False)

    def answers(self, *arguments, **options):
        """What trimtabctl answers, an object a line."""
        result = self.ctl(*arguments, **options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def status(self, **options):
        return self.answers("status", **options)[0]

    def decisions(self, **options):
        """Reasons, newest first."""
        return [decision["reason"].removeprefix("DECISION_REASON_")
                for decision in self.answers("decisions", **options)]

    def until(self, *states, seconds=DEADLINE_S, **options):
        """The first status in one of the states, from the live stream. The first
        of all may be from before what the test has just done."""
        watch = Program(*self.ctl_command("watch", **options))
        try:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                status = json.loads(watch.line_with("{", seconds))
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
        wait_for(lambda: line in self.get(daemon, "metrics")[1].splitlines(), line)
