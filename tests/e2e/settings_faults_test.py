#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Settings that can't be, and places that are taken: a clear error and an exit
code, or a pause that names what doesn't fit.

Usage: settings_faults_test.py DIRECTORY-OF-BINARIES
"""

import json
import subprocess

import programs
import steady


class SettingsFaultsTest(steady.SteadyHostCase):

    def test_files_that_are_no_settings_are_refused(self):
        files = {"two.yaml": "tuning: {seed: 1}\n---\ntuning: {seed: 2}\n",
                 "comments.yaml": "# tuning: {seed: 1}\n", "no.yaml": None, "empty.yaml": "", "torn.yaml": "tuning: {mode: auto",
                 "twice.yaml": "tuning: {seed: 1, seed: 2}", "list.yaml": "- a\n",
                 "binary.yaml": "\x00\x01\x02"}
        for name, text in files.items():
            with self.subTest(name):
                if text is not None:
                    self.write(name, text)
                daemon = self.start_daemon(self.path(name))
                self.assertEqual(daemon.wait(), 2)
                daemon.line_with(self.path(name))
                self.assertEqual(self.ctl("validate", self.path(name)).returncode, 2)

    def test_all_mistakes_are_listed_with_place_and_what_is_allowed(self):
        path = self.write("bad.yaml",
                          "tuning:\n  mod: auto\n  max_trials: many\n"
                          "measure: {min_windows: 9, max_windows: 3}\n"
                          "objective: {kind: minimize, metric: latency_p98_ms}\n")
        for command in (["trimtabctl", "validate", path], ["trimtabd", "--config", path]):
            result = subprocess.run([programs.binary(command[0]), *command[1:]], text=True,
                                    capture_output=True, timeout=programs.DEADLINE_S, check=False)
            self.assertEqual(result.returncode, 2)
            for expected in (f"{path}:2:3: tuning.mod", "did you mean 'mode'?",
                             f"{path}:3:15: tuning.max_trials", "min_windows", "latency_p99_ms"):
                self.assertIn(expected, result.stderr)

    def test_what_has_no_effect_is_warned_of_and_the_daemon_runs(self):
        path = self.write_settings(sla={"budget_percent": 5}, host={"benchmark_duration_ms": 9000})
        said = self.ctl("validate", path)
        self.assertEqual(said.returncode, 0)
        warnings = json.loads(said.stdout)["warnings"]
        self.assertEqual([each["path"] for each in warnings],
                         ["host.benchmark_duration_ms", "sla.budget_percent"])
        said = self.ctl("validate", path, output="text")
        self.assertEqual((said.returncode, said.stdout), (0, f"{path}: good\n"))
        self.assertIn("sla.budget_percent: '5' has no effect", said.stderr)
        daemon = self.run_daemon(path)
        daemon.line_with('path="host.benchmark_duration_ms"')
        self.assertIn("sla holds no bound", daemon.line_with('path="sla.budget_percent"'))
        self.assertEqual(daemon.end(), 0)

    def test_rules_that_nothing_obeys_are_refused(self):
        path = self.write_settings(rules=["thread_pool_size >= 64"])
        for command in (["trimtabctl", "validate", path], ["trimtabd", "--config", path]):
            result = subprocess.run([programs.binary(command[0]), *command[1:]], text=True,
                                    capture_output=True, timeout=programs.DEADLINE_S, check=False)
            self.assertEqual(result.returncode, 2)
            self.assertIn("rules: 'thread_pool_size >= 64' no configuration obeys it",
                          result.stderr)

    def test_a_space_that_the_host_does_not_have_is_named(self):
        daemon = self.run_daemon(self.write_settings(
            parameters={"cache_sise": {"values": [1, 2]},
                        "thread_pool_size": {"values": [4, 100]}}))
        reason = daemon.line_with('to="paused"')
        self.assertIn("cache_sise: the host has no such parameter", reason)
        self.assertIn("100 is above the host's maximum of 64", reason)
        self.assertEqual(self.host_is(), [4, 4])

    def test_a_wrong_option_is_exit_code_2(self):
        self.assertEqual(self.start("trimtabd", "--konfig", "x").wait(), 2)

    def test_taken_places_are_refused(self):
        first = self.run_daemon(self.write_settings(api={"anonymous": "viewer"}),
                                api="127.0.0.1:0")
        api = first.said.split('api="')[1].split('"')[0]
        second = self.start_daemon(api=self.api("other"))
        second.line_with("another trimtabd")
        self.assertEqual(second.wait(), 1)
        for place in ({"metrics": first.metrics}, {"api": api}):
            with self.subTest(place):
                third = self.start_daemon(name="third-", **place)
                third.line_with("is it in use?")
                self.assertEqual(third.wait(), 1)
        # The first is none the worse for it.
        self.assertEqual(self.status(api=api)["host_service"], "steady")


if __name__ == "__main__":
    programs.main()
