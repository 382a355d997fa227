#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A README is read in a terminal, too: no line of one is beyond 130 columns.

Usage: readme_test.py PROJECT
"""

import os
import sys
import unittest

PROJECT = sys.argv.pop(1)
COLUMNS = 130


def readmes():
    for directory, folders, names in os.walk(PROJECT):
        folders[:] = [each for each in folders
                      if not each.startswith(("build", ".")) and each != "node_modules"]
        if "README.md" in names:
            path = os.path.join(directory, "README.md")
            with open(path, encoding="utf-8") as file:
                yield os.path.relpath(path, PROJECT), file.read().splitlines()


class ReadmeTest(unittest.TestCase):

    def test_no_line_is_too_wide(self):
        files = dict(readmes())
        self.assertGreater(len(files), 20)
        wide = [f"{path}:{number}: {len(line)} columns" for path, lines in files.items()
                for number, line in enumerate(lines, 1) if len(line) > COLUMNS]
        self.assertEqual(wide, [], "\n".join(wide))


if __name__ == "__main__":
    unittest.main()
