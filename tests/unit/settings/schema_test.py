#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The JSON Schema of the settings and the reader of the settings agree: on the
files that are shipped, on every key, and on what each key allows.

Usage: schema_test.py TRIMTABCTL CONFIG-DIRECTORY
"""

import glob
import json
import os
import subprocess
import sys
import tempfile
import unittest

try:
    import jsonschema
    import yaml
except ImportError:
    # Debian's packages belong to Debian's Python, which may not be the first.
    DEBIAN = "/usr/bin/python3"
    if os.path.exists(DEBIAN) and os.path.realpath(sys.executable) != os.path.realpath(DEBIAN):
        os.execv(DEBIAN, [DEBIAN, *sys.argv])
    print("SKIPPED: python3-jsonschema and python3-yaml are not installed", file=sys.stderr)
    sys.exit(0)

TRIMTABCTL, CONFIG = sys.argv.pop(1), sys.argv.pop(1)

# What the reader says of a value that is wrong by itself.
OWN_FAULT = ("must be (a (number|whole|single|list)|one of|true or|HOST)|must not be empty|"
             "is not a setting")
NO_SCALAR = {"no": "scalar"}


def leaves(schema, path=()):
    """Path and schema of every setting; a parameter's under the name `p`."""
    for key, each in schema.get("properties", {}).items():
        if "properties" in each or isinstance(each.get("additionalProperties"), dict):
            yield from leaves(each, path + (key,))
        else:
            yield path + (key,), each
    for each in (schema.get("additionalProperties") or {}).get("anyOf", []):
        yield from leaves(each, path + ("p",))


def document(path, value):
    """Settings that are good but for `path`, which is `value`."""
    settings = {"parameters": {"p": {"values": [1, 2]}}}
    if path[:2] == ("parameters", "p") and path[2:] not in (("values",), ("unit",)):
        settings = {"parameters": {"p": {"min": 1, "max": 2}}}
    inner = settings
    for key in path[:-1]:
        inner = inner.setdefault(key, {})
    inner[path[-1]] = value
    return settings


class SchemaTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        result = subprocess.run([TRIMTABCTL, "schema"], capture_output=True, text=True, check=True)
        cls.text = result.stdout
        cls.schema = json.loads(result.stdout)
        jsonschema.Draft7Validator.check_schema(cls.schema)
        cls.validator = jsonschema.Draft7Validator(cls.schema)

    def complaints(self, settings):
        """What the reader says of the settings."""
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            # JSON is YAML.
            json.dump(settings, file)
            file.flush()
            result = subprocess.run([TRIMTABCTL, "validate", file.name], capture_output=True,
                                    text=True, check=False)
        return result.stderr.replace(file.name, "FILE") if result.returncode else ""

    def expect(self, settings, path, good):
        """Both take the value at `path`, or both refuse it."""
        self.assertEqual(self.validator.is_valid(settings), good, settings)
        complained = f" {'.'.join(path)}: " in self.complaints(settings)
        # What settings demand of each other is no matter of the schema.
        if not good:
            self.assertTrue(complained, (settings, self.complaints(settings)))
        elif complained:
            self.assertNotRegex(self.complaints(settings), OWN_FAULT)

    def test_the_shipped_schema_is_the_readers(self):
        with open(os.path.join(CONFIG, "trimtab.schema.json"), encoding="utf-8") as file:
            self.assertEqual(file.read(), self.text,
                             "run: trimtabctl schema > config/trimtab.schema.json")

    def test_every_shipped_file_is_valid(self):
        files = glob.glob(os.path.join(CONFIG, "*.yaml")) + glob.glob(
            os.path.join(CONFIG, "profiles", "*.yaml"))
        self.assertGreaterEqual(len(files), 5)
        for name in files:
            with open(name, encoding="utf-8") as file:
                self.validator.validate(yaml.safe_load(file))

    def test_every_key_is_known_to_both_with_the_same_limits(self):
        count = 0
        for path, each in leaves(self.schema):
            count += 1
            if "minimum" in each:
                below = abs(each["minimum"]) * 1e-3 if each["type"] == "number" else 0
                cases = [(each["minimum"], True), (each["maximum"], True),
                         (each["minimum"] - max(below, 1), False), ("many", False)]
                # The greatest whole number has none above it.
                if each["maximum"] < 2**62:
                    cases.append((each["maximum"] * 1.1 + 1, False))
                if each["type"] == "integer":
                    cases.append((each["minimum"] + 0.5, False))
            elif "enum" in each:
                cases = [(word, True) for word in each["enum"]] + [("nonsense", False)]
            elif each["type"] == "boolean":
                cases = [(True, True), (False, True), ("maybe", False), (1, False)]
            elif each["type"] == "array":
                cases = [([], True) if path == ("rules",) else ([3, 4], True), (NO_SCALAR, False)]
            elif "pattern" in each:
                cases = [("127.0.0.1:0", True), ("unix:/run/a", True), ("127.0.0.1", False),
                         (NO_SCALAR, False)]
            else:
                cases = [("text", True), ("", False), (NO_SCALAR, False)]
            if "default" in each:
                cases.append((each["default"], True))
            for value, good in cases:
                with self.subTest(path=".".join(path), value=value):
                    self.expect(document(path, value), path, good)
        self.assertGreater(count, 60)

    def test_an_unknown_key_is_known_to_neither(self):
        for path in ((), ("host",), ("tuning",), ("objective", "weights"), ("parameters", "p"),
                     ("log",)):
            path += ("nonsense",)
            with self.subTest(path=".".join(path)):
                self.expect(document(path, 1), path, False)

    def test_a_parameter_may_be_a_single_value(self):
        settings = document(("parameters", "fixed"), 100)
        self.assertTrue(self.validator.is_valid(settings))
        self.assertEqual(self.complaints(settings), "")


if __name__ == "__main__":
    unittest.main()
