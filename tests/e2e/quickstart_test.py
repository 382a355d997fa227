#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""deploy/quickstart.sh with the real demo: to its end, with a gain that is sure on
any machine; Ctrl-C at any point, twice, and a closed terminal. Nothing that it
started is left, and the host was put on its committed configuration before it
went.

Usage: quickstart_test.py DIRECTORY-OF-BINARIES SCRIPT BUILD-TREE [TEST...]
"""

import contextlib
import ctypes
import glob
import os
import re
import signal
import sys

import programs

SCRIPT, TREE = sys.argv.pop(2), sys.argv.pop(2)
LARGE_GAIN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "large_gain.yaml")
PR_SET_CHILD_SUBREAPER = 36
# As long as the script lets it go on.
TUNING_S = 235
METRICS = ("latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "latency_p999_ms",
           "throughput_ops_per_second", "throughput_bytes_per_second", "cpu_percent",
           "memory_bytes", "network_bytes_per_second", "error_rate_percent",
           "timeout_rate_percent", "availability_percent")


def children_of(pid):
    """Its children that run, with the name of each."""
    found = {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, parent = text.rpartition(")")[2].split()[:2]
        if int(parent) == pid and state != "Z":
            # The kernel keeps fifteen letters of it.
            found[int(path.split("/")[2])] = text.partition("(")[2].rpartition(")")[0]
    return found


def values(config):
    """Each parameter of a SystemConfig in JSON, as the report shows it."""
    config = dict(config)
    config["timeout_ms"] = round(float(config.pop("timeout").removesuffix("s")) * 1000)
    for name, value in config.pop("custom_parameters", {}).items():
        (config[name],) = value.values()
    return {name: str(value) for name, value in config.items()}


class QuickstartTest(programs.TunerCase):

    @classmethod
    def setUpClass(cls):
        # What the script leaves behind becomes a child of this process.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def setUp(self):
        super().setUp()
        self.work = self.path("work")
        os.mkdir(self.work)

    def run_script(self, *arguments):
        script = programs.Program(SCRIPT, "--no-install", "--build", TREE, *arguments,
                                  start_new_session=True,
                                  env={**os.environ, "TMPDIR": self.work})
        self.addCleanup(self.clean_up)
        return script

    @staticmethod
    def clean_up():
        """Ends what a failed test has left."""
        while left := children_of(os.getpid()):
            for pid in left:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def expect_ended(self, script, code):
        self.assertEqual(script.wait(), code, script.said)
        self.assertEqual(children_of(os.getpid()), {}, script.said)
        self.assertEqual(os.listdir(self.work), [])

    def file(self, name):
        """Where the script has it, once it is there."""
        return programs.wait_for(lambda: glob.glob(f"{self.work}/*/{name}"), name)[0]

    def child(self, script, name):
        return programs.wait_for(
            lambda: [pid for pid, its in children_of(script.process.pid).items()
                     if its == name[:15]], name)[0]

    def interrupt(self, script, how=signal.SIGINT):
        """To the whole group, as the terminal does it."""
        os.killpg(script.process.pid, how)

    def test_help_and_wrong_options(self):
        for option, code, word in (("--help", 0, "--keep-running"),
                                   ("--fast", 2, "unknown option '--fast'"),
                                   ("--build", 2, "needs a directory"),
                                   ("--profile", 2, "needs a file"),
                                   ("--profile=", 2, "unknown option"),
                                   ("--profile nowhere.yaml", 2, "no file 'nowhere.yaml'")):
            with self.subTest(option):
                script = self.start_plain(*option.split())
                self.assertEqual(script.wait(), code)
                self.assertIn(word, script.said)

    def start_plain(self, *arguments):
        script = programs.Program(SCRIPT, *arguments)
        self.addCleanup(script.end)
        return script

    def test_control_c_while_it_builds_and_starts(self):
        # The directory is there before the build, a log as each one starts.
        for name in ("", "backend", "host", "load", "trimtabd"):
            with self.subTest(name):
                script = self.run_script()
                self.file(name)
                self.interrupt(script)
                self.expect_ended(script, 130)

    def expect_host_is(self, config, tuner):
        """As another daemon finds it, one that applies nothing."""
        settings = self.write("observe.yaml", "tuning: {mode: observe}\n")
        observer = self.run_daemon(settings, tuner)
        observer.line_with('to="baseline"')
        self.assertEqual(self.status()["config_in_force"], config)
        self.assertEqual(observer.end(), 0)

    def tuner_of_host(self):
        """Where the script's host is tuned."""
        with open(self.file("host"), encoding="utf-8") as file:
            return file.readline().split()[-1]

    def test_in_a_trial_the_host_is_put_back_whatever_is_pressed(self):
        for how, code in ((signal.SIGINT, 130), (signal.SIGHUP, 129), (signal.SIGTERM, 143)):
            with self.subTest(how.name):
                script = self.run_script()
                script.line_with("The demo is under load")
                api = "unix:" + os.path.join(os.path.dirname(self.file("trimtabd")), "api")
                status = self.until("MEASURING", api=api)
                committed = status["baseline"]["config"]
                self.assertNotEqual(status["config_in_force"], committed)
                tuner = self.tuner_of_host()
                daemon = self.child(script, "trimtabd")
                load = self.child(script, "trimtab-demo-load")
                # The load is ended after the daemon and before the host.
                os.kill(load, signal.SIGSTOP)
                self.interrupt(script, how)
                programs.wait_for(lambda: daemon not in children_of(script.process.pid),
                                  "end of the daemon")
                self.expect_host_is(committed, tuner)
                self.interrupt(script, how)
                os.kill(load, signal.SIGCONT)
                self.expect_ended(script, code)

    def stop(self, pid):
        os.kill(pid, signal.SIGSTOP)
        # One that a failed test leaves so ends all the same.
        self.addCleanup(self.go_on, pid)

    @staticmethod
    def go_on(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    def test_it_ends_by_itself_with_a_proven_gain_and_the_winner_in_force(self):
        script = self.run_script("--profile", LARGE_GAIN)
        script.line_with("The demo is under load")
        api = "unix:" + os.path.join(os.path.dirname(self.file("trimtabd")), "api")
        tuner = self.tuner_of_host()
        daemon = self.child(script, "trimtabd")
        load = self.child(script, "trimtab-demo-load")
        # The script waits for this test before it reports and ends all it started.
        self.until("VALIDATING", api=api, seconds=TUNING_S)
        self.stop(script.process.pid)
        status = self.until("HOLDING", api=api, seconds=TUNING_S)
        baseline, winner = status["baseline"]["config"], status["incumbent"]["config"]
        self.assertEqual(status["config_in_force"], winner)
        self.assertNotEqual(baseline, winner, self.answers("trials", api=api))
        # The load is ended after the daemon and before the host.
        self.stop(load)
        self.go_on(script.process.pid)
        programs.wait_for(lambda: daemon not in children_of(script.process.pid),
                          "end of the daemon")
        self.expect_host_is(winner, tuner)
        self.go_on(load)
        self.expect_ended(script, 0)

        self.assertRegex(script.said, r"trial \d+/4 +\[#*-*\] +\d+ % best .* SLA ")
        report = script.said[script.said.index("baseline  "):]
        self.expect_rows(report, status)
        gain = re.search(r"(?m)^proven gain: \+([0-9.]+) % \[([-+0-9.]+), ([-+0-9.]+)\]", report)
        self.assertIsNotNone(gain, report)
        middle, lower, upper = (float(each) for each in gain.groups())
        self.assertGreater(lower, 0)
        self.assertLessEqual(lower, middle)
        self.assertLessEqual(middle, upper)

    def expect_rows(self, report, status):
        """Baseline and winner for the score, each metric, the SLA and each parameter."""
        rows = {}
        for line in report.splitlines():
            name, *cells = re.split(r"  +", line.strip())
            rows[name] = cells[:2]
        for name in ("score", *METRICS):
            for cell in rows[name]:
                self.assertRegex(cell, r"^[0-9]", (name, report))
        self.assertEqual(rows["SLA"], ["met", "met"], report)
        for name, baseline in values(status["baseline"]["config"]).items():
            winner = values(status["incumbent"]["config"])[name]
            self.assertEqual(rows[name], [baseline, winner], (name, report))

    def test_control_c_ends_what_keeps_running(self):
        # Without trials it is over with the baseline.
        settings = self.write("observe.yaml", "tuning: {mode: observe}\n"
                              "measure: {settle_ms: 0, min_windows: 1, max_windows: 1}\n")
        script = self.run_script("--keep-running", "--profile", settings)
        line = script.line_with("Still running; TRIMTAB_ADDRESS=")
        api = line.split("TRIMTAB_ADDRESS=")[1].split()[0]
        self.assertEqual(self.status(api=api)["state"], "TUNER_STATE_HOLDING")
        self.interrupt(script)
        self.expect_ended(script, 130)
        self.assertIn("no configuration was proven better than the baseline", script.said)

    def test_a_profile_with_mistakes_starts_nothing(self):
        settings = self.write("bad.yaml", "tuning: {mode: magic}\n")
        script = self.run_script("--profile", settings)
        self.expect_ended(script, 2)
        self.assertIn("tuning.mode: 'magic' must be one of", script.said)
        self.assertNotIn("under load", script.said)


if __name__ == "__main__":
    programs.main()
