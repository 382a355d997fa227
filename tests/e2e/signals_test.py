#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The signals that the real daemon knows, in the middle of a trial: SIGTERM, SIGINT,
SIGHUP. The host is left on what is committed.

Usage: signals_test.py DIRECTORY-OF-BINARIES
"""

import os
import signal
import time

import programs
import steady


# What is promised to whoever ends the daemon.
PROMISED_S = 5


class SignalsTest(steady.SteadyHostCase):

    def test_sigterm_in_a_trial_with_open_streams(self):
        for policy, expected in (("restore_committed", 16), ("restore_baseline", 4)):
            with self.subTest(policy):
                # Nobody waits for this lease.
                config = self.write_settings(shutdown=policy, tuning={"lease_ms": 60000})
                daemon = self.run_daemon(config)
                self.until("HOLDING")
                self.assertEqual(self.host_is(), [16, 16])
                watches = [programs.Program(*self.ctl_command("watch")) for _ in range(3)]
                for watch in watches:
                    watch.line_with("{")
                # In the middle of a second round.
                self.assertEqual(self.ctl("start").returncode, 0)
                self.until_on_candidate()
                begin = time.monotonic()
                self.assertEqual(daemon.end(), 0)
                self.assertLess(time.monotonic() - begin, PROMISED_S)
                self.assertEqual(self.host_is(), [expected, expected])
                for watch in watches:
                    self.assertEqual(watch.end(signal.SIGCONT), 3)
                    self.assertIn("the daemon is ending", watch.said)

    def test_sigterm_while_the_host_hangs_ends_in_time_too(self):
        daemon = self.run_daemon()
        self.until_on_candidate()
        self.host.process.send_signal(signal.SIGSTOP)
        begin = time.monotonic()
        self.assertEqual(daemon.end(), 0)
        self.assertLess(time.monotonic() - begin, PROMISED_S)
        self.host.process.send_signal(signal.SIGCONT)
        self.assertEqual(self.until_committed(), 4)

    def test_sigint_is_the_same(self):
        daemon = self.run_daemon(self.write_settings(tuning={"lease_ms": 60000}))
        self.until_on_candidate()
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
        # Who sent the signals and what came of it.
        taken, refused = self.answers("audit")
        for record in (taken, refused):
            self.assertEqual(record["call"], "ReloadSettings")
            self.assertEqual(record["caller"], f"uid:{os.geteuid()}")
            self.assertEqual(record["peer"], f"signal from process {os.getpid()}")
        self.assertEqual((refused["outcome"], taken["outcome"]), ("INVALID_ARGUMENT", "OK"))
        self.assertIn("tuning.max_trials: 4 -> 2", taken["request"])
        self.assertIn("log.level", taken["message"])

    def test_sighup_in_a_trial_ends_it_and_tuning_goes_on(self):
        config = self.write_settings()
        daemon = self.run_daemon(config)
        self.until_on_candidate()
        self.write_settings(tuning={"mode": "observe"})
        daemon.process.send_signal(signal.SIGHUP)
        daemon.line_with("the settings were replaced")
        # Who only observes leaves it to the lease.
        self.assertEqual(self.until_committed(), 4)
        self.until("HOLDING")
        self.assertEqual(self.status()["mode"], "TUNING_MODE_OBSERVE")
        record = self.answers("audit")[0]
        self.assertEqual(record["before"]["mode"], "TUNING_MODE_AUTO")
        self.assertEqual(record["after"]["mode"], "TUNING_MODE_OBSERVE")
        daemon.end()
        daemon = self.run_daemon(config)
        shutdown = self.answers("audit")[0]
        self.assertEqual((shutdown["call"], shutdown["outcome"]), ("Shutdown", "OK"))
        self.assertEqual(self.host_is(), [4, 4])


if __name__ == "__main__":
    programs.main()
