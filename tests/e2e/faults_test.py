#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the world does to the real daemon: a host that hangs, an operator's
edit, another daemon, a full disk, a damaged or newer store, bad settings, and
the signals. Each is a clear error or a state that is left again.

Usage: faults_test.py DIRECTORY-OF-BINARIES
"""

import contextlib
import glob
import os
import re
import resource
import signal
import sqlite3
import sys
import time
import unittest

import programs

DISK_BYTES = 400_000


class HostFaultsTest(programs.SteadyHostCase):

    def test_a_host_that_is_not_there_is_waited_for(self):
        self.host.end(signal.SIGKILL)
        daemon = self.run_daemon()
        status = self.status()
        self.assertEqual(status["state"], "TUNER_STATE_CONNECTING")
        self.assertFalse(status["host_reachable"])
        self.until_metric(daemon, 'trimtab_state{state="connecting"} 1')
        self.assertEqual(self.get(daemon, "readyz")[0], 503)
        self.assertEqual(self.get(daemon, "healthz"), (200, "ok\n"))
        self.restart_host()
        self.until("HOLDING")
        self.assertEqual(self.get(daemon, "readyz")[0], 200)

    def test_a_host_that_hangs_in_a_trial_is_lost_and_found(self):
        daemon = self.run_daemon()
        self.until("MEASURING")
        self.host.process.send_signal(signal.SIGSTOP)
        status = self.until("HOST_LOST")
        self.assertIn("the host doesn't answer", status["reason"])
        text = self.get(daemon, "metrics")[1]
        self.assertIn("trimtab_host_reachable 0", text)
        for stale in ("trimtab_host_latency_seconds", "trimtab_parameter_",
                      "trimtab_host_throughput_"):
            self.assertNotIn(stale, text)
        self.host.process.send_signal(signal.SIGCONT)
        self.until_committed()
        self.until("HOLDING")
        self.assertEqual(self.host_is(), [16, 16])

    def test_an_operators_edit_in_a_trial_is_never_overwritten(self):
        self.run_daemon()
        self.until("MEASURING")
        self.assertIn("OK", self.host.ask("set 5", "set"))
        status = self.until("PAUSED")
        self.assertIn("an operator changed the host's configuration", status["reason"])
        self.assertIn("OPERATOR_EDIT", self.decisions())
        self.assertEqual(self.host_is(), [5, 5])
        self.assertEqual(self.ctl("resume").returncode, 0)
        status = self.until("HOLDING")
        self.assertEqual(status["baseline"]["config"]["thread_pool_size"], "5")

    def test_no_traffic_is_no_result(self):
        self.run_daemon()
        self.until("MEASURING")
        self.host.ask("traffic 0", "traffic")
        self.assertIn("said nothing", self.until("PAUSED")["reason"])
        self.assertEqual(self.until_committed(), 4)
        self.host.ask("traffic 400", "traffic")
        self.until("HOLDING")

    def test_an_incident_freezes_tuning(self):
        self.run_daemon(self.write_settings(sla={"max_latency_p99_ms": 200},
                                            guard={"freeze_windows": 3, "thaw_windows": 3}))
        self.until("HOLDING")
        self.host.ask("latency 500", "latency")
        # A promotion on probation goes back first; then the baseline breaches.
        status = self.until("FROZEN")
        self.assertIn("broke the SLA", status["reason"])
        self.assertEqual(self.ctl("watch", "--until-holding", "--for-seconds", "1").returncode, 1)
        self.host.ask("latency 0", "latency")
        self.until("HOLDING", "BASELINE", "SETTLING")

    def test_a_second_daemon_with_a_store_of_its_own_keeps_off_the_host(self):
        first = self.run_daemon()
        self.until("MEASURING")
        second = self.run_daemon(name="second-")
        status = self.until("PAUSED", name="second-")
        self.assertIn("another tuner", status["reason"])
        # Not by a command either.
        pin = self.ctl("pin", "thread_pool_size=9", name="second-")
        self.assertEqual(pin.returncode, 1)
        self.assertIn("another tuner", pin.stderr + self.status(name="second-")["reason"])
        self.until("HOLDING")
        self.assertEqual(self.host_is(), [16, 16])
        self.assertEqual(first.end(), 0)
        self.assertEqual(second.end(), 0)
        self.assertEqual(self.host_is(), [16, 16])


class StoreFaultsTest(programs.SteadyHostCase):

    def test_a_full_disk_pauses_with_the_host_restored_and_loses_nothing(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (DISK_BYTES, resource.RLIM_INFINITY))
        # Many rounds of trials, until the file is full.
        config = self.write_settings(tuning={"max_trials": 1000, "strategy": "random"},
                                     parameters={"thread_pool_size": {"min": 1, "max": 64}},
                                     measure={"settle_ms": 0, "min_windows": 2, "max_windows": 2})
        daemon = self.run_daemon(config, preexec_fn=limit)
        status = self.until("PAUSED")
        self.assertIn("the store failed", status["reason"])
        self.until_committed()
        self.until_metric(daemon, 'trimtab_state{state="paused"} 1')
        self.assertNotIn("trimtab_store_failures_total 0", self.get(daemon, "metrics")[1])
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self.until("MEASURING", "SETTLING")
        self.assertEqual(daemon.end(), 0)
        # Whatever the log tells of is stored too.
        with contextlib.closing(sqlite3.connect(self.path("store.db"))) as database:
            for record in ("trial", "decision"):
                said = {int(id) for id in re.findall(rf' {record} id="(\d+)"', daemon.said)}
                stored = {row[0] for row in database.execute(f"SELECT id FROM {record}s")}
                self.assertGreater(len(said), 0)
                self.assertEqual(said, stored)

    def test_a_damaged_store_is_set_aside_and_said_aloud(self):
        with open(self.path("store.db"), "wb") as file:
            file.write(b"not a database " * 100)
        daemon = self.start_daemon()
        self.assertIn("set_aside", daemon.line_with("the store was damaged"))
        daemon.line_with("trimtabd runs")
        kept = glob.glob(self.path("store.db.corrupt-*"))
        self.assertEqual(len(kept), 1)
        with open(kept[0], "rb") as file:
            self.assertTrue(file.read().startswith(b"not a database"))

    def test_a_store_cut_short_by_a_crash_is_set_aside(self):
        daemon = self.run_daemon()
        self.until("HOLDING")
        self.assertEqual(daemon.end(), 0)
        with open(self.path("store.db"), "r+b") as file:
            file.truncate(os.path.getsize(self.path("store.db")) // 2)
        daemon = self.start_daemon()
        daemon.line_with("the store was damaged")
        daemon.line_with("trimtabd runs")
        # The host's proven configuration is the new study's baseline.
        self.assertEqual(self.until("HOLDING")["baseline"]["config"]["thread_pool_size"], "16")

    def test_a_newer_store_is_refused_and_untouched(self):
        daemon = self.run_daemon()
        daemon.end()
        with contextlib.closing(sqlite3.connect(self.path("store.db"))) as database:
            database.execute("PRAGMA user_version = 99")
        with open(self.path("store.db"), "rb") as file:
            before = file.read()
        daemon = self.start_daemon()
        self.assertIn("schema version 99", daemon.line_with("use a newer one"))
        self.assertEqual(daemon.end(), 1)
        with open(self.path("store.db"), "rb") as file:
            self.assertEqual(file.read(), before)

    def test_a_store_that_cannot_be_made_is_refused(self):
        daemon = self.start_daemon(name="none/")
        daemon.line_with("can't open")
        self.assertEqual(daemon.end(), 1)


class SignalsTest(programs.SteadyHostCase):

    def test_sigterm_in_a_trial_with_open_streams(self):
        for policy, expected in (("restore_committed", 16), ("restore_baseline", 4)):
            with self.subTest(policy):
                config = self.write_settings(shutdown=policy)
                daemon = self.run_daemon(config)
                self.until("HOLDING")
                # In the middle of a second round, on a candidate.
                self.assertEqual(self.ctl("start").returncode, 0)
                self.until("MEASURING")
                watches = [programs.Program(*self.ctl_command("watch")) for _ in range(3)]
                for watch in watches:
                    watch.line_with("{")
                begin = time.monotonic()
                self.assertEqual(daemon.end(), 0)
                self.assertLess(time.monotonic() - begin, 5)
                self.assertEqual(self.host_is(), [expected, expected])
                for watch in watches:
                    self.assertEqual(watch.end(signal.SIGCONT), 3)
                    self.assertIn("the daemon is ending", watch.said)

    def test_sigterm_while_the_host_hangs_ends_in_time_too(self):
        daemon = self.run_daemon()
        self.until("MEASURING")
        self.host.process.send_signal(signal.SIGSTOP)
        begin = time.monotonic()
        self.assertEqual(daemon.end(), 0)
        self.assertLess(time.monotonic() - begin, 5)
        self.host.process.send_signal(signal.SIGCONT)
        self.assertEqual(self.until_committed(), 4)

    def test_sigint_is_the_same(self):
        daemon = self.run_daemon()
        self.until("MEASURING")
        self.assertEqual(daemon.end(signal.SIGINT), 0)
        self.assertEqual(self.host_is(), [4, 4])

    def test_sighup_keeps_the_old_settings_when_the_new_are_bad(self):
        config = self.write_settings()
        daemon = self.run_daemon(config)
        self.until("HOLDING")
        self.write_settings(tuning={"max_trials": "many"}, sla={"max_p99": 1})
        daemon.process.send_signal(signal.SIGHUP)
        line = daemon.line_with("the old ones stay")
        self.assertIn("tuning.max_trials", line)
        self.assertIn("sla.max_p99", line)
        self.until_metric(daemon, "trimtab_settings_reload_successful 0")
        self.until_metric(daemon, "trimtab_settings_reload_failures_total 1")
        self.assertEqual(self.status()["state"], "TUNER_STATE_HOLDING")
        self.assertEqual(self.status()["trials_planned"], 3)

        # Good ones are swapped in, also as a ConfigMap does it: a new file in
        # place of the old.
        good = self.write_settings("next.yaml", tuning={"max_trials": 2},
                                   log={"level": "info"}, api={"listen": "unix:/elsewhere"})
        os.replace(good, config)
        daemon.process.send_signal(signal.SIGHUP)
        daemon.line_with("the settings were replaced")
        self.until_metric(daemon, "trimtab_settings_reload_successful 1")
        self.until_metric(daemon, "trimtab_settings_reload_failures_total 1")
        self.assertEqual(self.status()["trials_planned"], 2)

    def test_sighup_in_a_trial_ends_it_and_tuning_goes_on(self):
        config = self.write_settings()
        daemon = self.run_daemon(config)
        self.until("MEASURING")
        self.write_settings(tuning={"mode": "observe"})
        daemon.process.send_signal(signal.SIGHUP)
        daemon.line_with("the settings were replaced")
        self.assertEqual(self.until_committed(), 4)
        self.until("HOLDING")
        self.assertEqual(self.status()["mode"], "TUNING_MODE_OBSERVE")
        self.assertEqual(self.host_is(), [4, 4])


class SettingsFaultsTest(programs.SteadyHostCase):

    def test_bad_files_are_refused_with_exit_code_2(self):
        files = {"no.yaml": None, "empty.yaml": "", "torn.yaml": "tuning: {mode: auto",
                 "twice.yaml": "tuning: {seed: 1, seed: 2}", "list.yaml": "- a\n",
                 "binary.yaml": "\x00\x01\x02"}
        for name, text in files.items():
            with self.subTest(name):
                if text is not None:
                    with open(self.path(name), "w", encoding="utf-8") as file:
                        file.write(text)
                daemon = self.start_daemon(self.path(name))
                self.assertEqual(daemon.process.wait(programs.DEADLINE_S), 2)
                daemon.line_with(self.path(name))
                self.assertEqual(self.ctl("validate", self.path(name)).returncode, 2)

    def test_a_space_that_the_host_does_not_have_is_named(self):
        self.run_daemon(self.write_settings(
            parameters={"cache_sise": {"values": [1, 2]},
                        "thread_pool_size": {"values": [4, 100]}}))
        reason = self.until("PAUSED")["reason"]
        self.assertIn("cache_sise: the host has no such parameter", reason)
        self.assertIn("100 is above the host's maximum of 64", reason)
        self.assertEqual(self.host_is(), [4, 4])

    def test_a_wrong_option_is_exit_code_2(self):
        daemon = self.start("trimtabd", "--konfig", "x")
        self.assertEqual(daemon.process.wait(programs.DEADLINE_S), 2)


if __name__ == "__main__":
    programs.SteadyHostCase.binaries = sys.argv.pop(1)
    unittest.main()
