#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the host and its operator do to the real daemon: a host that is away, that
hangs, without traffic or in breach of its SLA, an operator's edit, another
daemon. Each is a state that says why and is left again.

Usage: host_faults_test.py DIRECTORY-OF-BINARIES
"""

import re
import signal

import programs
import steady


class HostFaultsTest(steady.SteadyHostCase):

    def test_a_host_that_is_not_there_is_waited_for(self):
        self.host.end(signal.SIGKILL)
        daemon = self.run_daemon()
        # Tried, and not just about to be.
        daemon.line_with('call="describe_host"')
        status = self.status()
        self.assertEqual(status["state"], "TUNER_STATE_CONNECTING")
        self.assertIn("failed to connect", status["reason"])
        self.assertFalse(status["host_reachable"])
        self.until_metric(daemon, 'trimtab_state{state="connecting"} 1')
        # Both the calls and the stream of metrics are missed.
        failures = re.compile(r'trimtab_host_call_failures_total\{call="(\w+)"\} [1-9]')
        programs.wait_for(lambda: {"describe_host", "stream_metrics"} <=
                          set(failures.findall(self.get(daemon, "metrics")[1])), "failed calls")
        self.assertEqual(self.get(daemon, "readyz")[0], 503)
        self.assertEqual(self.get(daemon, "healthz"), (200, "ok\n"))
        self.restart_host()
        self.until("HOLDING")
        self.assertEqual(self.get(daemon, "readyz")[0], 200)

    def test_a_host_that_hangs_from_the_first_is_waited_for(self):
        self.host.process.send_signal(signal.SIGSTOP)
        daemon = self.run_daemon()
        self.assertIn("DEADLINE_EXCEEDED", daemon.line_with('call="describe_host"'))
        self.assertEqual(self.status()["state"], "TUNER_STATE_CONNECTING")
        self.host.process.send_signal(signal.SIGCONT)
        self.until("HOLDING")

    def test_a_host_that_hangs_in_a_trial_is_lost_and_found(self):
        daemon = self.run_daemon()
        status = self.until("MEASURING")
        self.assertNotEqual(status["config_in_force"], status["baseline"]["config"])
        self.host.process.send_signal(signal.SIGSTOP)
        status = self.until("HOST_LOST")
        self.assertIn("the host doesn't answer", status["reason"])
        text = self.get(daemon, "metrics")[1]
        self.assertIn("trimtab_host_reachable 0", text)
        for stale in ("trimtab_host_latency_seconds", "trimtab_parameter_",
                      "trimtab_host_throughput_"):
            self.assertNotIn(stale, text)
        self.host.process.send_signal(signal.SIGCONT)
        # By its own lease, whether or not the daemon is back.
        self.assertEqual(self.until_committed(), 4)
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
        self.assertEqual(status["incumbent"]["config"]["thread_pool_size"], "16")
        self.assertEqual(self.host_is(), [16, 16])

    def test_no_traffic_is_no_result(self):
        daemon = self.run_daemon()
        self.until("MEASURING")
        daemon.skip()
        self.host.ask("traffic 0", "traffic")
        # The first that had none of it, the one under way may have had enough.
        self.assertNotIn("score", daemon.line_with('verdict="INCONCLUSIVE"'))
        self.assertIn("said nothing", self.until("PAUSED")["reason"])
        self.assertEqual(self.until_committed(), 4)
        self.host.ask("traffic 400", "traffic")
        self.until("HOLDING")

    def test_an_incident_freezes_tuning(self):
        self.run_daemon(self.write_settings(sla={"max_latency_p99_ms": 200},
                                            guard={"freeze_windows": 3, "thaw_windows": 3}))
        self.until("HOLDING")
        self.assertEqual(self.host_is(), [16, 16])
        self.host.ask("latency 500", "latency")
        # A promotion on probation goes back first; then the baseline breaches.
        status = self.until("FROZEN")
        in_force, committed = self.host_is()
        self.assertEqual(in_force, committed)
        self.assertIn("broke the SLA", status["reason"])
        self.assertEqual(self.ctl("watch", "--until-holding", "--for-seconds", "1").returncode, 1)
        self.host.ask("latency 0", "latency")
        self.until("HOLDING", "BASELINE", "SETTLING")

    def test_a_candidate_in_breach_is_taken_back_at_once(self):
        # Nobody waits for this lease, and 32 threads take 84 ms and more.
        daemon = self.run_daemon(self.write_settings(
            tuning={"lease_ms": 60000}, sla={"max_latency_p99_ms": 80},
            guard={"breach_windows": 2}, parameters={"thread_pool_size": {"values": [4, 32]}}))
        self.assertIn("thread_pool_size=32", daemon.line_with('verdict="FAILED"'))
        self.assertIn('reason="sla_breach"', daemon.line_with("decision "))
        daemon.line_with('to="holding"')
        self.assertEqual(self.host_is(), [4, 4])

    def test_a_trial_may_outlast_its_lease(self):
        # The host goes back by itself unless the lease is renewed meanwhile.
        self.run_daemon(self.write_settings(
            host={"rpc_timeout_ms": 300}, tuning={"lease_ms": 1000},
            measure={"min_windows": 20, "max_windows": 20},
            parameters={"thread_pool_size": {"values": [4, 16]}}))
        self.until("HOLDING")
        self.assertEqual({trial["verdict"] for trial in self.answers("trials")},
                         {"VERDICT_SUCCESS"})
        self.assertEqual(self.host_is(), [16, 16])
        self.assertEqual(self.decisions()[0], "PROMOTED")

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


if __name__ == "__main__":
    programs.main()
