#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules and the dashboard: what they ask for is what trimtabd exports, and
promtool finds the alerts to fire as they should.

Usage: monitoring_test.py DIRECTORY-OF-BINARIES DEPLOY-DIRECTORY
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import programs
import steady

DEPLOY = sys.argv.pop(2)
RULES = [os.path.join(DEPLOY, "prometheus", name)
         for name in ("recording.rules.yml", "alerts.rules.yml")]
DASHBOARD = os.path.join(DEPLOY, "grafana", "dashboards", "trimtab.json")
# Of metrics; a recorded one has colons.
NAME = re.compile(r"\b(?:instance:)?trimtab_\w+(?::\w+)?")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def queries(node):
    """Every expression of a dashboard, of annotations and variables too."""
    if isinstance(node, list):
        return [query for each in node for query in queries(each)]
    if not isinstance(node, dict):
        return []
    found = [node["expr"]] if "expr" in node else []
    variable = node.get("query")
    if isinstance(variable, dict) and "label_values" in variable.get("query", ""):
        found.append(re.search(r"label_values\((\w+)", variable["query"]).group(1))
    return found + [query for value in node.values() for query in queries(value)]


def expressions(rules):
    """The text of a file of rules without what is no expression."""
    text = re.sub(r"#.*", "", rules)
    return re.sub(r"(?m)^ *(- alert|- record|- name|summary|description):.*$", "", text)


def recorded(rules):
    return set(re.findall(r"record: (\S+)", rules))


def promtool(test, *arguments):
    if not shutil.which("promtool"):
        test.skipTest("promtool is not installed (Debian's package prometheus)")
    done = subprocess.run(["promtool", *arguments], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, timeout=240, check=False)
    test.assertEqual(done.returncode, 0, done.stdout)


class ExportedTest(steady.SteadyHostCase):

    def exported(self):
        """The names that a daemon with a host of every kind of parameter shows."""
        self.host.end(signal.SIGKILL)
        self.host = self.start_host(self.tuner_address, "kinds")
        daemon = self.run_daemon()
        self.until("HOLDING")
        text = self.get(daemon, "metrics")[1]
        names = set()
        for name, kind in re.findall(r"(?m)^# TYPE (\S+) (\S+)$", text):
            names |= {name + "_sum", name + "_count"} if kind == "summary" else {name}
        return names

    def test_every_query_names_a_metric_that_is_exported(self):
        known = self.exported() | recorded(read(RULES[0]))
        asked = queries(json.loads(read(DASHBOARD)))
        self.assertGreater(len(asked), 30)
        for query in asked + [expressions(read(path)) for path in RULES]:
            names = NAME.findall(query)
            self.assertTrue(names, query)
            self.assertLessEqual(set(names), known, query)

    def test_a_name_that_is_not_exported_is_found(self):
        names = NAME.findall('rate(trimtab_misspelt_total{a="b"}[5m]) / instance:trimtab_x:rate1h')
        self.assertEqual(names, ["trimtab_misspelt_total", "instance:trimtab_x:rate1h"])


class RulesTest(unittest.TestCase):

    def test_alerts_fire_when_they_should_and_only_then(self):
        tests = os.path.join(os.path.dirname(os.path.abspath(__file__)), "prometheus",
                             "rules_test.yml")
        alerts = set(re.findall(r"alert: (\S+)", read(RULES[1])))
        fired = set(re.findall(r"alertname: (\S+)\n +exp_alerts", read(tests)))
        self.assertEqual(alerts, fired)
        promtool(self, "test", "rules", tests)

    def test_prometheus_takes_the_configuration(self):
        promtool(self, "check", "config", os.path.join(DEPLOY, "prometheus", "prometheus.yml"))

    def test_what_to_do_is_written_for_every_alert(self):
        guide = read(os.path.join(DEPLOY, "prometheus", "README.md"))
        for alert in re.findall(r"alert: (\S+)", read(RULES[1])):
            self.assertIn(f"`{alert}`", guide)

    def test_the_dashboards_queries_are_promql(self):
        rules = [{"record": f"query:{number}", "expr": query.replace("$__rate_interval", "5m")}
                 for number, query in enumerate(queries(json.loads(read(DASHBOARD))))]
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
            file.flush()
            promtool(self, "check", "rules", file.name)

    def test_panels_neither_overlap_nor_share_a_number(self):
        panels = json.loads(read(DASHBOARD))["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        cells = [(x, y) for panel in panels for place in [panel["gridPos"]]
                 for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])]
        self.assertEqual(len(set(cells)), len(cells))
        self.assertLess(max(x for x, _ in cells), 24)


if __name__ == "__main__":
    programs.main()
