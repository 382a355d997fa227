#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The compose file and the Dockerfile, as far as they can be judged without a
container engine. Built and run for real: `tests/run.sh container`.

Usage: compose_test.py DIRECTORY-OF-BINARIES DEPLOY-DIRECTORY
"""

import os
import re
import shutil
import subprocess
import sys
import unittest

BINARIES, DEPLOY = sys.argv.pop(1), sys.argv.pop(1)
try:
    import yaml
except ImportError:
    yaml = None


def read(name):
    with open(os.path.join(DEPLOY, name), encoding="utf-8") as file:
        return file.read()


class ImageTest(unittest.TestCase):

    def test_what_is_copied_is_there_and_not_ignored(self):
        project = os.path.dirname(DEPLOY)
        ignored = read("../.containerignore").split()
        self.assertEqual(ignored[ignored.index("**")], "**")
        for sources in re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", read("Dockerfile")):
            for source in sources.split():
                self.assertTrue(os.path.exists(os.path.join(project, source)), source)
                self.assertTrue(any(source.startswith(each[1:]) for each in ignored
                                    if each.startswith("!")), source)

    def test_it_runs_as_nobody_and_knows_its_health(self):
        text = read("Dockerfile")
        self.assertEqual(set(re.findall(r"(?m)^USER (\S+)", text)) - {"root"}, {"65532:65532"})
        # Root for the demo's installation alone.
        self.assertRegex(text, r"(?s)USER root.*USER 65532:65532")
        self.assertIn('"trimtabd", "--probe"', text)
        self.assertLess(text.index("install-packages.sh"), text.index("COPY daemon"))


@unittest.skipUnless(yaml, "PyYAML is not installed (Debian's package python3-yaml)")
class ComposeTest(unittest.TestCase):

    def setUp(self):
        self.services = yaml.safe_load(read("compose.yaml"))["services"]

    def test_every_service_is_confined(self):
        self.assertEqual(set(self.services),
                         {"host", "backend", "load", "trimtabd", "prometheus", "grafana"})
        for name, service in self.services.items():
            with self.subTest(name):
                self.assertTrue(service["read_only"])
                self.assertEqual(service["cap_drop"], ["ALL"])
                self.assertEqual(service["security_opt"], ["no-new-privileges:true"])
                for port in service.get("ports", []):
                    self.assertTrue(port.startswith("127.0.0.1:"), port)
                self.assertTrue("build" in service or re.search(r":v?\d", service["image"]))

    def test_what_is_mounted_and_built_is_there(self):
        stages = re.findall(r" AS (\S+)", read("Dockerfile"))
        for service in self.services.values():
            if "build" in service:
                self.assertIn(service["build"]["target"], stages)
            for volume in service.get("volumes", []):
                source = volume.split(":")[0]
                if source.startswith("."):
                    self.assertTrue(os.path.exists(os.path.join(DEPLOY, source)), source)

    def test_programs_take_the_options_they_are_given(self):
        for name in ("host", "backend", "load", "trimtabd"):
            command = list(self.services[name]["command"])
            program = command.pop(0) if name != "trimtabd" else name
            said = subprocess.run([os.path.join(BINARIES, program), "--help"], text=True,
                                  capture_output=True, timeout=30, check=True).stdout
            for word in command:
                self.assertRegex(said, rf"(?m)^  {re.escape(word.split('=')[0])}\b", name)

    def test_an_engine_takes_it(self):
        compose = ["docker", "compose"]
        if not shutil.which("docker") or subprocess.run([*compose, "version"], timeout=30,
                                                        capture_output=True).returncode != 0:
            self.skipTest("docker compose is not installed")
        subprocess.run([*compose, "-f", os.path.join(DEPLOY, "compose.yaml"), "config",
                        "--quiet"], timeout=60, check=True)


if __name__ == "__main__":
    unittest.main()
