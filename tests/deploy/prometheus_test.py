#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus scrapes a real daemon by the project's own rules, in which
only the times are shorter: alerts fire, and clear.

Usage: prometheus_test.py DIRECTORY-OF-BINARIES DEPLOY-DIRECTORY
"""

import json
import os
import re
import shutil
import signal
import sys
import time
import unittest
import urllib.request

import programs
import steady

DEPLOY = sys.argv.pop(2)
# Minutes and more become seconds, so that a window fills and empties in a test.
SHORTER = {"5m": "2s", "30m": "3s", "1h": "4s", "6h": "6s", "3d": "8s", "15m": "10s"}


def listening_port(pid):
    """The port of the socket that a process listens on; none before it does."""
    inodes = set()
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            inodes.update(re.findall(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{number}")))
        except FileNotFoundError:
            continue
    with open(f"/proc/{pid}/net/tcp", encoding="utf-8") as file:
        for fields in (line.split() for line in file.readlines()[1:]):
            if fields[3] == "0A" and fields[9] in inodes:
                return int(fields[1].split(":")[1], 16)
    return None


@unittest.skipUnless(shutil.which("prometheus"), "Debian's package prometheus is not installed")
class PrometheusTest(steady.SteadyHostCase):

    def write_rules(self, name):
        with open(os.path.join(DEPLOY, "prometheus", name), encoding="utf-8") as file:
            text = file.read()
        text = re.sub(r"\bfor: \w+", "for: 0s", text)
        text = re.sub(r"\[(\w+)\]", lambda window: f"[{SHORTER[window.group(1)]}]", text)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def start_prometheus(self, target):
        for name in ("recording.rules.yml", "alerts.rules.yml"):
            self.write_rules(name)
        with open(os.path.join(DEPLOY, "prometheus", "prometheus.yml"), encoding="utf-8") as file:
            text = file.read()
        self.assertIn('"127.0.0.1:7412"', text)
        text = text.replace("127.0.0.1:7412", target).replace("15s", "200ms")
        with open(self.path("prometheus.yml"), "w", encoding="utf-8") as file:
            file.write(text)
        server = programs.Program(
            shutil.which("prometheus"), "--config.file", self.path("prometheus.yml"),
            "--storage.tsdb.path", self.path("tsdb"), "--web.listen-address", "127.0.0.1:0",
            "--query.lookback-delta", "1s")
        self.addCleanup(server.end)
        server.line_with("Server is ready to receive web requests")
        self.api = f"http://127.0.0.1:{listening_port(server.process.pid)}/api/v1"

    def ask(self, path):
        with urllib.request.urlopen(f"{self.api}/{path}") as answer:
            return json.load(answer)["data"]

    def until_alert(self, name, firing):
        """Waits until the alert fires, or doesn't."""
        end = time.monotonic() + programs.DEADLINE_S
        while time.monotonic() < end:
            alerts = {alert["labels"]["alertname"] for alert in self.ask("alerts")["alerts"]
                      if alert["state"] == "firing"}
            if (name in alerts) == firing:
                return
        raise AssertionError(f"{name} is {'not ' if firing else ''}among {alerts}")

    def test_a_host_that_is_lost_fires_and_its_return_clears(self):
        daemon = self.run_daemon()
        self.until("HOLDING")
        self.start_prometheus(daemon.metrics)
        self.until_alert("TrimtabHostLost", False)
        self.host.end(signal.SIGKILL)
        self.until_alert("TrimtabHostLost", True)
        self.host = self.start_host(self.tuner_address)
        self.until_alert("TrimtabHostLost", False)
        # The rules went through without an error, and the scrape too.
        groups = self.ask("rules")["groups"]
        self.assertGreater(len(groups), 3)
        for rule in (rule for group in groups for rule in group["rules"]):
            self.assertEqual(rule["health"], "ok", rule)
        (target,) = self.ask("targets")["activeTargets"]
        self.assertEqual((target["health"], target["lastError"]), ("up", ""))

    def test_a_breach_of_the_sla_burns_and_its_end_clears(self):
        config = self.write_settings(tuning={"mode": "observe"}, sla={"max_latency_p99_ms": 300})
        daemon = self.run_daemon(config)
        self.until_metric(daemon, 'trimtab_sla_compliant{requirement="latency_p99"} 1')
        self.start_prometheus(daemon.metrics)
        self.until_alert("TrimtabSlaBurnFast", False)
        self.host.ask("latency 500", "latency")
        self.until_alert("TrimtabSlaBurnFast", True)
        self.until_alert("TrimtabSlaBurn", True)
        self.host.ask("latency 0", "latency")
        self.until_alert("TrimtabSlaBurnFast", False)
        self.until_alert("TrimtabSlaBurn", False)

    def test_a_daemon_that_is_gone_fires(self):
        daemon = self.run_daemon()
        self.start_prometheus(daemon.metrics)
        self.until_alert("TrimtabDown", False)
        daemon.end(signal.SIGKILL)
        self.until_alert("TrimtabDown", True)


if __name__ == "__main__":
    programs.main()
