#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may do what, with the real binaries: certificates and tokens on a port with
TLS, files that are wrong, files that change, and secrets that nobody tells.

Usage: identity_test.py DIRECTORY-OF-BINARIES
"""

import os
import signal
import stat
import subprocess

import programs
import steady

TOKEN = "ci-secret-token-0123456789"


class IdentityTest(steady.SteadyHostCase):

    def setUp(self):
        super().setUp()
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-days", "2", "-subj", "/CN=authority", "-keyout", self.path("ca.key"), "-out",
                     self.path("ca.pem"))
        self.issue("server", "IP:127.0.0.1")
        self.issue("oncall.test", "DNS:oncall.test")
        self.write("ci.token", TOKEN + "\n")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    def issue(self, name, alternative, days=2):
        """NAME.pem and NAME.key."""
        key, request, out = (self.path(f"{name}.{end}") for end in ("key", "csr", "pem"))
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        extensions = self.write("extensions", f"subjectAltName={alternative}\n")
        self.openssl("x509", "-req", "-in", request, "-CA", self.path("ca.pem"), "-CAkey",
                     self.path("ca.key"), "-CAcreateserial", "-days", str(days), "-extfile",
                     extensions, "-out", out)

    def settings(self, **api):
        return self.write_settings(api={
            "listen": "127.0.0.1:0",
            "tls": {"certificate": self.path("server.pem"), "key": self.path("server.key"),
                    "client_ca": self.path("ca.pem")},
            "tokens": {"ci": self.path("ci.token")},
            "roles": {"viewer": {"tokens": ["ci"]}, "operator": {"certificates": ["oncall.test"]}},
            **api})

    def serve(self, config):
        daemon = self.start_daemon(config, api="127.0.0.1:0")
        self.address = daemon.line_with("trimtabd runs").split('api="')[1].split('"')[0]
        return daemon

    def ask(self, *arguments, environment=None):
        return subprocess.run(
            [programs.binary("trimtabctl"), "--address", self.address, "--tls-ca", self.path("ca.pem"),
             *arguments], capture_output=True, text=True, timeout=programs.DEADLINE_S, check=False,
            env={**os.environ, **(environment or {})})

    def shown(self, name):
        return ("--tls-cert", self.path(name + ".pem"), "--tls-key", self.path(name + ".key"))

    def test_a_certificate_steers_and_a_token_reads(self):
        daemon = self.serve(self.settings())
        token = ("--token-file", self.path("ci.token"))
        self.assertEqual(self.ask(*token, "status").returncode, 0)
        refused = self.ask(*token, "stop")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("needs the role operator, but token:ci has the role viewer", refused.stderr)
        stopped = self.ask(*self.shown("oncall.test"), "stop", "--reason", "test")
        self.assertEqual(stopped.returncode, 0, stopped.stderr)
        nobody = self.ask("status")
        self.assertEqual(nobody.returncode, 1)
        self.assertIn("needs the role viewer", nobody.stderr)
        by_environment = self.ask("status", environment={"TRIMTAB_TOKEN_FILE": token[1]})
        self.assertEqual(by_environment.returncode, 0, by_environment.stderr)
        # A changed token counts as soon as the daemon has seen it.
        self.write("ci.token", "another-secret-0123456789\n")
        daemon.line_with("changed files are used from now on")
        self.assertEqual(self.ask(*token, "status").returncode, 0)
        wrong = self.ask("--token-file", self.write("old.token", TOKEN), "status")
        self.assertEqual(wrong.returncode, 1)
        self.assertEqual(self.ask("--token-file", self.path("old.token"), "stop").returncode, 1)
        self.assertIn("not one that this daemon knows", wrong.stderr)
        self.assertIn("needs the role admin", self.ask(*self.shown("oncall.test"), "audit").stderr)
        self.assertEqual(daemon.end(), 0)
        with open(self.path("server.key"), encoding="utf-8") as file:
            key = file.read().splitlines()[1]
        with open(self.path("store.db"), "rb") as file:
            store = file.read().decode(errors="replace")
        # Who was let in and who was not.
        for said in ("certificate:oncall.test", "token:ci has the role viewer",
                     "the token is not one"):
            self.assertTrue(said in store, said)
        for secret in (TOKEN, "another-secret", key):
            self.assertNotIn(secret, daemon.said)
            self.assertNotIn(secret, store)
            self.assertNotIn(secret, refused.stderr + wrong.stderr + nobody.stderr)

    def test_certificates_change_while_a_watch_goes_on(self):
        daemon = self.serve(self.settings())
        watch = programs.Program(programs.binary("trimtabctl"), "--address", self.address, "--tls-ca",
                                 self.path("ca.pem"), *self.shown("oncall.test"), "watch")
        self.addCleanup(watch.end)
        watch.line_with("(")
        self.issue("server", "DNS:next.test")
        daemon.line_with("changed files are used from now on")
        programs.wait_for(
            lambda: self.ask(*self.shown("oncall.test"), "--tls-server-name", "next.test",
                             "status").returncode == 0, "new certificate")
        stopped = self.ask(*self.shown("oncall.test"), "--tls-server-name", "next.test", "stop",
                           "--reason", "the watch sees this")
        self.assertEqual(stopped.returncode, 0, stopped.stderr)
        watch.line_with("stopped")

    def test_a_probe_needs_no_certificate(self):
        config = self.settings(listen="127.0.0.1:0")
        self.serve(config)
        probe = subprocess.run(
            [programs.binary("trimtabd"), "--config", self.settings(listen=self.address),
             "--probe"], capture_output=True, text=True, timeout=programs.DEADLINE_S, check=False)
        self.assertEqual(probe.returncode, 0, probe.stderr)

    def test_files_that_are_wrong_are_told_at_the_start(self):
        self.write("short.token", "short-secret")
        self.issue("old", "IP:127.0.0.1", days=-1)
        old = {"certificate": self.path("old.pem"), "key": self.path("old.key")}
        mixed = {"certificate": self.path("server.pem"), "key": self.path("ca.key")}
        for api, why in (({"tls": old}, "api.tls.certificate: " + old["certificate"] + " expired"),
                         ({"tls": mixed}, "api.tls.key"),
                         ({"tokens": {"ci": self.path("short.token")}}, "api.tokens.ci"),
                         ({"tokens": {"ci": self.path("none")}}, "can't be read")):
            daemon = self.start_daemon(self.settings(**api), api="127.0.0.1:0")
            self.assertIn(why, daemon.line_with("api.to" if "tokens" in api else "api.tls"))
            self.assertEqual(daemon.wait(), 1)
            self.assertNotIn("short-secret", daemon.said)

    def test_without_tls_no_other_machine_is_served(self):
        for option, address in (("--api", "0.0.0.0:0"), ("--host", "192.0.2.1:7400")):
            daemon = self.start("trimtabd", "--config", self.write_settings(), option, address)
            daemon.line_with(f"{option}: '{address}' reaches beyond this machine")
            self.assertEqual(daemon.wait(), 2)

    def test_the_unix_socket_is_the_daemons_and_its_groups(self):
        daemon = self.run_daemon()
        self.assertEqual(stat.S_IMODE(os.stat(self.path("api")).st_mode), 0o660)
        self.assertEqual(self.ctl("stop", "--reason", "enough").returncode, 0)
        caller = f"uid:{os.geteuid()}"
        record = self.answers("audit")[0]
        self.assertEqual((record["caller"], record["role"], record["peer"]),
                         (caller, "admin", "unix"))
        self.assertEqual((record["call"], record["outcome"]), ("StopTuning", "OK"))
        self.assertIn("enough", record["request"])
        self.assertEqual(record["after"]["state"], "TUNER_STATE_STOPPED")
        self.assertEqual(self.ctl("approve").returncode, 1)
        table = self.ctl("audit", output="text").stdout.splitlines()
        self.assertIn("FAILED_PRECONDITION", table[1])
        self.assertIn("-> stopped", table[2])
        # The decision's actor is the same.
        decision = self.answers("decisions")[0]
        self.assertEqual(decision["actor"], caller)
        self.assertIn(f"stopped by {caller}: enough", decision["explanation"])
        # What was answered is kept, however the daemon ends.
        self.assertEqual(self.ctl("start").returncode, 0)
        daemon.end(signal.SIGKILL)
        self.run_daemon()
        self.assertEqual(self.answers("audit")[0]["call"], "StartTuning")


if __name__ == "__main__":
    programs.main()
