#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manifests: what they promise, and that the sidecar as they start it does
run. Against the schemas: `tests/run.sh kubernetes`.

Usage: kubernetes_test.py DIRECTORY-OF-BINARIES DEPLOY-DIRECTORY
"""

import os
import re
import shutil
import subprocess
import sys
import unittest

import programs
import steady

BINARIES, DEPLOY = sys.argv.pop(1), sys.argv.pop(1)
programs.binaries = BINARIES
MANIFESTS = os.path.join(DEPLOY, "kubernetes")
KUSTOMIZATIONS = ("base", "overlays/dev", "overlays/production")
try:
    import yaml
except ImportError:
    yaml = None


def documents(path):
    with open(os.path.join(MANIFESTS, path), encoding="utf-8") as file:
        return [each for each in yaml.safe_load_all(file) if each]


def pods(manifests):
    return [each["spec"]["template"]["spec"] for each in manifests
            if each["kind"] in ("StatefulSet", "Deployment")]


def sidecar(pod):
    (found,) = [each for each in pod["initContainers"] if each["name"] == "trimtabd"]
    return found


@unittest.skipUnless(yaml, "PyYAML is not installed (Debian's package python3-yaml)")
class ManifestsTest(unittest.TestCase):

    def rendered(self):
        """Base and overlays as kubectl renders them; without it, the base's own files."""
        if not shutil.which("kubectl"):
            names = documents("base/kustomization.yaml")[0]["resources"]
            return {"base": [each for name in names for each in documents(f"base/{name}")]}
        result = {}
        for name in KUSTOMIZATIONS:
            done = subprocess.run(["kubectl", "kustomize", os.path.join(MANIFESTS, name)],
                                  capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            result[name] = [each for each in yaml.safe_load_all(done.stdout) if each]
        return result

    def each_pod(self):
        for name, manifests in self.rendered().items():
            found = pods(manifests)
            self.assertEqual(len(found), 1)
            with self.subTest(name):
                yield found[0]

    def test_overlays_are_rendered(self):
        if not shutil.which("kubectl"):
            self.skipTest("kubectl is not installed")
        self.assertEqual(set(self.rendered()), set(KUSTOMIZATIONS))

    def test_every_container_is_hardened(self):
        for pod in self.each_pod():
            whole = pod["securityContext"]
            self.assertTrue(whole["runAsNonRoot"])
            self.assertGreaterEqual(whole["runAsUser"], 1000)
            self.assertEqual(whole["seccompProfile"], {"type": "RuntimeDefault"})
            self.assertFalse(pod["automountServiceAccountToken"])
            for container in pod["initContainers"] + pod["containers"]:
                own = container["securityContext"]
                self.assertFalse(own["allowPrivilegeEscalation"])
                self.assertTrue(own["readOnlyRootFilesystem"])
                self.assertEqual(own["capabilities"], {"drop": ["ALL"]})
                self.assertIn("memory", container["resources"]["limits"])
                self.assertEqual(set(container["resources"]["requests"]), {"cpu", "memory"})

    def test_the_sidecar_is_native_and_probed_by_grpc(self):
        for pod in self.each_pod():
            container = sidecar(pod)
            self.assertEqual(container["restartPolicy"], "Always")
            ports = {port["name"]: port["containerPort"] for port in container["ports"]}
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                self.assertEqual(container[probe]["grpc"]["port"], ports["health"])
            self.assertEqual(container["lifecycle"]["preStop"]["exec"]["command"][:2],
                             ["trimtabctl", "pause"])
            self.assertGreater(pod["terminationGracePeriodSeconds"], 10)

    def test_the_socket_the_state_and_the_settings_are_where_the_arguments_say(self):
        for name, manifests in self.rendered().items():
            (pod,) = pods(manifests)
            volumes = {each["name"]: each for each in pod["volumes"]}
            for each in manifests:
                for claim in each["spec"].get("volumeClaimTemplates", []) if "spec" in each else []:
                    volumes[claim["metadata"]["name"]] = claim
            container = sidecar(pod)
            mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
            options = dict(each.split("=", 1) for each in container["args"] if "=" in each)
            for option in ("--config", "--store"):
                mount = mounts[os.path.dirname(options[option])]
                self.assertIn(mount["name"], volumes)
                # A file mounted by subPath would never change.
                self.assertNotIn("subPath", mount)
            self.assertIn("emptyDir", volumes[mounts["/run/trimtab"]["name"]])
            (host,) = [each for each in pod["containers"] if each["name"] == "host"]
            self.assertIn("--listen=" + options["--host"], host["args"])
            self.assertIn(mounts["/run/trimtab"], host["volumeMounts"])
            self.assertIn("--watch-config", container["args"])
            if name == "base" and not shutil.which("kubectl"):
                continue
            settings = [each for each in manifests if each["kind"] == "ConfigMap"]
            self.assertEqual([each["metadata"]["name"] for each in settings], ["trimtab"])

    def test_metrics_are_scraped_and_nothing_else_is_open(self):
        for name, manifests in self.rendered().items():
            kinds = {each["kind"]: each for each in manifests}
            (endpoint,) = kinds["PodMonitor"]["spec"]["podMetricsEndpoints"]
            self.assertEqual(endpoint["port"], "metrics")
            policy = kinds["NetworkPolicy"]["spec"]
            self.assertEqual(policy["policyTypes"], ["Ingress", "Egress"])
            self.assertEqual([port["port"] for rule in policy["ingress"] for port in rule["ports"]],
                             ["data", "metrics"], name)
            self.assertEqual(policy["egress"], [])

    def test_the_settings_have_no_mistake(self):
        for name in KUSTOMIZATIONS:
            done = subprocess.run([os.path.join(BINARIES, "trimtabctl"), "validate",
                                   os.path.join(MANIFESTS, name, "trimtab.yaml")],
                                  capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


@unittest.skipUnless(yaml, "PyYAML is not installed (Debian's package python3-yaml)")
class SidecarTest(steady.SteadyHostCase):
    def test_runs_as_the_manifest_starts_it(self):
        (pod,) = pods(documents("base/statefulset.yaml"))
        container = sidecar(pod)
        # A pod's places are folders here; ports are of the system's choice.
        for place in ("run", "etc", "var"):
            os.mkdir(self.path(place))
        shutil.copy(self.write_settings(), self.path("etc"))

        def here(text):
            for place, folder in (("/etc/trimtab", "etc"), ("/run/trimtab", "run"),
                                  ("/var/lib/trimtab", "var")):
                text = text.replace(place, self.path(folder))
            return re.sub(r"0\.0\.0\.0:\d+", "127.0.0.1:0", text)

        arguments = [here(each).replace("unix:" + self.path("run/host.sock"), self.tuner_address)
                     for each in container["args"]]
        environment = {**os.environ, "PATH": f"{BINARIES}:{os.environ['PATH']}",
                       **{each["name"]: here(each["value"]) for each in container["env"]}}
        daemon = self.start("trimtabd", *arguments, env=environment)
        health = daemon.line_with("trimtabd runs").split('health="')[1].split('"')[0]

        def probe(name):
            service = container[name]["grpc"]["service"]
            done = subprocess.run([programs.binary("trimtabd"), "--probe", service, "--api", health],
                                  capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)

        probe("startupProbe")
        probe("livenessProbe")
        os.symlink(self.path("run/api.sock"), self.path("api"))
        self.until("HOLDING")
        command = container["lifecycle"]["preStop"]["exec"]["command"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True,
                              timeout=30, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.status()["state"], "TUNER_STATE_PAUSED")
        self.assertEqual(daemon.end(), 0)
        self.assertEqual(sorted(os.listdir(self.path("var")))[0], "trimtab.db")


if __name__ == "__main__":
    unittest.main()
