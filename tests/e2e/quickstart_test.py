#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""deploy/quickstart.sh with the real demo: to its end, and Ctrl-C at any point,
twice, and a closed terminal. Nothing that it started is left, and the host was
put on its committed configuration before it went.

Usage: quickstart_test.py DIRECTORY-OF-BINARIES SCRIPT BUILD-TREE [TEST...]
"""

import ctypes
import glob
import os
import signal
import sys

import programs

SCRIPT, TREE = sys.argv.pop(2), sys.argv.pop(2)
PR_SET_CHILD_SUBREAPER = 36


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
                                   ("--build", 2, "needs a directory")):
            with self.subTest(option):
                script = self.start_plain(option)
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

    def test_in_a_trial_the_host_is_put_back_whatever_is_pressed(self):
        for how, code in ((signal.SIGINT, 130), (signal.SIGHUP, 129), (signal.SIGTERM, 143)):
            with self.subTest(how.name):
                script = self.run_script()
                script.line_with("The demo is under load")
                api = "unix:" + os.path.join(os.path.dirname(self.file("trimtabd")), "api")
                status = self.until("MEASURING", api=api)
                committed = status["baseline"]["config"]
                self.assertNotEqual(status["config_in_force"], committed)
                with open(self.file("host"), encoding="utf-8") as file:
                    tuner = file.readline().split()[-1]
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

    def test_it_ends_by_itself_with_a_report(self):
        script = self.run_script()
        # The build is there already; four minutes of tuning at most.
        code = script.wait(270)
        # How far it comes on a busy machine is no matter of right and wrong;
        # tests/bench/demo/quickstart_gain.py asks how good it gets.
        self.assertEqual(code, 1 if "Tuning was not over in time" in script.said else 0,
                         script.said)
        self.expect_ended(script, code)
        self.assertRegex(script.said, r"trial \d+/24 +\[#*-*\] +\d+ % best .* SLA ")
        report = script.said[script.said.index("baseline  "):]
        for line in ("score", "latency_p99_ms", "throughput_ops_per_second", "SLA",
                     "thread_pool_size", "connection_pool_size", "cache_size", "batch_size",
                     "timeout_ms", "retry_count"):
            self.assertRegex(report, rf"(?m)^{line} +\S+ +\S+")
        self.assertRegex(report, r"proven gain: \+[0-9.]+ % \[|no configuration was proven better")


if __name__ == "__main__":
    programs.main()
