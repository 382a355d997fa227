#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual pages and the completions name what the programs take, all of it
and nothing else.

Usage: manual_test.py DIRECTORY-OF-BINARIES DEPLOY-DIRECTORY
"""

import os
import re
import shutil
import subprocess
import sys
import unittest

BINARIES, DEPLOY = sys.argv.pop(1), sys.argv.pop(1)
PAGES = {"trimtabd": "trimtabd.8", "trimtabctl": "trimtabctl.1"}


def help_of(program, *command):
    return subprocess.run([os.path.join(BINARIES, program), *command, "--help"], text=True,
                          stdout=subprocess.PIPE, timeout=30, check=True).stdout


def options(text):
    return set(re.findall(r"(?m)^  (?:-\w,)?(--[\w-]+)", text))


def commands(text):
    part = text.split("Subcommands:\n", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"(?m)^  (\w+)", part)


def page(program):
    with open(os.path.join(DEPLOY, "man", PAGES[program]), encoding="utf-8") as file:
        return file.read().replace("\\-", "-")


def completed(program, line):
    """What bash offers after a line; the cursor is at its end."""
    words = line.split(" ")
    script = (f"source {DEPLOY}/completion/{program}; compopt() {{ :; }}; "
              f"COMP_WORDS=({' '.join(repr(word) for word in words)}); "
              f"COMP_CWORD={len(words) - 1}; _{program}; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
    said = subprocess.run(["bash", "-c", script], text=True, stdout=subprocess.PIPE,
                          cwd=DEPLOY, timeout=30, check=True).stdout
    return set(said.split())


class ManualTest(unittest.TestCase):

    def test_the_pages_name_every_option_and_command_and_no_other(self):
        every = help_of("trimtabctl")
        names = options(every).union(*(options(help_of("trimtabctl", command))
                                       for command in commands(every)))
        for program, expected in (("trimtabd", options(help_of("trimtabd"))),
                                  ("trimtabctl", names)):
            self.assertEqual(set(re.findall(r"--[a-z][\w-]*", page(program))), expected)
        headings = re.findall(r"(?m)^\.(?:B|BR|BI) (\w+)", page("trimtabctl"))
        for command in commands(every):
            self.assertIn(command, headings)

    def test_groff_has_nothing_to_say(self):
        if not shutil.which("groff"):
            self.skipTest("groff is not installed")
        for name in PAGES.values():
            done = subprocess.run(["groff", "-man", "-ww", "-z", "-Tutf8",
                                   os.path.join(DEPLOY, "man", name)], text=True,
                                  stderr=subprocess.PIPE, timeout=30, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_daemons_options_are_completed(self):
        self.assertEqual(completed("trimtabd", "trimtabd "), options(help_of("trimtabd")))
        self.assertEqual(completed("trimtabd", "trimtabd --wa"), {"--watch-config"})
        self.assertEqual(completed("trimtabd", "trimtabd --probe "), {"liveness", "readiness"})
        self.assertIn("man", completed("trimtabd", "trimtabd --config m"))

    def test_commands_and_their_options_are_completed(self):
        every = help_of("trimtabctl")
        self.assertEqual(completed("trimtabctl", "trimtabctl "),
                         options(every) | set(commands(every)))
        before = "trimtabctl --output json --address unix:x "
        for command in commands(every):
            self.assertEqual(completed("trimtabctl", f"{before}{command} -"),
                             options(help_of("trimtabctl", command)), command)
        self.assertEqual(completed("trimtabctl", "trimtabctl st"), {"status", "start", "stop"})
        self.assertEqual(completed("trimtabctl", "trimtabctl --output "), {"text", "json"})
        self.assertIn("man", completed("trimtabctl", "trimtabctl validate m"))


if __name__ == "__main__":
    unittest.main()
