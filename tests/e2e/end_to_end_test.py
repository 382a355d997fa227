#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The real binaries over real sockets, as a stranger would use them: the demo
under load and the quickstart's settings.

Usage: end_to_end_test.py DIRECTORY-OF-BINARIES PROFILE
"""

import shutil
import signal
import subprocess
import sys

import demo
import programs

PROFILE = sys.argv.pop(2)


class EndToEndTest(demo.DemoCase):

    def setUp(self):
        super().setUp()
        self.run_demo()

    def run_daemon(self, **options):
        return super().run_daemon(PROFILE, self.tuner_address, **options)

    def test_tunes_shows_itself_and_ends_in_order(self):
        daemon = self.run_daemon()
        daemon.line_with('to="measuring"')
        self.until_metric(daemon, 'trimtab_state{state="measuring"} 1')
        scrape = self.get(daemon, "metrics")[1]
        if shutil.which("promtool"):
            check = subprocess.run(["promtool", "check", "metrics"], input=scrape, text=True,
                                   capture_output=True, check=False)
            self.assertEqual((check.returncode, check.stdout, check.stderr), (0, "", ""))
        else:
            print("SKIPPED: promtool is not installed", file=sys.stderr)
        for page in ("healthz", "readyz"):
            self.assertEqual(self.get(daemon, page)[0], 200)
        self.assertIn("BASELINE", self.decisions())
        self.assertEqual(daemon.end(), 0)
        self.assertEqual(self.ctl("status").returncode, 3)

    def test_killed_in_a_trial_it_recovers(self):
        daemon = self.run_daemon()
        before = self.until("MEASURING")
        self.assertNotEqual(before["config_in_force"], before["baseline"]["config"])
        daemon.end(signal.SIGKILL)
        # The lease is long enough for the next one to find the candidate there.
        daemon = self.run_daemon()
        self.assertIn("unproven", daemon.line_with('reason="recovered"'))
        daemon.line_with('to="settling"')
        self.assertEqual(self.status()["study_id"], before["study_id"])
        pause = self.answers("pause")[0]
        self.assertEqual(pause["state"], "TUNER_STATE_PAUSED")
        status = self.status()
        self.assertEqual(status["config_in_force"], status["baseline"]["config"])
        self.assertEqual(self.ctl("approve").returncode, 1)


if __name__ == "__main__":
    programs.main()
